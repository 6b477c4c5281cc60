package jobs

import (
	"context"

	"github.com/transship/transship"
)

// Store keeps jobs. A read that follows a write sees it. Errors are
// *transship.Error; a call that may or may not have written answers
// [transship.Unavailable], and may be made again.
type Store interface {
	// CreateJob writes a job that is not there yet; Conflict when the id is
	// taken. Ids are never used twice.
	CreateJob(ctx context.Context, job transship.Job) error

	// Job reads one job; NotFound when there is none.
	Job(ctx context.Context, id string) (transship.Job, error)

	// Update reads a job, lets change alter it and writes it unless somebody
	// else wrote in between; then it begins again, so that change may run
	// several times. An error of change is returned as it is and nothing is
	// written. NotFound when there is no such job.
	Update(ctx context.Context, id string, change func(*transship.Job) error) (transship.Job, error)

	// ListJobs answers every job of an account, in any order.
	ListJobs(ctx context.Context, account string) ([]transship.Job, error)

	// Token keeps claim as what account's client token stands for, unless the
	// token already stands for something; it answers what it stands for now. A
	// token lives as long as its job's record.
	Token(ctx context.Context, account, token string, claim TokenClaim) (TokenClaim, error)

	// Progress counts the results of a job that has not ended.
	Progress(ctx context.Context, id string) (transship.Counters, error)

	// Wake publishes the work item that a job waits for: "prepare" for one
	// that is New, "complete" for one that is Cancelling or Cancelled. It may
	// come twice.
	Wake(ctx context.Context, id string) error
}

// TokenClaim is what a client token stands for.
type TokenClaim struct {
	JobID       string
	Fingerprint string // of the request's parameters, see [Fingerprint]
}
