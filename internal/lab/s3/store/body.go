package store

import (
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2"

	"github.com/transship/transship/internal/lab/s3/store/record"
)

// Body is a finished body that no version has yet. Exactly one of Put,
// PutPart and Discard must be called with it.
type Body struct {
	Size     int64
	segments []Segment
	small    map[BodyID][]byte // inline pieces
	shared   *Version          // the version whose files these are; nil: our own
}

// Writer receives a body. Memory does not grow with it.
type Writer struct {
	s    *Store
	id   BodyID
	buf  []byte
	file *os.File
	size int64
}

// NewBody begins a body.
func (s *Store) NewBody() (*Writer, error) {
	w := &Writer{s: s}
	_, err := io.ReadFull(s.rand, w.id[:])
	return w, err
}

func (s *Store) bodyPath(id BodyID) string {
	name := hex.EncodeToString(id[:])
	return filepath.Join(s.dir, bodyDir, name[:2], name)
}

func (w *Writer) stagingPath() string {
	return filepath.Join(w.s.dir, stagingDir, hex.EncodeToString(w.id[:]))
}

// Write takes the next bytes.
func (w *Writer) Write(p []byte) (int, error) {
	w.size += int64(len(p))
	if w.file == nil {
		if len(w.buf)+len(p) <= w.s.inline {
			w.buf = append(w.buf, p...)
			return len(p), nil
		}
		f, err := os.OpenFile(w.stagingPath(), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return 0, err
		}
		w.file = f
		if len(w.buf) > 0 {
			if _, err := f.Write(w.buf); err != nil {
				return 0, err
			}
			w.buf = nil
		}
	}
	return w.file.Write(p)
}

// Finish makes the body last: its file is synced and in its place.
func (w *Writer) Finish() (*Body, error) {
	b := &Body{Size: w.size}
	if w.size == 0 {
		return b, nil
	}
	seg := Segment{ID: w.id, Size: w.size, Inline: w.file == nil}
	b.segments = []Segment{seg}
	if seg.Inline {
		b.small = map[BodyID][]byte{w.id: w.buf}
		return b, nil
	}
	if err := w.file.Sync(); err != nil {
		w.Abort()
		return nil, err
	}
	err := w.file.Close()
	w.file = nil
	if err != nil {
		os.Remove(w.stagingPath())
		return nil, err
	}
	path := w.s.bodyPath(w.id)
	err = os.Rename(w.stagingPath(), path)
	if errors.Is(err, fs.ErrNotExist) { // the first body in this folder
		if err = w.s.makeFolder(filepath.Dir(path)); err == nil {
			err = os.Rename(w.stagingPath(), path)
		}
	}
	if err != nil {
		os.Remove(w.stagingPath())
		return nil, err
	}
	if err := w.s.folders[w.id[0]].sync(filepath.Dir(path)); err != nil {
		os.Remove(path)
		return nil, err
	}
	return b, nil
}

func (s *Store) makeFolder(path string) error {
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// Abort forgets what was written. It may follow a failed Finish.
func (w *Writer) Abort() {
	if w.file != nil {
		w.file.Close()
		os.Remove(w.stagingPath())
		w.file = nil
	}
}

// Discard removes a body that no version got.
func (s *Store) Discard(b *Body) {
	if b == nil || b.shared != nil {
		return
	}
	for _, seg := range b.segments {
		if !seg.Inline {
			os.Remove(s.bodyPath(seg.ID))
		}
	}
}

// Share is a body with the bytes of v, for a copy: files are shared, not
// copied. Put fails with code NotFound if v is gone by then.
func (s *Store) Share(v Version) (*Body, error) {
	b := &Body{Size: v.Size, shared: &v}
	for _, seg := range v.Segments {
		if seg.Inline {
			p, err := s.inlineBytes(s.db, seg.ID)
			if err != nil {
				return nil, err
			}
			if _, err := io.ReadFull(s.rand, seg.ID[:]); err != nil {
				return nil, err
			}
			if b.small == nil {
				b.small = map[BodyID][]byte{}
			}
			b.small[seg.ID] = p
		}
		b.segments = append(b.segments, seg)
	}
	return b, nil
}

func (s *Store) inlineBytes(from pebble.Reader, id BodyID) ([]byte, error) {
	v, closer, err := from.Get(record.BodyKey(record.InlineKind, id))
	if err != nil {
		return nil, err
	}
	p := append([]byte(nil), v...)
	return p, closer.Close()
}
