package engine

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

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
	beat := r.e.Now()
	for _, i := range r.sequence(ctx) {
		r.look(ctx)
		if r.isStopping() || ctx.Err() != nil {
			break
		}
		if r.e.Now().Sub(beat) >= r.e.Settings.Heartbeat {
			beat = r.e.Now()
			r.extend(ctx)
		}
		if err := r.try(ctx, i); err != nil {
			return err
		}
		if err := r.tryOne(ctx, i); errors.Is(err, errStopped) {
			break
		} else if err != nil {
			return err
		}
	}
	return r.close(ctx)
}

// sequence is every task without a row, in the order in which they are done.
func (r *run) sequence(ctx context.Context) []int {
	var all []int
	for _, group := range r.groups() {
		all = append(all, r.ordered(ctx, group)...)
	}
	return all
}

// errStopped says that the process is told to stop.
var errStopped = errors.New("the process stops")

// try stores which task is about to be tried.
func (r *run) try(ctx context.Context, i int) error {
	rec := r.snapshot()
	rec.Trying = i
	if rec.Strikes < carefulStrikes {
		rec.Strikes = carefulStrikes // a success does not end the care
	}
	return r.write(ctx, rec)
}

func (r *run) extend(ctx context.Context) {
	if err := r.lease.Extend(ctx); err != nil {
		r.e.logPassing(ctx, "extend a lease", r.job.ID, err)
	}
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
	heartbeat := time.NewTicker(r.e.Settings.Heartbeat)
	defer heartbeat.Stop()
	for {
		select {
		case <-ended:
			return nil
		case <-ctx.Done():
			abandon()
			select {
			case <-ended:
			case <-time.After(r.e.Settings.Heartbeat): // it does not listen
			}
			return errStopped
		case <-heartbeat.C:
			_, oldest := r.progress()
			if !oldest.IsZero() && r.e.Now().Sub(oldest) > r.e.Settings.TaskLimit {
				return fmt.Errorf("task %d (%s) hangs", i, r.chunk.Tasks[i].Key)
			}
			r.extend(ctx)
			r.look(ctx)
			if r.isStopping() { // shows a waiting completer that the writer lives
				if err := r.try(ctx, i); err != nil {
					return err
				}
			}
		}
	}
}
