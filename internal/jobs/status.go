package jobs

import (
	"context"
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/transship/transship"
)

// UpdateStatus confirms a job (requested Ready, legal only while it is
// Suspended) or cancels it (requested Cancelled), and keeps reason when it is
// not empty. A Suspended job is Cancelled at once, any other goes through
// Cancelling; to cancel one that is Cancelling already changes nothing and is
// no error. A job that has ended, or is about to fail, has code IllegalState
// (reference 2.8).
func (s *Service) UpdateStatus(ctx context.Context, account, id string, requested transship.State, reason string) (*transship.Job, error) {
	const op = "update job status"
	if requested != transship.Ready && requested != transship.Cancelled {
		return nil, invalid("requestedJobStatus must be Ready or Cancelled, not %q", requested)
	}
	if !utf8.ValidString(reason) || utf8.RuneCountInString(reason) > 256 {
		return nil, invalid("statusUpdateReason is longer than 256 characters")
	}
	if _, err := s.find(ctx, op, account, id); err != nil {
		return nil, err
	}
	job, err := s.Store.Update(ctx, id, func(job *transship.Job) error {
		if err := s.move(job, requested); err != nil {
			return err
		}
		if reason != "" {
			job.StatusReason = reason
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	// A job that was Suspended is Cancelled at once; what was staged for it is
	// taken away by the same step.
	if job.State == transship.Cancelling || job.State == transship.Cancelled {
		if err := s.Store.Wake(ctx, id); err != nil {
			return nil, err
		}
	}
	return &job, nil
}

func (s *Service) move(job *transship.Job, requested transship.State) error {
	now := s.Now().UTC()
	switch {
	case requested == transship.Ready:
		// Preparing may become Ready too, but not because somebody asks for it.
		if job.State != transship.Suspended {
			return &transship.Error{Code: transship.IllegalState, Op: "confirm job " + job.ID,
				Message: fmt.Sprintf("only a job that is Suspended can be confirmed; this one is %s", job.State)}
		}
		if err := job.Move(transship.Ready, now); err != nil {
			return err
		}
		job.Confirmed = now
		return nil
	case job.State == transship.Cancelling:
		return nil
	case job.State == transship.Suspended:
		return job.Move(transship.Cancelled, now)
	default:
		if !job.State.CanMove(transship.Cancelling) {
			return &transship.Error{Code: transship.IllegalState, Op: "cancel job " + job.ID,
				Message: fmt.Sprintf("a job that is %s cannot be cancelled", job.State)}
		}
		return job.Move(transship.Cancelling, now)
	}
}

// Priority changes a job's priority: higher numbers go first. A job that has
// ended has code IllegalState.
func (s *Service) Priority(ctx context.Context, account, id string, priority int64) (*transship.Job, error) {
	const op = "update job priority"
	if priority < 0 || priority > math.MaxInt32 {
		return nil, invalid("priority must be between 0 and 2147483647, not %d", priority)
	}
	if _, err := s.find(ctx, op, account, id); err != nil {
		return nil, err
	}
	job, err := s.Store.Update(ctx, id, func(job *transship.Job) error {
		if job.State.Terminal() {
			return &transship.Error{Code: transship.IllegalState, Op: op + " " + job.ID,
				Message: fmt.Sprintf("the job is %s", job.State)}
		}
		job.Priority = int32(priority)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &job, nil
}
