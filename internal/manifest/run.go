package manifest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"slices"

	"github.com/transship/transship"
)

const blockSize = 1 << 20

// memory holds records in blocks until they are sorted.
type memory struct {
	blocks [][]byte
	block  int // the one being filled
	refs   []ref
	bytes  int
}

// ref is where a record lies.
type ref struct{ block, from, to uint32 }

func (m *memory) add(t *transship.Task) {
	need := recordBound(t)
	for m.block < len(m.blocks) && cap(m.blocks[m.block])-len(m.blocks[m.block]) < need {
		m.block++
	}
	if m.block == len(m.blocks) {
		m.blocks = append(m.blocks, make([]byte, 0, max(blockSize, need)))
	}
	from := len(m.blocks[m.block])
	filled := appendRecord(m.blocks[m.block], t)
	m.blocks[m.block] = filled
	m.refs = append(m.refs, ref{uint32(m.block), uint32(from), uint32(len(filled))})
	m.bytes += len(filled) - from + 12
}

// recordBound is at least the length of t's record.
func recordBound(t *transship.Task) int {
	return len(t.Key) + len(t.RawKey) + len(t.VersionID) + len(t.RawVersion) + len(t.ETag) + len(t.StorageClass) + 64
}

func (m *memory) record(r ref) []byte { return m.blocks[r.block][r.from:r.to] }

// sort orders records by key; those of one key stay in the manifest's order.
func (m *memory) sort() {
	slices.SortStableFunc(m.refs, func(a, b ref) int {
		return bytes.Compare(recordKey(m.record(a)), recordKey(m.record(b)))
	})
}

// reset keeps the blocks for the next run.
func (m *memory) reset() {
	for i := range m.blocks {
		m.blocks[i] = m.blocks[i][:0]
	}
	m.block, m.refs, m.bytes = 0, m.refs[:0], 0
}

// run is a sorted sequence of records: in memory or in a file.
type run struct {
	file   *os.File // nil: memory
	from   *bufio.Reader
	memory *memory
	at     int
	record []byte // the current one; nil: none left
}

// spill writes sorted records to a file that is gone when it is closed.
func spill(dir string, m *memory) (*run, error) {
	f, err := os.CreateTemp(dir, "transship-sort-*")
	if err != nil {
		return nil, unsorted(err)
	}
	r := &run{file: f}
	w := bufio.NewWriterSize(f, 256<<10)
	var length []byte
	for _, ref := range m.refs {
		record := m.record(ref)
		length = binary.AppendUvarint(length[:0], uint64(len(record)))
		_, _ = w.Write(length)
		_, _ = w.Write(record)
	}
	if err := w.Flush(); err != nil {
		r.close()
		return nil, unsorted(err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		r.close()
		return nil, unsorted(err)
	}
	return r, nil
}

func (r *run) next() error {
	if r.file == nil {
		r.record = nil
		if r.at < len(r.memory.refs) {
			r.record = r.memory.record(r.memory.refs[r.at])
			r.at++
		}
		return nil
	}
	if r.from == nil {
		r.from = bufio.NewReaderSize(r.file, 64<<10)
	}
	n, err := binary.ReadUvarint(r.from)
	if errors.Is(err, io.EOF) {
		r.record = nil
		return nil
	}
	if err != nil {
		return unsorted(err)
	}
	r.record = slices.Grow(r.record[:0], int(n))[:n]
	if _, err := io.ReadFull(r.from, r.record); err != nil {
		return unsorted(err)
	}
	return nil
}

func (r *run) close() {
	if r.file != nil {
		_ = r.file.Close()
		_ = os.Remove(r.file.Name())
	}
}

func unsorted(err error) error {
	return &transship.Error{Code: transship.Unavailable, Op: "sort the manifest", Err: err,
		Hint: "the folder for temporary files needs room for the whole manifest"}
}
