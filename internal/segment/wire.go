package segment

import (
	"encoding/binary"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/transship/transship"
)

// maxDecoded bounds what a frame may unfold to: 5,000 tasks whose keys take
// 3,072 bytes percent-encoded, twice over, fit well.
const maxDecoded = 64 << 20

const version = 1

// writer appends fields to a buffer.
type writer struct{ b []byte }

func (w *writer) uint(n uint64)   { w.b = binary.AppendUvarint(w.b, n) }
func (w *writer) int(n int64)     { w.b = binary.AppendVarint(w.b, n) }
func (w *writer) string(s string) { w.uint(uint64(len(s))); w.b = append(w.b, s...) }

// time is kept to the nanosecond; the zero time is 0.
func (w *writer) time(t time.Time) {
	if t.IsZero() {
		w.int(0)
		return
	}
	w.int(t.UnixNano())
}

// window is how far back the encoder looks. The default of 4 MiB makes each
// encoder allocate 8 MiB, to find next to nothing more: rows repeat what their
// neighbours say.
const window = 256 << 10

// pack compresses what was written.
func (w *writer) pack() []byte {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(window), zstd.WithLowerEncoderMem(true))
	if err != nil { // options are constants: cannot fail
		panic(err)
	}
	return enc.EncodeAll(w.b, []byte{version})
}

// reader takes fields from a buffer; the first fault sticks.
type reader struct {
	b   []byte
	bad bool
}

func unpack(data []byte, what string) (*reader, error) {
	if len(data) == 0 || data[0] != version {
		return nil, damaged(what, "unknown version or no bytes at all", nil)
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxDecoded))
	if err != nil {
		return nil, damaged(what, "", err)
	}
	defer dec.Close()
	plain, err := dec.DecodeAll(data[1:], nil)
	if err != nil {
		return nil, damaged(what, "", err)
	}
	return &reader{b: plain}, nil
}

func (r *reader) uint() uint64 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *reader) int() int64 {
	n, size := binary.Varint(r.b)
	if size <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *reader) string() string {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return ""
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}

func (r *reader) time() time.Time {
	n := r.int()
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

// count reads a number of items, each of which takes at least one byte.
func (r *reader) count() int {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return 0
	}
	return int(n)
}

func (r *reader) end(what string) error {
	if r.bad || len(r.b) > 0 {
		return damaged(what, "fields do not add up", nil)
	}
	return nil
}

func damaged(what, message string, err error) error {
	return &transship.Error{Code: transship.Damaged, Op: "read " + what, Message: message, Err: err,
		Hint: "the data folder or the stream holds bytes that transship did not write; restore it from a copy"}
}
