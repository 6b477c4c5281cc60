package extsort

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

const (
	// DefaultMemory is what a sorter takes for records when nothing else is said.
	DefaultMemory = 16 << 20

	blockSize = 1 << 20
	blockRoom = 4 << 10 // a block with less room than this is full
	refBytes  = 20
)

// Sorter sorts records. Not safe for concurrent use.
type Sorter struct {
	memory int
	blocks [][]byte // each record: length of its key, key, value
	block  int      // the one being filled
	refs   []ref
	bytes  int
	file   spill
}

// ref is where a record lies; its key is what lies from key to value.
type ref struct {
	block, from, to uint32
	key, value      uint32
}

// New is a sorter that takes about memory bytes (0: [DefaultMemory]) and puts
// its file into dir (empty: the system's folder).
func New(dir string, memory int) *Sorter {
	if memory <= 0 {
		memory = DefaultMemory
	}
	return &Sorter{memory: memory, file: spill{dir: dir}}
}

// Add takes a record; write appends its value to the slice that it is given.
// The error is the file's.
func (s *Sorter) Add(key string, write func([]byte) []byte) error {
	for s.block < len(s.blocks) && cap(s.blocks[s.block])-len(s.blocks[s.block]) < blockRoom {
		s.block++
	}
	if s.block == len(s.blocks) {
		s.blocks = append(s.blocks, make([]byte, 0, blockSize))
	}
	b := s.blocks[s.block]
	r := ref{block: uint32(s.block), from: uint32(len(b))}
	b = binary.AppendUvarint(b, uint64(len(key)))
	r.key = uint32(len(b))
	b = append(b, key...)
	r.value = uint32(len(b))
	b = write(b)
	r.to = uint32(len(b))
	s.blocks[s.block] = b
	s.refs = append(s.refs, r)
	s.bytes += int(r.to-r.from) + refBytes
	if s.bytes < s.memory {
		return nil
	}
	s.sort()
	if err := s.file.write(s); err != nil {
		return err
	}
	for i := range s.blocks {
		s.blocks[i] = s.blocks[i][:0]
	}
	s.block, s.refs, s.bytes = 0, s.refs[:0], 0
	return nil
}

// sort orders what is in memory by key; records of one key stay in the order
// in which they were added, which is that in which they lie.
func (s *Sorter) sort() {
	slices.SortFunc(s.refs, func(a, b ref) int {
		if c := bytes.Compare(s.blocks[a.block][a.key:a.value], s.blocks[b.block][b.key:b.value]); c != 0 {
			return c
		}
		return cmp.Or(cmp.Compare(a.block, b.block), cmp.Compare(a.from, b.from))
	})
}

// record is a whole record as it goes to the file.
func (s *Sorter) record(r ref) []byte { return s.blocks[r.block][r.from:r.to] }

// Each calls do for every record in the order of keys; records of one key come
// in the order in which they were added. Key and value are valid until do
// returns. It may be called once.
func (s *Sorter) Each(do func(key, value []byte) error) error {
	s.sort()
	runs := append(s.file.open(s.memory), &run{sorter: s})
	return merge(runs, do)
}

// Close removes the file.
func (s *Sorter) Close() { s.file.close() }
