package store

import (
	"errors"
	"io/fs"

	"github.com/cockroachdb/pebble/v2"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/lab/s3/store/record"
)

// Gone reports whether an error means that a version or its body was removed
// since it was looked up.
func Gone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, pebble.ErrNotFound)
}

// Get is one version of a key with all its details: the current one, which
// may be a delete marker, when id is empty. Code NotFound, with S3Code
// NoSuchKey, NoSuchVersion or NoSuchBucket; code Invalid: id is no version id.
func (s *Store) Get(bucket, key, id string) (Version, error) {
	if _, err := s.Bucket(bucket); err != nil {
		return Version{}, err
	}
	return s.get(bucket, key, id)
}

func (s *Store) get(bucket, key, id string) (Version, error) {
	if id != "" && id != transship.NullVersion {
		return s.getByID(bucket, key, id)
	}
	prefix := record.OfKey(record.VersionKind, bucket, key)
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: record.Successor(prefix)})
	if err != nil {
		return Version{}, err
	}
	defer it.Close()
	latest := true
	for it.First(); it.Valid(); it.Next() {
		v := Version{Bucket: bucket, Key: key, Latest: latest}
		latest = false
		if id == transship.NullVersion {
			// Only the name is needed to pass by.
			if err := v.Decode(it.Value(), false, &Version{}); err != nil {
				return v, s.unreadable(bucket, key, err)
			}
			if v.ID != id {
				continue
			}
			v = Version{Bucket: bucket, Key: key, Latest: v.Latest}
		}
		if err := v.Decode(it.Value(), true, &Version{}); err != nil {
			return v, s.unreadable(bucket, key, err)
		}
		_, raw, _ := record.Split(it.Key(), len(record.InBucket(record.VersionKind, bucket)))
		v.Sequence = ^raw
		return v, nil
	}
	if err := it.Error(); err != nil {
		return Version{}, err
	}
	if id != "" {
		return Version{}, notFound("NoSuchVersion", bucket, key)
	}
	return Version{}, notFound("NoSuchKey", bucket, key)
}

func (s *Store) getByID(bucket, key, text string) (Version, error) {
	id, ok := record.ParseID(text)
	if !ok {
		return Version{}, &transship.Error{Code: transship.Invalid, Op: "find version", Bucket: bucket, Key: key, S3Code: "InvalidArgument", Message: "Invalid version id specified"}
	}
	at := record.VersionKey(bucket, key, id.Sequence())
	prefix := at[:len(at)-record.SequenceBytes]
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: record.Successor(prefix)})
	if err != nil {
		return Version{}, err
	}
	defer it.Close()
	if !it.SeekGE(at) || string(it.Key()) != string(at) {
		if err := it.Error(); err != nil {
			return Version{}, err
		}
		return Version{}, notFound("NoSuchVersion", bucket, key)
	}
	v := Version{Bucket: bucket, Key: key, Sequence: id.Sequence()}
	if err := v.Decode(it.Value(), true, &Version{}); err != nil {
		return v, s.unreadable(bucket, key, err)
	}
	if v.ID != text {
		return Version{}, notFound("NoSuchVersion", bucket, key)
	}
	v.Latest = !it.Prev()
	return v, nil
}

func (s *Store) unreadable(bucket, key string, err error) error {
	return &transship.Error{Code: transship.Damaged, Op: "read the record of", Bucket: bucket, Key: key, Err: err}
}

func notFound(s3code, bucket, key string) error {
	return &transship.Error{Code: transship.NotFound, Op: "find", Bucket: bucket, Key: key, S3Code: s3code}
}
