package jetstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nuid"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/engine"
	"github.com/transship/transship/internal/jobs"
)

var (
	_ jobs.Store     = (*Store)(nil)
	_ engine.Jobs    = (*Store)(nil)
	_ engine.Records = (*Store)(nil)
	_ engine.Queue   = (*Store)(nil)
)

// writeHeader names one write, so that a writer who got no answer can tell
// whether it was committed.
const writeHeader = "Transship-Write"

const writeTries = 40

func jobSubject(id string) string { return "job." + id }

// Job is a job's record; code NotFound when there is none.
func (s *Store) Job(ctx context.Context, id string) (transship.Job, error) {
	msg, err := s.jobs.get(ctx, jobSubject(id))
	if err != nil {
		return transship.Job{}, jobError(id, err)
	}
	return decodeJob(id, msg.Data)
}

func decodeJob(id string, data []byte) (transship.Job, error) {
	var job transship.Job
	if err := json.Unmarshal(data, &job); err != nil {
		return job, &transship.Error{Code: transship.Damaged, Op: "read job " + id, Err: err}
	}
	return job, nil
}

func jobError(id string, err error) error {
	if transship.CodeOf(err) == transship.NotFound {
		return &transship.Error{Code: transship.NotFound, Op: "read job " + id, Message: "no such job"}
	}
	return err
}

// CreateJob stores a new job; code Conflict when the id is taken by another.
func (s *Store) CreateJob(ctx context.Context, job transship.Job) error {
	_, err := s.compareAndSet(ctx, job.ID, func(j *transship.Job, exists bool) error {
		if exists {
			return &transship.Error{Code: transship.Conflict, Op: "create job " + job.ID, Message: "the id is taken"}
		}
		*j = job
		return nil
	})
	return err
}

// Update changes a job by compare-and-set; see engine.Jobs.
func (s *Store) Update(ctx context.Context, id string, change func(*transship.Job) error) (transship.Job, error) {
	return s.compareAndSet(ctx, id, func(j *transship.Job, exists bool) error {
		if !exists {
			return &transship.Error{Code: transship.NotFound, Op: "change job " + id, Message: "no such job"}
		}
		return change(j)
	})
}

// compareAndSet reads, changes and writes until a write is known to be
// committed. Each try has a name of its own, by which it is recognized when
// the answer was lost.
func (s *Store) compareAndSet(ctx context.Context, id string, change func(j *transship.Job, exists bool) error) (transship.Job, error) {
	var last error
	mine := map[string]bool{}
	for try := range writeTries {
		if try > 0 && !pause(ctx, try) {
			break
		}
		var job transship.Job
		var at uint64
		msg, err := s.jobs.get(ctx, jobSubject(id))
		switch {
		case transship.CodeOf(err) == transship.NotFound:
		case err != nil:
			last = err
			continue
		default:
			if job, err = decodeJob(id, msg.Data); err != nil {
				return job, err
			}
			at = msg.Sequence
			if mine[msg.Header.Get(writeHeader)] {
				s.watch.put(job, at)
				return job, nil
			}
		}
		if err := change(&job, at > 0); err != nil {
			return job, err
		}
		data, err := json.Marshal(job)
		if err != nil {
			return job, err
		}
		name := nuid.Next()
		mine[name] = true
		seq, err := s.jobs.put(ctx, jobSubject(id), nats.Header{writeHeader: {name}}, data, at)
		if err == nil {
			s.watch.put(job, seq)
			return job, nil
		}
		last = err
	}
	return transship.Job{}, errors.Join(ctx.Err(), unavailable("change job "+id, last))
}

// pause waits from 5 ms to 250 ms; false when ctx ended.
func pause(ctx context.Context, try int) bool {
	t := time.NewTimer(min(5*time.Millisecond<<min(try, 6), 250*time.Millisecond))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// Token records that account uses token for claim, or answers the claim that
// was there before.
func (s *Store) Token(ctx context.Context, account, token string, claim jobs.TokenClaim) (jobs.TokenClaim, error) {
	sum := sha256.Sum256([]byte(token))
	subject := "token." + account + "." + hex.EncodeToString(sum[:])
	data, err := json.Marshal(claim)
	if err != nil {
		return claim, err
	}
	var last error
	for try := range writeTries {
		if try > 0 && !pause(ctx, try) {
			break
		}
		msg, err := s.jobs.get(ctx, subject)
		if err == nil {
			var there jobs.TokenClaim
			if err := json.Unmarshal(msg.Data, &there); err != nil {
				return there, &transship.Error{Code: transship.Damaged, Op: "read " + subject, Err: err}
			}
			return there, nil
		}
		if last = err; transship.CodeOf(err) != transship.NotFound {
			continue
		}
		if _, last = s.jobs.put(ctx, subject, nil, data, 0); last == nil {
			return claim, nil
		}
	}
	return claim, errors.Join(ctx.Err(), unavailable("record a request token", last))
}

// Wake asks for the step that the job waits for.
func (s *Store) Wake(ctx context.Context, id string) error {
	job, err := s.Job(ctx, id)
	if err != nil {
		return err
	}
	step := engine.Complete
	if job.State == transship.New {
		step = engine.Prepare
	}
	return s.Submit(ctx, engine.Item{Step: step, Job: id}, false)
}
