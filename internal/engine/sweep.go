package engine

import (
	"context"
	"errors"
	"time"

	"github.com/transship/transship"
)

// sweepLoop moves jobs between Ready, Active and Paused at every poll, and
// leaves nothing to chance at every sweep: what a crash swallowed is asked for
// again.
func (e *Engine) sweepLoop(ctx context.Context) {
	var swept time.Time
	for ctx.Err() == nil {
		jobs, err := e.Jobs.Unfinished(ctx)
		if err != nil {
			e.logPassing(ctx, "list unfinished jobs", "", err)
		} else {
			e.schedule(ctx, jobs)
			if now := time.Now(); now.Sub(swept) >= e.Settings.Sweep {
				swept = now
				e.works.keep(jobs)
				e.sums.keep(jobs)
				keepOnly(e.pausing, jobs)
				for _, j := range jobs {
					e.sweep(ctx, j)
				}
			}
		}
		if !wait(ctx, e.Settings.Poll) {
			return
		}
	}
}

// sweep asks again for the step that a job is waiting for.
func (e *Engine) sweep(ctx context.Context, job transship.Job) {
	var err error
	switch job.State {
	case transship.New, transship.Preparing:
		err = e.Queue.Submit(ctx, Item{Prepare, job.ID}, true)
	case transship.Completing, transship.Cancelling, transship.Failing:
		err = e.Queue.Submit(ctx, Item{Complete, job.ID}, true)
	case transship.Active:
		var depth Depth
		depth, err = e.Queue.Depth(ctx, job.ID, job.Plan.Committed)
		if err == nil && depth.Waiting == 0 && depth.Leased == 0 {
			err = e.Queue.Submit(ctx, Item{Complete, job.ID}, true)
		}
	case transship.Suspended:
		if e.Now().Sub(job.Suspended) > e.Settings.Confirm {
			err = e.end(ctx, job.ID, transship.Suspended, transship.Failed, func(j *transship.Job) {
				j.Fail(transship.FailSuspendedTimeout, "The job was not confirmed within 30 days.")
			})
			if err == nil {
				err = e.clear(ctx, job.ID)
			}
		}
	}
	if transship.CodeOf(err) == transship.NotFound { // no queue yet: whoever leases opens it
		err = nil
	}
	if err != nil {
		e.logPassing(ctx, "sweep", job.ID, err)
	}
}

// schedule gives each account's slots to the jobs of the highest priority.
func (e *Engine) schedule(ctx context.Context, jobs []transship.Job) {
	taken := map[string]int{}
	for _, job := range byPriority(jobs) {
		var err error
		if job.State != transship.Pausing {
			delete(e.pausing, job.ID)
		}
		switch job.State {
		case transship.Ready, transship.Active, transship.Pausing, transship.Paused:
			taken[job.Account]++
			err = e.place(ctx, job, taken[job.Account] <= e.Settings.ActiveJobs)
		}
		if err != nil && !errors.Is(err, errUnchanged) {
			e.logPassing(ctx, "schedule", job.ID, err)
		}
	}
}

// place moves one job towards running or pausing.
func (e *Engine) place(ctx context.Context, job transship.Job, run bool) error {
	switch {
	case run && (job.State == transship.Ready || job.State == transship.Paused):
		if err := e.end(ctx, job.ID, job.State, transship.Active, nil); err != nil {
			return err
		}
		if job.Plan.Chunks > 0 && job.State == transship.Ready {
			return nil
		}
		return e.Queue.Submit(ctx, Item{Complete, job.ID}, true) // nothing may be left to run
	case !run && job.State == transship.Active:
		return e.end(ctx, job.ID, transship.Active, transship.Pausing, nil)
	case job.State == transship.Pausing:
		return e.settlePause(ctx, job.ID)
	}
	return nil
}

// settlePause makes a job Paused once nobody works on its chunks; one whose
// worker died or is frozen waits no longer than Quiet for it.
func (e *Engine) settlePause(ctx context.Context, id string) error {
	if e.pausing[id].IsZero() {
		e.pausing[id] = time.Now()
	}
	if time.Since(e.pausing[id]) < e.Settings.Quiet {
		sums, err := e.Records.Summaries(ctx, id)
		if err != nil {
			return err
		}
		for _, s := range sums {
			if s.Held {
				return nil
			}
		}
	}
	delete(e.pausing, id)
	return e.end(ctx, id, transship.Pausing, transship.Paused, nil)
}
