package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/segment"
)

// leaseLoop is one slot for chunks: it takes the next chunk of the job with
// the highest priority, runs it, and looks again.
func (e *Engine) leaseLoop(ctx context.Context) {
	for ctx.Err() == nil {
		if !e.leaseOnce(ctx) && !wait(ctx, e.Settings.Poll) {
			return
		}
	}
}

// leaseOnce reports whether there was a chunk to run.
func (e *Engine) leaseOnce(ctx context.Context) bool {
	jobs, err := e.Jobs.Unfinished(ctx)
	if err != nil {
		e.logPassing(ctx, "look for jobs to work on", "", err)
		return false
	}
	for _, job := range byPriority(jobs) {
		if !leasable(&job) {
			continue
		}
		lease, err := e.Queue.Lease(ctx, job.ID, job.Plan.Committed)
		if transship.CodeOf(err) == transship.NotFound { // a crash between commit and open
			err = e.Queue.Open(ctx, job.ID, job.Plan.Committed)
			if err == nil { // or the job has ended, and the list is old
				err = e.clearIfEnded(ctx, job.ID)
			}
		}
		if err != nil {
			e.logPassing(ctx, "lease a chunk", job.ID, err)
			continue
		}
		if lease != nil {
			e.runLease(ctx, job, lease)
			return true
		}
	}
	return false
}

// leasable reports whether a job's chunks are to be taken: to run them, or,
// where the job is being cut off, to find out what a dead worker has done.
func leasable(j *transship.Job) bool {
	switch j.State {
	case transship.Active:
		return true
	case transship.Cancelling, transship.Failing:
		return j.Plan.Committed > 0
	}
	return false
}

// byPriority sorts jobs: the highest priority first, then the oldest.
func byPriority(jobs []transship.Job) []transship.Job {
	jobs = slices.Clone(jobs)
	slices.SortStableFunc(jobs, func(a, b transship.Job) int {
		return cmp.Or(cmp.Compare(b.Priority, a.Priority), a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return jobs
}

// runLease takes one leased chunk as far as it goes: claims its record, runs
// what has no row, closes it and acks.
func (e *Engine) runLease(ctx context.Context, job transship.Job, lease Lease) {
	log := e.Log.With("job", job.ID, "chunk", lease.Chunk())
	chunk, err := segment.DecodeChunk(lease.Body())
	if err != nil {
		e.failJob(ctx, job.ID, transship.FailInternal, err.Error())
		return
	}
	work, err := e.open(ctx, &job) // before the claim: a role that is refused is no strike
	if err != nil {
		e.release(ctx, lease)
		if !e.failIfFinal(ctx, job.ID, err) {
			e.logPassing(ctx, "open the work of a job", job.ID, err)
		}
		wait(ctx, e.Settings.Poll)
		return
	}
	l := &ledger{records: e.Records, job: job.ID, chunk: lease.Chunk(), writer: e.NewID()}
	if err := l.claim(ctx, e.Now()); err != nil {
		log.Warn("claim a chunk", "err", err)
		e.release(ctx, lease)
		return
	}
	if l.rec.Closed {
		e.finishLease(ctx, job, lease)
		return
	}
	r := newRun(e, job, chunk, work, l, lease, log)
	switch err := r.run(ctx); {
	case errors.Is(err, errFenced):
		log.Info("another worker has the chunk now")
		e.sweepIfEnded(ctx, job.ID, work)
	case err != nil:
		log.Warn("chunk given back", "err", err)
		e.release(ctx, lease)
	case l.rec.Closed:
		e.finishLease(ctx, job, lease)
	default:
		e.release(ctx, lease)
	}
}

// finishLease is called with a closed record. It asks for completion before it
// acks when this was the last chunk: if the process dies in between, the
// message comes again and so does the question.
func (e *Engine) finishLease(ctx context.Context, job transship.Job, lease Lease) {
	ctx, cancel := detached(ctx)
	defer cancel()
	depth, err := e.Queue.Depth(ctx, job.ID, job.Plan.Committed)
	if err == nil && depth.Waiting == 0 && depth.Leased <= 1 {
		err = e.Queue.Submit(ctx, Item{Complete, job.ID}, false)
	}
	if err != nil { // the sweep asks as well
		e.logPassing(ctx, "ask for completion", job.ID, err)
	}
	if err := lease.Ack(ctx); err != nil {
		e.logPassing(ctx, "ack a chunk", job.ID, err)
	}
}

func (e *Engine) release(ctx context.Context, lease Lease) {
	ctx, cancel := detached(ctx)
	defer cancel()
	if err := lease.Release(ctx); err != nil { // it will run out by itself
		e.logPassing(ctx, "release a chunk", "", err)
	}
}

// open is the job's work, opened once a process.
func (e *Engine) open(ctx context.Context, job *transship.Job) (Work, error) {
	w, err, _ := e.opening.Do(job.ID, func() (any, error) {
		if w := e.works.get(job.ID); w != nil {
			return w, nil
		}
		w, err := e.Works.Open(ctx, job)
		if err == nil {
			e.works.put(job.ID, w)
		}
		return w, err
	})
	if err != nil {
		return nil, err
	}
	return w.(Work), nil
}

// sweepIfEnded takes away what a worker left behind that was frozen while its
// job ended.
func (e *Engine) sweepIfEnded(ctx context.Context, id string, work Work) {
	if job, err := e.Jobs.Job(ctx, id); err != nil || !job.State.Terminal() {
		return
	}
	if err := work.Sweep(ctx); err != nil {
		e.Log.Warn("parts of unfinished uploads are left in the store", "job", id, "err", err)
	}
}

// logPassing logs a fault that a later try will get over, and nothing when the
// process is being stopped.
func (e *Engine) logPassing(ctx context.Context, what, job string, err error) {
	if ctx.Err() == nil {
		e.Log.Warn(what+": will try again", "job", job, "err", err)
	}
}

// failIfFinal fails the job when err is a *transship.JobFailure.
func (e *Engine) failIfFinal(ctx context.Context, job string, err error) bool {
	var f *transship.JobFailure
	if !errors.As(err, &f) {
		return false
	}
	e.failJob(ctx, job, f.Code, f.Reason)
	return true
}

// failRunning fails a job over what its tasks showed. A job that somebody
// cancels stays Cancelling.
func (e *Engine) failRunning(ctx context.Context, id string, f *transship.JobFailure) {
	job, err := e.Jobs.Job(ctx, id)
	if err == nil && job.State == transship.Cancelling {
		return
	}
	e.failJob(ctx, id, f.Code, f.Reason)
}

// failJob moves a job to Failing and asks for its completion. A job that fails
// already or has ended stays as it is.
func (e *Engine) failJob(ctx context.Context, id string, code transship.FailureCode, reason string) {
	ctx, cancel := detached(ctx)
	defer cancel()
	_, err := e.Jobs.Update(ctx, id, func(j *transship.Job) error {
		if j.State == transship.Failing || j.State.Terminal() {
			return errUnchanged
		}
		if err := j.Move(transship.Failing, e.Now()); err != nil {
			return err
		}
		j.Fail(code, reason)
		return nil
	})
	if err == nil {
		e.Log.Warn("the job fails", "job", id, "code", code, "reason", reason)
		err = e.Queue.Submit(ctx, Item{Complete, id}, false)
	}
	if err != nil && !errors.Is(err, errUnchanged) {
		e.logPassing(ctx, "fail a job", id, err)
	}
}

// errUnchanged is answered by a change that finds nothing to do.
var errUnchanged = errors.New("nothing to change")
