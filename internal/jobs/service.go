package jobs

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/transship/transship"
)

// Retention is how long a job that has ended is kept (reference 5.5).
const Retention = 90 * 24 * time.Hour

// Roles looks at a job's role when the job is created.
type Roles interface {
	// CheckRole refuses a role that a job of account cannot act as, with a
	// *transship.Error that says why.
	CheckRole(ctx context.Context, account, roleARN string) error
}

// Service is what people do with jobs. Store, Now and NewID are required.
type Service struct {
	Store Store
	Now   func() time.Time
	NewID func() string // a lower-case UUID that was never answered before
	Roles Roles         // nil: the role is looked at only when the job is prepared

	mu   sync.Mutex
	high map[string]transship.Counters // what live jobs were last shown with
}

// Job answers the record of one job without counting its results.
func (s *Service) Job(ctx context.Context, account, id string) (*transship.Job, error) {
	job, err := s.find(ctx, "find job", account, id)
	if err != nil {
		return nil, err
	}
	return &job, nil
}

// find is the job id of account. A job of another account and one that ended
// longer ago than [Retention] is answered like one that never was.
func (s *Service) find(ctx context.Context, op, account, id string) (transship.Job, error) {
	if err := CheckJobID(id); err != nil {
		return transship.Job{}, noSuchJob(op, account, id)
	}
	job, err := s.Store.Job(ctx, id)
	if transship.CodeOf(err) == transship.NotFound || err == nil && !s.visible(&job, account) {
		return transship.Job{}, noSuchJob(op, account, id)
	}
	return job, err
}

func (s *Service) visible(job *transship.Job, account string) bool {
	if job.Account != account {
		return false
	}
	return !job.State.Terminal() || job.Ended.IsZero() || s.Now().Sub(job.Ended) < Retention
}

func noSuchJob(op, account, id string) error {
	return &transship.Error{Code: transship.NotFound, Op: op, Account: account,
		Message: fmt.Sprintf("no such job %q", id),
		Hint:    "a job is seen only in the account and Region that it was created in, and for 90 days after its end"}
}
