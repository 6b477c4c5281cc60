package engine

import (
	"context"
	"fmt"
	"net/http"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/segment"
)

// A chunk is run with care after carefulStrikes claims in a row that ended
// without a new row, and its suspect fails after fatalStrikes.
const (
	carefulStrikes = 2
	fatalStrikes   = 5
)

// carefully runs one task at a time and writes into the record which one,
// before it begins: if the worker dies or the task hangs, the next one knows
// the culprit. The suspect of the fifth claim fails with that reason.
func (r *run) carefully(ctx context.Context) error {
	r.log.Warn("the chunk ended several claims without a result: its tasks run one at a time", "strikes", r.ledger.rec.Strikes)
	if i := r.ledger.rec.Trying; i != segment.NoTask && r.ledger.rec.Strikes >= fatalStrikes && i < len(r.done) && !r.done[i] {
		r.mu.Lock()
		r.done[i] = true
		r.add(i, transship.Result{HTTPStatus: http.StatusInternalServerError, ErrorCode: "InternalError",
			Message: fmt.Sprintf("the task never ended: %d workers died or hung on it", fatalStrikes)})
		r.mu.Unlock()
		if err := r.checkpoint(ctx, true); err != nil {
			return err
		}
	}
	for i := range r.chunk.Tasks {
		if r.done[i] {
			continue
		}
		r.look(ctx)
		if r.isStopping() || ctx.Err() != nil {
			break
		}
		rec := r.snapshot()
		rec.Trying = i
		if rec.Strikes < carefulStrikes {
			rec.Strikes = carefulStrikes // a success does not end the care
		}
		if err := r.ledger.write(ctx, rec); err != nil {
			return err
		}
		r.stored = len(rec.Rows)
		if err := r.tryOne(ctx, i); err != nil {
			return err
		}
	}
	return r.close(ctx)
}

// tryOne runs one task under the eyes of a heartbeat.
func (r *run) tryOne(ctx context.Context, i int) error {
	work, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.runTask(work, i)
	}()
	stopped := ctx.Done()
	for {
		timer := make(chan struct{})
		go func() {
			wait(work, r.e.Settings.Heartbeat)
			close(timer)
		}()
		select {
		case <-ended:
			return nil
		case <-stopped:
			abandon()
			stopped = nil
			<-ended
			return ctx.Err()
		case <-timer:
			_, oldest := r.progress()
			if !oldest.IsZero() && r.e.Now().Sub(oldest) > r.e.Settings.TaskLimit {
				return fmt.Errorf("task %d (%s) hangs", i, r.chunk.Tasks[i].Key)
			}
			if err := r.lease.Extend(ctx); err != nil {
				r.e.logPassing(ctx, "extend a lease", r.job.ID, err)
			}
		}
	}
}
