package store

import (
	"sort"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/lab/s3/store/record"
)

// bucketTable holds all buckets in memory; Pebble has them too.
type bucketTable struct {
	mu     sync.RWMutex
	byName map[string]*heldBucket
}

// heldBucket is a bucket in use. Whoever writes into it holds its lock shared,
// whoever changes or deletes it alone. A Bucket is replaced, never changed.
type heldBucket struct {
	mu  sync.RWMutex
	now atomic.Pointer[Bucket] // nil: deleted
}

func hold(b *Bucket) *heldBucket {
	h := &heldBucket{}
	h.now.Store(b)
	return h
}

func (s *Store) loadBuckets() error {
	s.buckets.byName = map[string]*heldBucket{}
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{record.BucketKind}, UpperBound: []byte{record.BucketKind + 1}})
	if err != nil {
		return err
	}
	defer it.Close()
	for it.First(); it.Valid(); it.Next() {
		b := &Bucket{Name: string(it.Key()[1:])}
		if err := b.Decode(it.Value()); err != nil {
			return s.damaged("the record of bucket "+b.Name+" cannot be read", err)
		}
		s.buckets.byName[b.Name] = hold(b)
	}
	return it.Error()
}

func (s *Store) held(name string) *heldBucket {
	s.buckets.mu.RLock()
	defer s.buckets.mu.RUnlock()
	return s.buckets.byName[name]
}

// Bucket is the bucket of that name; code NotFound: there is none. What it
// points to must not be changed.
func (s *Store) Bucket(name string) (*Bucket, error) {
	h := s.held(name)
	if h == nil {
		return nil, noSuchBucket(name)
	}
	b := h.now.Load()
	if b == nil {
		return nil, noSuchBucket(name)
	}
	return b, nil
}

// Buckets are the buckets of one account by name, or all if owner is empty.
func (s *Store) Buckets(owner string) []*Bucket {
	s.buckets.mu.RLock()
	held := make([]*heldBucket, 0, len(s.buckets.byName))
	for _, h := range s.buckets.byName {
		held = append(held, h)
	}
	s.buckets.mu.RUnlock()
	var all []*Bucket
	for _, h := range held {
		if b := h.now.Load(); b != nil && (owner == "" || b.Owner == owner) {
			all = append(all, b)
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all
}

// CreateBucket makes a bucket. When there is one of that name it is returned,
// with code Conflict.
func (s *Store) CreateBucket(b Bucket) (*Bucket, error) {
	s.buckets.mu.Lock()
	defer s.buckets.mu.Unlock()
	if h := s.buckets.byName[b.Name]; h != nil && h.now.Load() != nil {
		return h.now.Load(), &transship.Error{Code: transship.Conflict, Op: "create bucket", Bucket: b.Name, S3Code: "BucketAlreadyExists"}
	}
	if err := s.db.Set(record.BucketKey(b.Name), b.Encode(), pebble.Sync); err != nil {
		return nil, err
	}
	s.buckets.byName[b.Name] = hold(&b)
	return &b, nil
}

// UpdateBucket changes a bucket's settings; nothing is written into it
// meanwhile.
func (s *Store) UpdateBucket(name string, change func(*Bucket) error) error {
	h := s.held(name)
	if h == nil {
		return noSuchBucket(name)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	old := h.now.Load()
	if old == nil {
		return noSuchBucket(name)
	}
	b := *old
	if err := change(&b); err != nil {
		return err
	}
	if err := s.db.Set(record.BucketKey(name), b.Encode(), pebble.Sync); err != nil {
		return err
	}
	h.now.Store(&b)
	return nil
}

// DeleteBucket removes an empty bucket; code Conflict: it holds a version, a
// delete marker or an upload.
func (s *Store) DeleteBucket(name string) error {
	h := s.held(name)
	if h == nil {
		return noSuchBucket(name)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.now.Load() == nil {
		return noSuchBucket(name)
	}
	for _, kind := range []byte{record.VersionKind, record.UploadKind} {
		lower := record.InBucket(kind, name)
		it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: record.Successor(lower)})
		if err != nil {
			return err
		}
		full := it.First()
		if err := it.Close(); err != nil {
			return err
		}
		if full {
			return &transship.Error{Code: transship.Conflict, Op: "delete bucket", Bucket: name, S3Code: "BucketNotEmpty"}
		}
	}
	if err := s.db.Delete(record.BucketKey(name), pebble.Sync); err != nil {
		return err
	}
	h.now.Store(nil)
	s.buckets.mu.Lock()
	delete(s.buckets.byName, name)
	s.buckets.mu.Unlock()
	return nil
}

func noSuchBucket(name string) error {
	return &transship.Error{Code: transship.NotFound, Op: "find bucket", Bucket: name, S3Code: "NoSuchBucket"}
}
