package store

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/cockroachdb/pebble/v2"

	"github.com/transship/transship/internal/lab/s3/store/record"
)

// CreateUpload begins a multipart upload; ID and Initiated are filled in.
func (s *Store) CreateUpload(u Upload) (Upload, error) {
	c, err := s.begin(u.Bucket, u.Key)
	if err != nil {
		return u, err
	}
	u.Initiated = s.now().UTC()
	u.ID, err = s.newID()
	if err == nil {
		err = c.batch.Set(record.UploadKey(u.Bucket, u.Key, u.ID.Sequence()), u.Encode(), nil)
	}
	if err != nil {
		c.cancel()
		return u, err
	}
	return u, c.commit()
}

// GetUpload is an upload that is still open; code NotFound, NoSuchUpload.
func (s *Store) GetUpload(bucket, key, id string) (Upload, error) {
	u := Upload{Bucket: bucket, Key: key}
	parsed, ok := record.ParseID(id)
	if !ok {
		return u, notFound("NoSuchUpload", bucket, key)
	}
	v, closer, err := s.db.Get(record.UploadKey(bucket, key, parsed.Sequence()))
	if errors.Is(err, pebble.ErrNotFound) {
		return u, notFound("NoSuchUpload", bucket, key)
	}
	if err != nil {
		return u, err
	}
	defer closer.Close()
	if err := u.Decode(v); err != nil {
		return u, s.unreadable(bucket, key, err)
	}
	if u.ID != parsed {
		return u, notFound("NoSuchUpload", bucket, key)
	}
	return u, nil
}

// PutPart adds a part, or replaces the one of that number. When it fails the
// body is discarded.
func (s *Store) PutPart(u Upload, p Part, b *Body) (Part, error) {
	c, err := s.begin(u.Bucket, u.Key)
	if err != nil {
		s.Discard(b)
		return p, err
	}
	p.Modified = s.now().UTC()
	p.Size = b.Size
	if err := c.putPart(u, &p, b); err != nil {
		c.cancel()
		s.Discard(b)
		return p, err
	}
	return p, c.commit()
}

func (c *change) putPart(u Upload, p *Part, b *Body) error {
	if _, err := c.s.GetUpload(u.Bucket, u.Key, u.ID.String()); err != nil {
		return err
	}
	at := record.PartKey(u.ID, p.Number)
	v, closer, err := c.s.db.Get(at)
	if err == nil {
		var old Part
		err = old.Decode(v)
		closer.Close()
		if err == nil {
			err = c.dropSegments(old.Segments)
		}
	} else if errors.Is(err, pebble.ErrNotFound) {
		err = nil
	}
	if err != nil {
		return err
	}
	if err := c.adopt(b); err != nil {
		return err
	}
	p.Segments = b.segments
	return c.batch.Set(at, p.Encode(), nil)
}

// Parts are the parts of an upload behind number after, at most max and, if
// there are more, truncated.
func (s *Store) Parts(u Upload, after, max int) (parts []Part, truncated bool, err error) {
	lower := record.PartsOf(u.ID)
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: record.PartKey(u.ID, after+1), UpperBound: record.Successor(lower)})
	if err != nil {
		return nil, false, err
	}
	defer it.Close()
	for it.First(); it.Valid(); it.Next() {
		if len(parts) >= max {
			return parts, true, nil
		}
		p := Part{Number: int(binary.BigEndian.Uint16(it.Key()[len(lower):]))}
		if err := p.Decode(it.Value()); err != nil {
			return nil, false, s.unreadable(u.Bucket, u.Key, err)
		}
		parts = append(parts, p)
	}
	return parts, false, it.Error()
}

// Complete turns an upload into a version. assemble says which parts it takes
// and what the version is (all but bodies); the other parts are removed.
func (s *Store) Complete(u Upload, settle Settle, cond Condition, assemble func(parts []Part) (Version, []Part, error)) (Version, error) {
	c, err := s.begin(u.Bucket, u.Key)
	if err != nil {
		return Version{}, err
	}
	v, err := c.complete(u, settle, cond, assemble)
	if err != nil {
		c.cancel()
		return v, err
	}
	return v, c.commit()
}

