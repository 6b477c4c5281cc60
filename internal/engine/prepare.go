package engine

import (
	"context"
	"errors"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/segment"
)

// errOverruled says that the job went on without this attempt at preparing: it
// was cancelled, or another attempt has begun since.
var errOverruled = errors.New("the job went on without this attempt")

// prepare reads the manifest once, stages its chunks under an attempt of their
// own, and commits the attempt by compare-and-set. A preparer that was frozen
// and comes back publishes under a number that nobody will commit.
func (e *Engine) prepare(ctx context.Context, id string) error {
	job, err := e.beginPrepare(ctx, id)
	if errors.Is(err, errUnchanged) {
		return e.clearIfEnded(ctx, id)
	}
	if err != nil {
		return err
	}
	work, err := e.open(ctx, &job)
	if err != nil {
		return err
	}
	plan, err := e.stage(ctx, work, &job, nil)
	if errors.Is(err, errOverruled) {
		return e.clearIfEnded(ctx, id)
	}
	if err != nil { // the item may be lost, so nobody would look again
		return errors.Join(err, e.clearIfEnded(ctx, id))
	}
	job, err = e.commit(ctx, id, job.Plan.Attempt, plan)
	if errors.Is(err, errOverruled) {
		return e.clearIfEnded(ctx, id)
	}
	if err != nil {
		return err
	}
	e.Log.Info("prepared", "job", id, "tasks", plan.Tasks, "chunks", plan.Chunks)
	if err := e.Queue.Open(ctx, id, job.Plan.Committed); err != nil {
		e.logPassing(ctx, "open a job's queue", id, err) // whoever leases opens it
	}
	return e.clearIfEnded(ctx, id)
}

// clearIfEnded is called after something was put into the queue of a job that
// may have ended meanwhile: this process may have been frozen. A job that ends
// later is cleared by whoever ends it.
func (e *Engine) clearIfEnded(ctx context.Context, id string) error {
	job, err := e.Jobs.Job(ctx, id)
	if err != nil || !job.State.Terminal() {
		return err
	}
	return e.clear(ctx, id)
}

// beginPrepare takes the next attempt's number.
func (e *Engine) beginPrepare(ctx context.Context, id string) (transship.Job, error) {
	return e.Jobs.Update(ctx, id, func(j *transship.Job) error {
		switch j.State {
		case transship.New:
			if err := j.Move(transship.Preparing, e.Now()); err != nil {
				return err
			}
		case transship.Preparing:
		default:
			return errUnchanged
		}
		j.Plan.Attempt++
		return nil
	})
}

// stage publishes the job's chunks; with only, just those that it names.
func (e *Engine) stage(ctx context.Context, work Work, job *transship.Job, only map[int]bool) (transship.Plan, error) {
	attempt, looked := job.Plan.Attempt, time.Now()
	if only != nil {
		attempt = job.Plan.Committed
	}
	return work.Plan(ctx, func(c transship.Chunk) error {
		if only != nil && !only[c.Number] {
			return nil
		}
		if time.Since(looked) > e.Settings.Poll {
			looked = time.Now()
			now, err := e.Jobs.Job(ctx, job.ID)
			if err == nil && (now.State.Terminal() || only == nil && (now.State != transship.Preparing || now.Plan.Attempt != attempt)) {
				return errOverruled
			}
		}
		c.Job = job.ID
		body, err := segment.EncodeChunk(c)
		if err != nil {
			return err
		}
		return e.Queue.Stage(ctx, job.ID, attempt, c.Number, body)
	})
}

// commit makes attempt the job's and moves it on.
func (e *Engine) commit(ctx context.Context, id string, attempt int, plan transship.Plan) (transship.Job, error) {
	return e.Jobs.Update(ctx, id, func(j *transship.Job) error {
		if j.State != transship.Preparing || j.Plan.Attempt != attempt {
			return errOverruled
		}
		next := transship.Ready
		if j.Confirmation {
			next = transship.Suspended
		}
		if err := j.Move(next, e.Now()); err != nil {
			return err
		}
		plan.Attempt, plan.Committed = attempt, attempt
		j.Plan = plan
		return nil
	})
}
