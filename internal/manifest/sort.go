package manifest

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/inventory/extsort"
)

// sorted brings the versions of each key together and hands them on key by
// key. What does not fit into memory goes through a file.
func (r *Reader) sorted(ctx context.Context, in *input, cut *cutter) error {
	sorter := extsort.New(r.TempDir, r.SortBytes)
	defer sorter.Close()
	var bucket string
	err := in.each(ctx, func(t *transship.Task) error {
		bucket = t.Bucket
		return unsorted(sorter.Add(t.Key, func(b []byte) []byte { return appendRecord(b, t) }))
	})
	if err != nil {
		return err
	}
	var group []transship.Task
	err = sorter.Each(func(key, value []byte) error {
		if len(group) > 0 && group[0].Key != string(key) {
			if err := ctx.Err(); err != nil {
				return passOn{err}
			}
			if err := cut.add(inOrder(group)); err != nil {
				return passOn{err}
			}
			group = group[:0]
		}
		task, err := parseRecord(string(key), value)
		if err != nil {
			return err
		}
		task.Bucket = bucket
		if group = append(group, task); len(group) > transship.MaxChunkTasks {
			return passOn{cut.tooMany(task, transship.MaxChunkTasks)}
		}
		return nil
	})
	var other passOn
	if errors.As(err, &other) {
		return other.error
	}
	if err != nil || len(group) == 0 {
		return unsorted(err)
	}
	return cut.add(inOrder(group))
}

// passOn is an error that is not the sorter's own.
type passOn struct{ error }

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

// unsorted says of an error of the sorter what was being done.
func unsorted(err error) error {
	if err == nil {
		return nil
	}
	return &transship.Error{Code: transship.Unavailable, Op: "sort the manifest", Err: err,
		Hint: "the folder for temporary files needs room for the whole manifest"}
}
