package manifest

import (
	"bufio"
	"bytes"
	"cmp"
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

// ref is where a record lies; its key is what lies from key to rest.
type ref struct {
	block, from, to uint32
	key, rest       uint32
}

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
	rest := from + uvarintLen(len(t.Key)) + len(t.Key)
	m.refs = append(m.refs, ref{block: uint32(m.block), from: uint32(from), to: uint32(len(filled)),
		key: uint32(rest - len(t.Key)), rest: uint32(rest)})
	m.bytes += len(filled) - from + 20
}

// recordBound is at least the length of t's record.
func recordBound(t *transship.Task) int {
	return len(t.Key) + len(t.RawKey) + len(t.VersionID) + len(t.RawVersion) + len(t.ETag) + len(t.StorageClass) + 64
}

func (m *memory) record(r ref) []byte { return m.blocks[r.block][r.from:r.to] }

// sort orders records by key; those of one key stay in the manifest's order,
// which is that in which they lie.
func (m *memory) sort() {
	slices.SortFunc(m.refs, func(a, b ref) int {
		if c := bytes.Compare(m.blocks[a.block][a.key:a.rest], m.blocks[b.block][b.key:b.rest]); c != 0 {
			return c
		}
		return cmp.Or(cmp.Compare(a.block, b.block), cmp.Compare(a.from, b.from))
	})
}

// reset keeps the blocks for the next run.
func (m *memory) reset() {
	for i := range m.blocks {
		m.blocks[i] = m.blocks[i][:0]
	}
	m.block, m.refs, m.bytes = 0, m.refs[:0], 0
}

// spill is the file that sorted runs go to, one behind the other.
type spill struct {
	dir  string
	file *os.File // nil: nothing has been written
	out  *bufio.Writer
	size int64
	runs []section
}

// section is where a run lies in the file.
type section struct{ from, length int64 }

// write appends m's records, which are sorted, as a run.
func (s *spill) write(m *memory) error {
	if s.file == nil {
		f, err := os.CreateTemp(s.dir, "transship-sort-*")
		if err != nil {
			return unsorted(err)
		}
		s.file, s.out = f, bufio.NewWriterSize(f, 256<<10)
	}
	from := s.size
	var length []byte
	for _, ref := range m.refs {
		record := m.record(ref)
		length = binary.AppendUvarint(length[:0], uint64(len(record)))
		_, _ = s.out.Write(length) // an error sticks until Flush
		_, _ = s.out.Write(record)
		s.size += int64(len(length) + len(record))
	}
	s.runs = append(s.runs, section{from, s.size - from})
	if err := s.out.Flush(); err != nil {
		return unsorted(err)
	}
	return nil
}

func (s *spill) close() {
	if s.file != nil {
		_ = s.file.Close()
		_ = os.Remove(s.file.Name())
	}
}

// run is a sorted sequence of records, in the file or in memory.
type run struct {
	from   *bufio.Reader // nil: memory
	memory *memory
	at     int
	record []byte // the current one; nil: none left
}

// open gives the runs in the order in which they were written. Together their
// buffers take about as much memory as given, but each at least 4 KiB.
func (s *spill) open(memory int) []*run {
	var runs []*run
	for _, r := range s.runs {
		size := min(max(memory/len(s.runs), 4<<10), 64<<10)
		runs = append(runs, &run{from: bufio.NewReaderSize(io.NewSectionReader(s.file, r.from, r.length), size)})
	}
	return runs
}

func (r *run) next() error {
	if r.from == nil {
		r.record = nil
		if r.at < len(r.memory.refs) {
			r.record = r.memory.record(r.memory.refs[r.at])
			r.at++
		}
		return nil
	}
	n, err := binary.ReadUvarint(r.from)
	if errors.Is(err, io.EOF) {
		r.record = nil
		return nil
	}
	if err != nil || n > 1<<20 {
		return unsorted(cmp.Or(err, errRecord))
	}
	r.record = slices.Grow(r.record[:0], int(n))[:n]
	if _, err := io.ReadFull(r.from, r.record); err != nil {
		return unsorted(err)
	}
	if n, w := binary.Uvarint(r.record); w <= 0 || n > uint64(len(r.record)-w) {
		return unsorted(errRecord) // recordKey takes the length on trust
	}
	return nil
}

func unsorted(err error) error {
	return &transship.Error{Code: transship.Unavailable, Op: "sort the manifest", Err: err,
		Hint: "the folder for temporary files needs room for the whole manifest"}
}