func (c *change) complete(u Upload, settle Settle, cond Condition, assemble func([]Part) (Version, []Part, error)) (Version, error) {
	var v Version
	if _, err := c.s.GetUpload(u.Bucket, u.Key, u.ID.String()); err != nil {
		return v, err
	}
	all, _, err := c.s.Parts(u, 0, 1<<16)
	if err != nil {
		return v, err
	}
	v, chosen, err := assemble(all)
	if err != nil {
		return v, err
	}
	used := map[int]bool{}
	for _, p := range chosen {
		used[p.Number] = true
		v.Segments = append(v.Segments, p.Segments...)
		v.Size += p.Size
	}
	if settle != nil {
		if err := settle(c.bucket, &v); err != nil {
			return v, err
		}
	}
	for _, p := range all {
		if used[p.Number] {
			continue
		}
		if err := c.dropSegments(p.Segments); err != nil {
			return v, err
		}
	}
	if err := c.forget(u); err != nil {
		return v, err
	}
	return v, c.put(&v, nil, cond)
}

// forget removes the records of an upload and its parts, not their bodies.
func (c *change) forget(u Upload) error {
	if err := c.batch.Delete(record.UploadKey(u.Bucket, u.Key, u.ID.Sequence()), nil); err != nil {
		return err
	}
	lower := record.PartsOf(u.ID)
	return c.batch.DeleteRange(lower, record.Successor(lower), nil)
}

// Abort removes an upload and its parts.
func (s *Store) Abort(u Upload) error {
	c, err := s.begin(u.Bucket, u.Key)
	if err != nil {
		return err
	}
	err = c.abort(u)
	if err != nil {
		c.cancel()
		return err
	}
	return c.commit()
}

func (c *change) abort(u Upload) error {
	if _, err := c.s.GetUpload(u.Bucket, u.Key, u.ID.String()); err != nil {
		return err
	}
	parts, _, err := c.s.Parts(u, 0, 1<<16)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if err := c.dropSegments(p.Segments); err != nil {
			return err
		}
	}
	return c.forget(u)
}

// UploadQuery asks for a page of a bucket's open uploads, by key and then by
// age.
type UploadQuery struct {
	Bucket, Prefix, Delimiter string
	After, AfterID            string // AfterID: an upload of After; empty: all of After are left out
	Max                       int
}

// UploadPage is a page of open uploads.
type UploadPage struct {
	Uploads           []Upload
	Prefixes          []string
	Truncated         bool
	NextAfter, NextID string
}

// Uploads is a page of open uploads.
func (s *Store) Uploads(q UploadQuery) (UploadPage, error) {
	var p UploadPage
	if _, err := s.Bucket(q.Bucket); err != nil {
		return p, err
	}
	base := record.InBucket(record.UploadKind, q.Bucket)
	lower := record.AppendEscaped(bytes.Clone(base), q.Prefix)
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: record.Successor(lower)})
	if err != nil {
		return p, err
	}
	defer it.Close()
	valid := it.First()
	if q.After != "" {
		from := record.Successor(record.OfKey(record.UploadKind, q.Bucket, q.After))
		if id, ok := record.ParseID(q.AfterID); ok {
			from = append(record.UploadKey(q.Bucket, q.After, id.Sequence()), 0)
		}
		valid = it.SeekGE(from)
	}
	for valid && q.Max > 0 {
		key, _, ok := record.Split(it.Key(), len(base))
		if !ok {
			return p, s.unreadable(q.Bucket, "", record.ErrDamaged)
		}
		group, grouped := commonPrefix(key, q.Prefix, q.Delimiter)
		if grouped && group == q.After {
			valid = it.SeekGE(record.Successor(record.AppendEscaped(bytes.Clone(base), group)))
			continue
		}
		if len(p.Uploads)+len(p.Prefixes) >= q.Max {
			p.Truncated = true
			return p, nil
		}
		if grouped {
			p.Prefixes = append(p.Prefixes, group)
			p.NextAfter, p.NextID = group, ""
			valid = it.SeekGE(record.Successor(record.AppendEscaped(bytes.Clone(base), group)))
			continue
		}
		u := Upload{Bucket: q.Bucket, Key: key}
		if err := u.Decode(it.Value()); err != nil {
			return p, s.unreadable(q.Bucket, key, err)
		}
		p.Uploads = append(p.Uploads, u)
		p.NextAfter, p.NextID = key, u.ID.String()
		valid = it.Next()
	}
	p.NextAfter, p.NextID = "", ""
	return p, it.Error()
}
