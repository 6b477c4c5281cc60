package extsort

import (
	"bytes"
	"container/heap"
)

// merge gives the records of all runs in the order of keys. Of equal keys the
// earlier run's come first: they were added earlier.
func merge(all []*run, do func(key, value []byte) error) error {
	m := &merging{all: all}
	for i, run := range all {
		if err := run.next(); err != nil {
			return err
		}
		if run.record != nil {
			m.heap = append(m.heap, i)
		}
	}
	heap.Init(m)
	for len(m.heap) > 0 {
		run := all[m.heap[0]]
		if err := do(run.key, run.value); err != nil {
			return err
		}
		if err := run.next(); err != nil {
			return err
		}
		if run.record == nil {
			heap.Pop(m)
		} else {
			heap.Fix(m, 0)
		}
	}
	return nil
}

// merging is a heap of the runs that have a record.
type merging struct {
	all  []*run
	heap []int // indexes of all
}

func (m *merging) Len() int { return len(m.heap) }
func (m *merging) Less(i, j int) bool {
	a, b := m.heap[i], m.heap[j]
	if c := bytes.Compare(m.all[a].key, m.all[b].key); c != 0 {
		return c < 0
	}
	return a < b
}
func (m *merging) Swap(i, j int) { m.heap[i], m.heap[j] = m.heap[j], m.heap[i] }
func (m *merging) Push(x any)    { m.heap = append(m.heap, x.(int)) }
func (m *merging) Pop() any {
	last := m.heap[len(m.heap)-1]
	m.heap = m.heap[:len(m.heap)-1]
	return last
}
