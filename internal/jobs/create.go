package jobs

import (
	"context"
	"fmt"

	"github.com/transship/transship"
)

// Create makes the job that want describes and answers its id; the id, state
// and times of want are not looked at. A request with the same token and
// parameters as an earlier one of the account answers the earlier job; the same
// token with other parameters has code Idempotency. A want without a token
// makes a new job each time.
//
// It is safe to repeat at any point: the token is claimed first, with the id
// that the job will have, so that a repeat after a crash makes that very job.
func (s *Service) Create(ctx context.Context, want transship.Job) (id string, err error) {
	const op = "create job"
	if err := Validate(want); err != nil {
		return "", err
	}
	// Before the token: a request that is refused must not use it up.
	if s.Roles != nil && want.RoleARN != "" {
		if err := s.Roles.CheckRole(ctx, want.Account, want.RoleARN); err != nil {
			return "", err
		}
	}
	claim := TokenClaim{JobID: s.NewID(), Fingerprint: Fingerprint(want)}
	if want.Token != "" {
		mine := claim
		if claim, err = s.Store.Token(ctx, want.Account, want.Token, mine); err != nil {
			return "", err
		}
		if claim.Fingerprint != mine.Fingerprint {
			return "", &transship.Error{Code: transship.Idempotency, Op: op, Account: want.Account,
				Message: fmt.Sprintf("ClientRequestToken %q was used before with other parameters, for job %s", want.Token, claim.JobID),
				Hint:    "use a new token for a new job"}
		}
		if claim.JobID != mine.JobID {
			if done, err := s.repeated(ctx, want, claim.JobID); done || err != nil {
				return claim.JobID, err
			}
		}
	}
	job := newJob(want, claim.JobID)
	job.Created = s.Now().UTC()
	if err := s.Store.CreateJob(ctx, job); transship.CodeOf(err) == transship.Conflict {
		// Another caller with the same token came first, or this very write
		// was made and its answer lost.
		if done, err := s.repeated(ctx, want, job.ID); done || err != nil {
			return job.ID, err
		}
		return "", err
	} else if err != nil {
		return "", err
	}
	return job.ID, s.Store.Wake(ctx, job.ID)
}

// repeated reports whether the job that want's token stands for is there, and
// wakes it in case that the caller who made it did not come that far.
func (s *Service) repeated(ctx context.Context, want transship.Job, id string) (bool, error) {
	job, err := s.Store.Job(ctx, id)
	if transship.CodeOf(err) == transship.NotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if job.Account != want.Account || job.Token != want.Token {
		return false, &transship.Error{Code: transship.Internal, Op: "create job", Account: want.Account,
			Message: "job id " + id + " is taken by another job"}
	}
	if job.State == transship.New {
		return true, s.Store.Wake(ctx, id)
	}
	return true, nil
}

// newJob takes over what a request decides and nothing else.
func newJob(want transship.Job, id string) transship.Job {
	if c := want.Operation.Copy; c != nil && c.NewTagging != nil && *c.NewTagging == nil {
		// No tags, and not "keep the source's", which a store would make of it.
		c := *c
		c.NewTagging = &[]transship.Tag{}
		want.Operation.Copy = &c
	}
	return transship.Job{
		ID: id, Account: want.Account, Region: want.Region, Creator: want.Creator,
		Operation: want.Operation, Manifest: want.Manifest, Report: want.Report,
		RoleARN: want.RoleARN, Profiles: want.Profiles, Priority: want.Priority,
		Description: want.Description, Tags: want.Tags, Token: want.Token,
		Confirmation: want.Confirmation, State: transship.New,
	}
}
