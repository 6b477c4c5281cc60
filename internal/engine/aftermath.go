package engine

import (
	"context"
	"sync"
	"time"
)

// settle closes a chunk of a job that is being cut off. Nothing is begun any
// more; but what a dead worker did since its last checkpoint has happened, and
// gets its row.
func (r *run) settle(ctx context.Context) error {
	if r.doubt {
		done := make(chan struct{})
		go func() {
			defer close(done)
			r.reconcileAll(ctx)
		}()
		if err := r.keep(ctx, done); err != nil {
			return err
		}
	}
	rec := r.snapshot()
	rec.Closed = ctx.Err() == nil
	return r.write(ctx, rec)
}

// keep extends the lease until done.
func (r *run) keep(ctx context.Context, done <-chan struct{}) error {
	heartbeat := time.NewTicker(r.e.Settings.Heartbeat)
	defer heartbeat.Stop()
	for {
		select {
		case <-done:
			return ctx.Err()
		case <-heartbeat.C:
			r.extend(ctx)
			if err := r.checkpoint(ctx, true); err != nil {
				return err
			}
		}
	}
}

// reconcileAll asks for every task without a row whether it was done. Where
// the store does not answer, the task counts as not attempted.
func (r *run) reconcileAll(ctx context.Context) {
	groups := make(chan []int)
	var wg sync.WaitGroup
	for range min(r.e.Settings.Tasks, len(r.chunk.Tasks)) {
		wg.Go(func() {
			for group := range groups {
				for _, i := range group { // of one key: each knows the rows before it
					r.reconcileOne(ctx, i)
				}
			}
		})
	}
	for _, group := range r.groups() {
		if ctx.Err() != nil {
			break
		}
		groups <- group
	}
	close(groups)
	wg.Wait()
}

func (r *run) reconcileOne(ctx context.Context, i int) {
	result, was, err := r.work.Reconcile(ctx, r.chunk.Tasks[i], r.since, r.previous(i))
	if err != nil {
		r.e.logPassing(ctx, "reconcile "+r.chunk.Tasks[i].Key, r.job.ID, err)
		return
	}
	if was {
		r.mu.Lock()
		r.add(i, result)
		r.mu.Unlock()
	}
}
