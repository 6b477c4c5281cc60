package store

import (
	"bytes"
	"errors"
	"io"
	"os"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/transship/transship/internal/lab/s3/store/record"
)

// OpenBody opens bytes first to first+length-1 of v. What was opened can be
// read to its end, also when the version is replaced meanwhile. The error is
// one for which [Gone] is true when it was removed before; the caller then
// looks it up again.
func (s *Store) OpenBody(v *Version, first, length int64) (io.ReadCloser, error) {
	r := &reader{s: s, segments: v.Segments, from: s.db, skip: first, left: length}
	for len(r.segments) > 0 && r.skip >= r.segments[0].Size {
		r.skip -= r.segments[0].Size
		r.segments = r.segments[1:]
	}
	if length <= 0 {
		return r, nil
	}
	if len(r.segments) > 1 {
		if err := r.hold(v); err != nil {
			return nil, err
		}
	}
	if err := r.next(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// reader gives a piece of a body. Of a body in several files it holds all that
// are to come: an open file survives its removal by itself.
type reader struct {
	s        *Store
	segments []Segment
	skip     int64 // in the next segment
	left     int64
	current  io.Reader
	file     *os.File

	from     pebble.Reader // where inline pieces are
	snapshot *pebble.Snapshot
	held     []BodyID
}

// hold keeps files and inline pieces from being removed, if the version is
// still there.
func (r *reader) hold(v *Version) error {
	for _, seg := range r.segments {
		if !seg.Inline {
			r.held = append(r.held, seg.ID)
		}
	}
	r.s.pins.hold(r.held)
	r.snapshot = r.s.db.NewSnapshot()
	r.from = r.snapshot
	_, closer, err := r.snapshot.Get(record.VersionKey(v.Bucket, v.Key, v.Sequence))
	if err != nil {
		r.Close()
		return err
	}
	return closer.Close()
}

func (r *reader) next() error {
	if len(r.segments) == 0 {
		return io.ErrUnexpectedEOF
	}
	seg := r.segments[0]
	r.segments = r.segments[1:]
	skip := r.skip
	r.skip = 0
	n := min(seg.Size-skip, r.left)
	if seg.Inline {
		p, err := r.s.inlineBytes(r.from, seg.ID)
		if err != nil {
			return err
		}
		if int64(len(p)) < skip+n {
			return io.ErrUnexpectedEOF
		}
		r.current = bytes.NewReader(p[skip : skip+n])
		return nil
	}
	f, err := os.Open(r.s.bodyPath(seg.ID))
	if err != nil {
		return err
	}
	if _, err := f.Seek(skip, io.SeekStart); err != nil {
		f.Close()
		return err
	}
	r.file = f
	r.current = &io.LimitedReader{R: f, N: n}
	return nil
}

// Read gives fewer bytes than were promised only with an error.
func (r *reader) Read(p []byte) (int, error) {
	for {
		if r.left <= 0 {
			return 0, io.EOF
		}
		if r.current == nil {
			if err := r.next(); err != nil {
				return 0, err
			}
		}
		n, err := r.current.Read(p)
		r.left -= int64(n)
		if errors.Is(err, io.EOF) {
			err = nil
			r.current = nil
			r.closeFile()
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

func (r *reader) closeFile() error {
	if r.file == nil {
		return nil
	}
	err := r.file.Close()
	r.file = nil
	return err
}

func (r *reader) Close() error {
	r.current, r.left = nil, 0
	err := r.closeFile()
	if r.snapshot != nil {
		err = errors.Join(err, r.snapshot.Close())
		r.snapshot, r.from = nil, nil
	}
	for _, id := range r.s.pins.release(r.held) {
		os.Remove(r.s.bodyPath(id))
	}
	r.held = nil
	return err
}

// pins are the files that readers need. One that is removed meanwhile goes
// with its last reader; after a crash the sweep finds it.
type pins struct {
	mu      sync.Mutex
	readers map[BodyID]int
	doomed  map[BodyID]bool
}

func (p *pins) hold(ids []BodyID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.readers == nil {
		p.readers, p.doomed = map[BodyID]int{}, map[BodyID]bool{}
	}
	for _, id := range ids {
		p.readers[id]++
	}
}

// release gives the files whose last reader this was and that nobody needs.
func (p *pins) release(ids []BodyID) (free []BodyID) {
	if len(ids) == 0 {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range ids {
		if p.readers[id]--; p.readers[id] > 0 {
			continue
		}
		delete(p.readers, id)
		if p.doomed[id] {
			delete(p.doomed, id)
			free = append(free, id)
		}
	}
	return free
}

// removable reports whether a file may be removed now; else its last reader
// does it.
func (p *pins) removable(id BodyID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.readers[id] > 0 {
		p.doomed[id] = true
		return false
	}
	return true
}
