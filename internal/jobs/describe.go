package jobs

import (
	"context"

	"github.com/transship/transship"
)

// Describe answers one job with the counters of this moment. They never go
// back from one call to the next, and never exceed the job's tasks.
func (s *Service) Describe(ctx context.Context, account, id string) (*transship.Job, error) {
	const op = "describe job"
	job, err := s.find(ctx, op, account, id)
	if err != nil {
		return nil, err
	}
	if err := s.count(ctx, &job); err != nil {
		return nil, err
	}
	return &job, nil
}

// count brings the counters of a job that has not ended up to date.
func (s *Service) count(ctx context.Context, job *transship.Job) error {
	if !counting(job) {
		return nil
	}
	live, err := s.Store.Progress(ctx, job.ID)
	if err != nil && transship.CodeOf(err) != transship.NotFound {
		return err
	}
	// The job may have ended while its results were counted, and what is
	// counted then may be gone already: the record has the last word.
	latest, err := s.Store.Job(ctx, job.ID)
	if err != nil {
		return err
	}
	*job = latest
	s.show(job, live)
	return nil
}

// counting reports whether job has results that its record does not have yet.
func counting(job *transship.Job) bool {
	return !job.State.Terminal() && job.Plan.Committed > 0
}

// show puts the counters into a job that is going out. What is counted is read
// from many records, some of which may be older than those of the last time.
func (s *Service) show(job *transship.Job, live transship.Counters) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if job.State.Terminal() {
		delete(s.high, job.ID)
		return
	}
	if s.high == nil || len(s.high) >= maxShown {
		s.high = map[string]transship.Counters{}
	}
	before := s.high[job.ID]
	now := higher(higher(live, job.Counters), before)
	now.Succeeded = min(now.Succeeded, job.Plan.Tasks-before.Failed)
	now.Failed = min(now.Failed, job.Plan.Tasks-now.Succeeded)
	s.high[job.ID], job.Counters = now, now
}

// maxShown bounds what is remembered of jobs that nobody asks for any more.
const maxShown = 10_000

func higher(a, b transship.Counters) transship.Counters {
	return transship.Counters{
		Succeeded: max(a.Succeeded, b.Succeeded),
		Failed:    max(a.Failed, b.Failed),
		Skipped:   max(a.Skipped, b.Skipped),
		Bytes:     max(a.Bytes, b.Bytes),
	}
}
