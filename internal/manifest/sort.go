package manifest

import (
	"bytes"
	"cmp"
	"container/heap"
	"context"
	"slices"

	"github.com/transship/transship"
)

const defaultSortBytes = 16 << 20

// sorted brings the versions of each key together and hands them on key by
// key. What does not fit into memory goes through a file.
func (r *Reader) sorted(ctx context.Context, in *input, cut *cutter) error {
	limit := r.SortBytes
	if limit <= 0 {
		limit = defaultSortBytes
	}
	var bucket string
	file := &spill{dir: r.TempDir}
	defer file.close()
	gather := &memory{}
	err := in.each(ctx, func(t *transship.Task) error {
		bucket = t.Bucket
		gather.add(t)
		if gather.bytes < limit {
			return nil
		}
		gather.sort()
		if err := file.write(gather); err != nil {
			return err
		}
		gather.reset()
		return nil
	})
	if err != nil {
		return err
	}
	gather.sort()
	runs := merge{all: append(file.open(limit), &run{memory: gather})}
	return runs.groups(ctx, bucket, cut)
}

// merge takes records from all runs in the order of keys. Of equal keys the
// earlier run's come first: they stood earlier in the manifest.
type merge struct {
	all  []*run
	heap []int // indexes of runs that have a record
}

func (m *merge) Len() int { return len(m.heap) }
func (m *merge) Less(i, j int) bool {
	a, b := m.heap[i], m.heap[j]
	if c := bytes.Compare(recordKey(m.all[a].record), recordKey(m.all[b].record)); c != 0 {
		return c < 0
	}
	return a < b
}
func (m *merge) Swap(i, j int) { m.heap[i], m.heap[j] = m.heap[j], m.heap[i] }
func (m *merge) Push(x any)    { m.heap = append(m.heap, x.(int)) }
func (m *merge) Pop() any {
	last := m.heap[len(m.heap)-1]
	m.heap = m.heap[:len(m.heap)-1]
	return last
}

// groups gives the tasks of each key to cut.
func (m *merge) groups(ctx context.Context, bucket string, cut *cutter) error {
	for i, run := range m.all {
		if err := run.next(); err != nil {
			return err
		}
		if run.record != nil {
			m.heap = append(m.heap, i)
		}
	}
	heap.Init(m)
	var group []transship.Task
	for len(m.heap) > 0 {
		run := m.all[m.heap[0]]
		task, err := parseRecord(run.record, bucket)
		if err != nil {
			return unsorted(err)
		}
		if len(group) > 0 && group[0].Key != task.Key {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := cut.add(inOrder(group)); err != nil {
				return err
			}
			group = group[:0]
		}
		group = append(group, task)
		if len(group) > transship.MaxChunkTasks {
			return cut.tooMany(group[0], transship.MaxChunkTasks)
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
	if len(group) == 0 {
		return nil
	}
	return cut.add(inOrder(group))
}

// inOrder sorts the versions of one key, which stand in the manifest's order,
// into the order in which they must be done: oldest first, the current one
// last. S3 lists newest first, so where times are equal or one is not known,
// the manifest's order is turned round.
func inOrder(group []transship.Task) []transship.Task {
	slices.Reverse(group)
	timed := !slices.ContainsFunc(group, func(t transship.Task) bool { return t.LastModified.IsZero() })
	slices.SortStableFunc(group, func(a, b transship.Task) int {
		if a.IsLatest != b.IsLatest {
			if b.IsLatest {
				return -1
			}
			return 1
		}
		if timed {
			return cmp.Compare(a.LastModified.UnixNano(), b.LastModified.UnixNano())
		}
		return 0
	})
	return group
}
