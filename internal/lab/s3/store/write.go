package store

import (
	"encoding/binary"
	"errors"
	"os"

	"github.com/cockroachdb/pebble/v2"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/lab/s3/store/record"
)

// Condition is asked of the current version of a key, nil when there is none,
// at the moment in which a write takes effect. Its error is the write's.
type Condition func(current *Version) error

// Settings are what a version takes over from its bucket when it is written;
// nil fields are left as they are.
type Settle func(b *Bucket, v *Version) error

// Put makes v the current version of its key, with that body. ID and Modified
// are filled in (Modified only when zero). If the bucket has no versioning or
// it is suspended, the null version is replaced. When Put fails the body is
// discarded.
func (s *Store) Put(v Version, b *Body, settle Settle, cond Condition) (Version, error) {
	c, err := s.begin(v.Bucket, v.Key)
	if err != nil {
		s.Discard(b)
		return v, err
	}
	if settle != nil {
		if err := settle(c.bucket, &v); err != nil {
			c.cancel()
			s.Discard(b)
			return v, err
		}
	}
	if err := c.put(&v, b, cond); err != nil {
		c.cancel()
		s.Discard(b)
		return v, err
	}
	return v, c.commit()
}

// change is one write to one key, from the locks to the answer.
type change struct {
	s      *Store
	held   *heldBucket
	bucket *Bucket
	key    string
	batch  *pebble.Batch
	unlock func()
	shared bool             // refs is locked
	counts map[BodyID]int64 // of shared bodies, as the batch leaves them
	unlink []BodyID         // files that nobody needs once the batch is synced
}

func (s *Store) begin(bucket, key string) (*change, error) {
	h := s.held(bucket)
	if h == nil {
		return nil, noSuchBucket(bucket)
	}
	h.mu.RLock()
	now := h.now.Load()
	if now == nil {
		h.mu.RUnlock()
		return nil, noSuchBucket(bucket)
	}
	lock := s.keys.of(bucket, key)
	lock.Lock()
	return &change{s: s, held: h, bucket: now, key: key, batch: s.db.NewBatch(),
		unlock: func() { lock.Unlock(); h.mu.RUnlock() }}, nil
}

func (c *change) release() {
	if c.shared {
		c.s.refs.Unlock()
		c.shared = false
	}
	c.unlock()
}

func (c *change) cancel() {
	c.batch.Close()
	c.release()
}

// commit makes the change visible, lets others at the key, and waits until the
// log is synced, so that writers of one key share a sync too. A write that is
// seen before it is synced has not been answered yet.
func (c *change) commit() error {
	if err := c.settleCounts(); err != nil {
		c.cancel()
		return err
	}
	err := c.s.db.ApplyNoSyncWait(c.batch, pebble.Sync)
	c.release()
	if err != nil {
		return err
	}
	err = errors.Join(c.batch.SyncWait(), c.batch.Close())
	if err != nil {
		return err
	}
	for _, id := range c.unlink {
		if c.s.pins.removable(id) {
			os.Remove(c.s.bodyPath(id)) // what stays is swept at the next start
		}
	}
	return nil
}

// current is the key's current version, nil when it has none.
func (c *change) current() (*Version, error) { return c.find("") }

func (c *change) find(id string) (*Version, error) {
	v, err := c.s.get(c.bucket.Name, c.key, id)
	if transship.CodeOf(err) == transship.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &v, nil
}

func (c *change) put(v *Version, b *Body, cond Condition) error {
	if cond != nil {
		now, err := c.current()
		if err == nil {
			err = cond(now)
		}
		if err != nil {
			return err
		}
	}
	id, err := c.newVersion(v)
	if err != nil {
		return err
	}
	if b != nil {
		if err := c.adopt(b); err != nil {
			return err
		}
		v.Segments, v.Size = b.segments, b.Size
	}
	return c.batch.Set(record.VersionKey(v.Bucket, v.Key, id.Sequence()), v.Encode(), nil)
}

// newVersion names v, and removes the null version if v takes its place.
func (c *change) newVersion(v *Version) (ID, error) {
	id, err := c.s.newID()
	if err != nil {
		return id, err
	}
	v.Sequence, v.Latest = id.Sequence(), true
	if v.Modified.IsZero() {
		v.Modified = c.s.now().UTC()
	}
	if c.bucket.Versioning == "Enabled" {
		v.ID = id.String()
		return id, nil
	}
	v.ID = transship.NullVersion
	old, err := c.find(transship.NullVersion)
	if err == nil && old != nil {
		err = c.drop(old)
	}
	return id, err
}

// drop removes a version's record and its bodies.
func (c *change) drop(v *Version) error {
	if err := c.batch.Delete(record.VersionKey(v.Bucket, v.Key, v.Sequence), nil); err != nil {
		return err
	}
	return c.dropSegments(v.Segments)
}

func (c *change) dropSegments(segments []Segment) error {
	for _, seg := range segments {
		if seg.Inline {
			if err := c.batch.Delete(record.BodyKey(record.InlineKind, seg.ID), nil); err != nil {
				return err
			}
			continue
		}
		if err := c.count(seg.ID, -1); err != nil {
			return err
		}
	}
	return nil
}

// adopt gives a body's pieces to the batch.
func (c *change) adopt(b *Body) error {
	if b.shared != nil {
		c.lockRefs()
		// The files live as long as the source does; from here on nobody can
		// remove it before the count says that there are two.
		v, err := c.s.get(b.shared.Bucket, b.shared.Key, b.shared.ID)
		if err != nil {
			return err
		}
		if v.Sequence != b.shared.Sequence {
			return notFound("NoSuchKey", b.shared.Bucket, b.shared.Key)
		}
	}
	for _, seg := range b.segments {
		var err error
		switch {
		case seg.Inline:
			err = c.batch.Set(record.BodyKey(record.InlineKind, seg.ID), b.small[seg.ID], nil)
		default:
			err = c.count(seg.ID, 1)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *change) lockRefs() {
	if !c.shared {
		c.s.refs.Lock()
		c.shared = true
	}
}

// count changes how many versions share a body's file.
func (c *change) count(id BodyID, by int64) error {
	c.lockRefs()
	at := record.BodyKey(record.RefKind, id)
	n, known := c.counts[id]
	if !known {
		v, closer, err := c.s.db.Get(at)
		switch {
		case err == nil:
			u, _ := binary.Uvarint(v)
			n = int64(u)
			closer.Close()
		case !errors.Is(err, pebble.ErrNotFound):
			return err
		}
	}
	if c.counts == nil {
		c.counts = map[BodyID]int64{}
	}
	c.counts[id] = n + by
	return nil
}

// settleCounts puts the counts into the batch. A count of none means that the
// file goes.
func (c *change) settleCounts() error {
	for id, n := range c.counts {
		at := record.BodyKey(record.RefKind, id)
		if n > 0 {
			if err := c.batch.Set(at, binary.AppendUvarint(nil, uint64(n)), nil); err != nil {
				return err
			}
			continue
		}
		if err := c.batch.Delete(at, nil); err != nil {
			return err
		}
		c.unlink = append(c.unlink, id)
	}
	return nil
}
