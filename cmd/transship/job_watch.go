package main

import (
	"context"
	"fmt"
	"time"

	"github.com/transship/transship"
)

// describer answers a job as it is now.
type describer interface {
	Describe(ctx context.Context, id string) (*transship.Job, error)
}

// watchEvery is how often a watched job is described.
const watchEvery = time.Second

// watchJob follows a job to its end, prints it, and answers an error when it or
// one of its tasks failed.
func (e *env) watchJob(ctx context.Context, jobs describer, id string) error {
	job, err := e.follow(ctx, jobs, id)
	if err != nil {
		return err
	}
	if err := e.printJob(job); err != nil {
		return err
	}
	return jobOutcome(job)
}

// follow describes a job every second until it has ended.
func (e *env) follow(ctx context.Context, jobs describer, id string) (*transship.Job, error) {
	var m *meter
	defer func() {
		if m != nil {
			m.close()
		}
	}()
	told := transship.State("")
	for {
		job, err := jobs.Describe(ctx, id)
		if err != nil {
			return nil, err
		}
		if job.State != told && m == nil && !job.State.Terminal() {
			told = job.State
			fmt.Fprintf(e.stderr, "job %s: %s\n", id, told)
			if told == transship.Suspended {
				fmt.Fprintf(e.stderr, "it waits for confirmation: transship job confirm %s\n", id)
			}
		}
		if m == nil && job.Plan.Tasks > 0 && job.State == transship.Active {
			m = e.newMeter("copy", job.Plan.Tasks)
		}
		if m != nil {
			m.set(tally{done: job.Counters.Attempted(), total: job.Plan.Tasks, failed: job.Counters.Failed, bytes: job.Counters.Bytes})
		}
		if job.State.Terminal() {
			return job, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(watchEvery):
		}
	}
}

// jobOutcome is nil for a job whose every task succeeded.
func jobOutcome(job *transship.Job) error {
	switch {
	case job.State != transship.Complete:
		reason := job.StatusReason
		if len(job.Failures) > 0 {
			reason = string(job.Failures[0].Code) + ": " + job.Failures[0].Reason
		}
		return &transship.Error{Code: transship.Internal, Op: fmt.Sprintf("job %s ended %s", job.ID, job.State), Message: reason}
	case job.Counters.Failed > 0:
		return failedTasks(fmt.Errorf("job %s is Complete, but %s of its %s tasks failed", job.ID, commas(job.Counters.Failed), commas(job.Counters.Attempted())))
	}
	return nil
}

// pauseFor waits; false when ctx ended.
func pauseFor(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
