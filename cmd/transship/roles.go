package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/account"
	"github.com/transship/transship/internal/lab/sts"
	"github.com/transship/transship/internal/s3wire"
)

// batchService is the principal that a job's role must trust in the lab, as on
// AWS (AM-281).
const batchService = "batchoperations.s3.amazonaws.com"

// roleSession is how long a session of a job's role lasts.
const roleSession = time.Hour

// labClients acts as a job's role inside the lab: the session is made by the
// lab's STS for the service principal, and renewed five minutes before its end.
func (e *env) labClients(s3URL string, service *sts.Service) clients {
	return func(ctx context.Context, job *transship.Job) (*s3wire.Client, *s3wire.Client, error) {
		session := &labSession{sts: service, job: *job, now: e.now}
		if _, err := session.credentials(ctx); err != nil {
			return nil, nil, roleFailure(job, err)
		}
		set := e.jobClient()
		c, err := s3wire.New(s3wire.Config{Endpoint: s3URL, Region: job.Region, PathStyle: true, UserAgent: set.UserAgent,
			Credentials: session.credentials, Gate: set.Gate(s3URL), Retry: set.Retry, RetryWrites: set.RetryWrites, Now: e.now})
		return c, c, err
	}
}

// labSession is a session of a job's role that renews itself.
type labSession struct {
	sts *sts.Service
	job transship.Job
	now func() time.Time

	mu    sync.Mutex
	held  s3wire.Credentials
	until time.Time
}

func (s *labSession) credentials(context.Context) (s3wire.Credentials, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now().Before(s.until) {
		return s.held, nil
	}
	c, err := s.sts.AssumeRoleForService(s.job.RoleARN, batchService, s.job.ARN(), s.job.Account, "job-"+s.job.ID, roleSession)
	if err != nil {
		return s3wire.Credentials{}, err
	}
	s.held = s3wire.Credentials{AccessKey: c.AccessKeyID, Secret: c.SecretAccessKey, SessionToken: c.SessionToken}
	s.until = c.Expires.Add(-5 * time.Minute)
	return s.held, nil
}

// storeClients acts on real stores: as the job's profiles where it names some,
// else as its role, which a table maps to a profile or which the service
// assumes with its own credentials.
func (e *env) storeClients(own account.Options, table map[string]string) clients {
	return func(ctx context.Context, job *transship.Job) (*s3wire.Client, *s3wire.Client, error) {
		if p := job.Profiles; p != nil {
			source, err := e.profile(ctx, p.Source, p.SourceRegion, p.SourceEndpoint)
			if err != nil {
				return nil, nil, err
			}
			destination, err := e.profile(ctx, p.Destination, p.DestinationRegion, p.DestinationEndpoint)
			if err != nil {
				return nil, nil, err
			}
			return source.S3, destination.S3, nil
		}
		if name, ok := table[job.RoleARN]; ok {
			a, err := e.profile(ctx, name, own.Region, own.EndpointURL)
			if err != nil {
				return nil, nil, roleFailure(job, err)
			}
			return a.S3, a.S3, nil
		}
		own := own
		own.Client = e.jobClient()
		self, err := account.Load(ctx, own)
		if err != nil {
			return nil, nil, err
		}
		role, err := self.AssumeRole(ctx, job.RoleARN, "job-"+job.ID, account.Session{})
		if err != nil {
			return nil, nil, roleFailure(job, err)
		}
		return role.S3, role.S3, nil
	}
}

func (e *env) profile(ctx context.Context, name, region, endpoint string) (*account.Account, error) {
	return account.Load(ctx, account.Options{Profile: name, Region: region, EndpointURL: endpoint, Client: e.jobClient()})
}

// roleFailure ends a job whose role is refused; a fault that passes stays one.
func roleFailure(job *transship.Job, err error) error {
	var e *transship.Error
	if errors.As(err, &e) && (e.Code == transship.Unavailable || e.Code == transship.Throttled) {
		return err
	}
	reason := fmt.Sprintf("The role %s could not be assumed: %v", job.RoleARN, err)
	if hints := transship.HintsOf(err); len(hints) > 0 {
		reason += "; " + hints[0]
	}
	return &transship.JobFailure{Code: transship.FailRoleNotAssumable, Reason: reason, Err: err}
}
