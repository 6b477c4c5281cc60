package extsort

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"slices"
)

// maxRecord bounds what is believed of a length in the file.
const maxRecord = 64 << 20

var errDamaged = errors.New("the file for sorting is damaged")

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

// write appends the records of s, which are sorted, as a run.
func (f *spill) write(s *Sorter) error {
	if f.file == nil {
		file, err := os.CreateTemp(f.dir, "transship-sort-*")
		if err != nil {
			return err
		}
		f.file, f.out = file, bufio.NewWriterSize(file, 256<<10)
	}
	from := f.size
	var length []byte
	for _, ref := range s.refs {
		record := s.record(ref)
		length = binary.AppendUvarint(length[:0], uint64(len(record)))
		_, _ = f.out.Write(length) // an error sticks until Flush
		_, _ = f.out.Write(record)
		f.size += int64(len(length) + len(record))
	}
	f.runs = append(f.runs, section{from, f.size - from})
	return f.out.Flush()
}

// open gives the runs in the order in which they were written. Together their
// buffers take about as much memory as given, but each at least 4 KiB.
func (f *spill) open(memory int) []*run {
	var runs []*run
	for _, r := range f.runs {
		size := min(max(memory/len(f.runs), 4<<10), 64<<10)
		runs = append(runs, &run{from: bufio.NewReaderSize(io.NewSectionReader(f.file, r.from, r.length), size)})
	}
	return runs
}

func (f *spill) close() {
	if f.file != nil {
		_ = f.file.Close()
		_ = os.Remove(f.file.Name())
		f.file = nil
	}
}

// run is a sorted sequence of records, in the file or in memory.
type run struct {
	from   *bufio.Reader // nil: memory
	sorter *Sorter
	at     int

	record     []byte // the current one; nil: none left
	key, value []byte // of record
}

func (r *run) next() error {
	if err := r.read(); err != nil || r.record == nil {
		return err
	}
	n, w := binary.Uvarint(r.record)
	if w <= 0 || n > uint64(len(r.record)-w) {
		return errDamaged
	}
	r.key, r.value = r.record[w:w+int(n)], r.record[w+int(n):]
	return nil
}

func (r *run) read() error {
	if r.from == nil {
		r.record = nil
		if r.at < len(r.sorter.refs) {
			r.record = r.sorter.record(r.sorter.refs[r.at])
			r.at++
		}
		return nil
	}
	n, err := binary.ReadUvarint(r.from)
	if errors.Is(err, io.EOF) {
		r.record = nil
		return nil
	}
	if err != nil {
		return err
	}
	if n == 0 || n > maxRecord {
		return errDamaged
	}
	r.record = slices.Grow(r.record[:0], int(n))[:n]
	_, err = io.ReadFull(r.from, r.record)
	return err
}
