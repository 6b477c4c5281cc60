package engine

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/transship/transship"
)

const taskTries = 5

// runTasks runs all tasks without a row, several at once, and closes
// r.finish. Tasks of one key run one after the other, in order.
func (r *run) runTasks(ctx context.Context) {
	defer close(r.finish)
	groups := make(chan []int)
	var wg sync.WaitGroup
	for range min(r.e.Settings.Tasks, len(r.chunk.Tasks)) {
		wg.Go(func() {
			for group := range groups {
				r.runGroup(ctx, group)
			}
		})
	}
	for _, group := range r.groups() {
		if r.isStopping() || ctx.Err() != nil {
			break
		}
		groups <- group
	}
	close(groups)
	wg.Wait()
}

// groups cuts the tasks without a row into runs of one key.
func (r *run) groups() [][]int {
	var groups [][]int
	for i, t := range r.chunk.Tasks {
		if r.done[i] {
			continue
		}
		if n := len(groups); n > 0 {
			first := r.chunk.Tasks[groups[n-1][0]]
			if first.Key == t.Key && first.Bucket == t.Bucket {
				groups[n-1] = append(groups[n-1], i)
				continue
			}
		}
		groups = append(groups, []int{i})
	}
	return groups
}

func (r *run) runGroup(ctx context.Context, group []int) {
	for _, i := range r.ordered(ctx, group) {
		r.awaitCount(ctx)
		if r.isStopping() || ctx.Err() != nil || !r.runTask(ctx, i) {
			return
		}
	}
}

// ordered is a group in the order in which it must be done. A manifest that
// tells no times leaves it to the store to say which version is older; when the
// store does not say, the tasks fail, since a copy in the wrong order leaves an
// old version as the current one.
func (r *run) ordered(ctx context.Context, group []int) []int {
	if len(group) < 2 || !r.untimed(group) {
		return group
	}
	tasks := make([]transship.Task, len(group))
	for n, i := range group {
		tasks[n] = r.chunk.Tasks[i]
	}
	var last error
	for try := 1; try <= taskTries && ctx.Err() == nil; try++ {
		order, err := r.work.Order(ctx, tasks)
		if err == nil {
			sorted := make([]int, len(group))
			for n, at := range order {
				sorted[n] = group[at]
			}
			return sorted
		}
		last = err
		wait(ctx, retryPause(try))
	}
	if ctx.Err() == nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, i := range group {
			r.add(i, transship.Result{HTTPStatus: http.StatusServiceUnavailable, ErrorCode: "ServiceUnavailable",
				Message: "not tried: which version of the key is older could not be found out: " + last.Error()})
		}
	}
	return nil
}

// untimed reports whether a group names versions without their times.
func (r *run) untimed(group []int) bool {
	for _, i := range group {
		if t := r.chunk.Tasks[i]; t.VersionID != "" && t.LastModified.IsZero() && t.Fault == nil {
			return true
		}
	}
	return false
}

// awaitCount holds the next task back when this chunk alone would call for the
// job to fail and nobody has counted the other chunks yet.
func (r *run) awaitCount(ctx context.Context) {
	r.mu.Lock()
	hold := !r.known && r.own.ExceedsFailureRule()
	r.mu.Unlock()
	if !hold {
		return
	}
	select {
	case <-r.counted:
	case <-ctx.Done():
	}
}

// runTask does one task and adds its row; false when its outcome stays unknown.
func (r *run) runTask(ctx context.Context, i int) bool {
	r.mu.Lock()
	r.started[i] = r.e.Now()
	r.mu.Unlock()
	result, err := r.attempt(transship.WithAlive(ctx, func() { r.alive(i) }), i)
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.started, i)
	var failure *transship.JobFailure
	if errors.As(err, &failure) {
		r.failure, r.stopping = failure, true
		return false
	}
	if err != nil {
		r.unknown = true
		return false
	}
	r.add(i, result)
	return true
}

// add records a row; r.mu is held.
func (r *run) add(i int, result transship.Result) {
	t := r.chunk.Tasks[i]
	result.Task, result.Bucket, result.RawKey, result.RawVersion = i, t.Bucket, t.RawKey, t.RawVersion
	r.rows = append(r.rows, result)
	r.done[i] = true
	r.own.Count(result)
	r.judge()
}

// alive is called by a task that goes on: its time begins anew.
func (r *run) alive(i int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, running := r.started[i]; running {
		r.started[i] = r.e.Now()
	}
}

// attempt does a task until its outcome is known, or ctx ends, or it was tried
// five times: then the task has failed with the last error.
func (r *run) attempt(ctx context.Context, i int) (transship.Result, error) {
	t := r.chunk.Tasks[i]
	doubt := r.doubt
	for try := 1; ; try++ {
		if doubt {
			result, was, err := r.work.Reconcile(ctx, t, r.since, r.previous(i))
			if err == nil && was {
				return result, nil
			}
			if err != nil {
				if try >= taskTries || ctx.Err() != nil {
					return r.unsettled(ctx, err)
				}
				wait(ctx, retryPause(try))
				continue
			}
		}
		result, err := r.work.Do(ctx, t)
		if err == nil {
			return result, nil
		}
		if errors.As(err, new(*transship.JobFailure)) {
			return result, err
		}
		doubt = true
		if try >= taskTries || ctx.Err() != nil {
			return r.unsettled(ctx, err)
		}
		wait(ctx, retryPause(try))
	}
}

// unsettled is the row of a task that was tried to the end; none when the
// worker is told to stop.
func (r *run) unsettled(ctx context.Context, err error) (transship.Result, error) {
	if ctx.Err() != nil {
		return transship.Result{}, ctx.Err()
	}
	result := transship.Result{HTTPStatus: http.StatusServiceUnavailable, ErrorCode: "ServiceUnavailable",
		Message: "outcome not known after 5 attempts: " + err.Error()}
	var e *transship.Error
	if errors.As(err, &e) && e.S3Code != "" {
		result.HTTPStatus, result.ErrorCode = e.Status, e.S3Code
	}
	return result, nil
}

// previous are the results of the other tasks of the same key, in the order in
// which they came.
func (r *run) previous(i int) []transship.Result {
	first, last := i, i
	for key := r.chunk.Tasks[i].Key; first > 0 && r.chunk.Tasks[first-1].Key == key; first-- {
	}
	for key := r.chunk.Tasks[i].Key; last+1 < len(r.chunk.Tasks) && r.chunk.Tasks[last+1].Key == key; last++ {
	}
	if first == last {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var rows []transship.Result
	for _, row := range r.rows {
		if row.Task >= first && row.Task <= last && row.Task != i {
			rows = append(rows, row)
		}
	}
	return rows
}

// retryPause grows from 200 ms to 3.2 s.
func retryPause(try int) time.Duration { return 100 * time.Millisecond << min(try, 5) }
