package store

import (
	"github.com/transship/transship"
	"github.com/transship/transship/internal/lab/s3/store/record"
)

// Deleted says what a delete did.
type Deleted struct {
	VersionID     string // of the marker that was made or of the version that was removed; empty: no versioning
	Marker        bool   // a marker was made, or what was removed was one
	MarkerCreated bool
}

// Delete removes one version, or, when id is empty, does what the bucket's
// versioning says: adds a delete marker of that owner, replaces the null
// version by one, or removes the object. Removing what is not there succeeds.
func (s *Store) Delete(bucket, key, id, owner string, cond Condition) (Deleted, error) {
	c, err := s.begin(bucket, key)
	if err != nil {
		return Deleted{}, err
	}
	d, changed, err := c.remove(id, owner, cond)
	if err != nil || !changed {
		c.cancel()
		return d, err
	}
	return d, c.commit()
}

func (c *change) remove(id, owner string, cond Condition) (d Deleted, changed bool, err error) {
	if cond != nil {
		now, err := c.find(id)
		if err == nil {
			err = cond(now)
		}
		if err != nil {
			return d, false, err
		}
	}
	if id != "" {
		d.VersionID = id
		v, err := c.find(id)
		if err != nil || v == nil {
			return d, false, err
		}
		d.Marker = v.Marker
		return d, true, c.drop(v)
	}
	if c.bucket.Versioning == "" {
		v, err := c.find(transship.NullVersion)
		if err != nil || v == nil {
			return d, false, err
		}
		return d, true, c.drop(v)
	}
	marker := Version{Bucket: c.bucket.Name, Key: c.key, Marker: true, Owner: owner}
	if err := c.put(&marker, nil, nil); err != nil {
		return d, false, err
	}
	return Deleted{VersionID: marker.ID, Marker: true, MarkerCreated: true}, true, nil
}

// SetTags replaces the tags of a version and returns it.
func (s *Store) SetTags(bucket, key, id string, tags []transship.Tag, check func(*Version) error) (Version, error) {
	c, err := s.begin(bucket, key)
	if err != nil {
		return Version{}, err
	}
	v, err := s.get(bucket, key, id)
	if err == nil {
		err = check(&v)
	}
	if err == nil {
		v.Tags = tags
		err = c.batch.Set(record.VersionKey(bucket, key, v.Sequence), v.Encode(), nil)
	}
	if err != nil {
		c.cancel()
		return Version{}, err
	}
	return v, c.commit()
}
