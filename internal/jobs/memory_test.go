package jobs

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/transship/transship"
)

// memory is a Store in a map. fault, when set, may fail a call: before it
// did anything, or after it did all.
type memory struct {
	mu       sync.Mutex
	jobs     map[string]transship.Job
	tokens   map[string]TokenClaim
	progress map[string]transship.Counters
	woken    []string
	races    int // how often Update finds that somebody else was faster
	fault    func(call string, after bool) error
}

func (m *memory) around(call string, do func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fault != nil {
		if err := m.fault(call, false); err != nil {
			return err
		}
	}
	if err := do(); err != nil {
		return err
	}
	if m.fault != nil {
		return m.fault(call, true)
	}
	return nil
}

func (m *memory) CreateJob(_ context.Context, job transship.Job) error {
	return m.around("CreateJob", func() error {
		if _, taken := m.jobs[job.ID]; taken {
			return &transship.Error{Code: transship.Conflict, Message: "taken"}
		}
		m.jobs[job.ID] = job
		return nil
	})
}

func (m *memory) Job(_ context.Context, id string) (job transship.Job, err error) {
	err = m.around("Job", func() error {
		var ok bool
		if job, ok = m.jobs[id]; !ok {
			return &transship.Error{Code: transship.NotFound}
		}
		return nil
	})
	return job, err
}

func (m *memory) Update(_ context.Context, id string, change func(*transship.Job) error) (job transship.Job, err error) {
	err = m.around("Update", func() error {
		for {
			job = m.jobs[id]
			if err := change(&job); err != nil {
				return err
			}
			if m.races == 0 {
				m.jobs[id] = job
				return nil
			}
			m.races--
		}
	})
	return job, err
}

func (m *memory) ListJobs(_ context.Context, account string) (all []transship.Job, err error) {
	err = m.around("ListJobs", func() error {
		for _, job := range m.jobs {
			if job.Account == account {
				all = append(all, job)
			}
		}
		return nil
	})
	return all, err
}

func (m *memory) Token(_ context.Context, account, token string, claim TokenClaim) (held TokenClaim, err error) {
	err = m.around("Token", func() error {
		var ok bool
		if held, ok = m.tokens[account+token]; !ok {
			held = claim
			m.tokens[account+token] = claim
		}
		return nil
	})
	return held, err
}

func (m *memory) Progress(_ context.Context, id string) (c transship.Counters, err error) {
	err = m.around("Progress", func() error { c = m.progress[id]; return nil })
	return c, err
}

func (m *memory) Wake(_ context.Context, id string) error {
	return m.around("Wake", func() error { m.woken = append(m.woken, id); return nil })
}

const account = "222222222222"

// bench is a service over a memory, with a clock that stands still.
type bench struct {
	*Service
	store *memory
	now   time.Time
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{now: time.Date(2026, 11, 24, 20, 0, 0, 123_456_789, time.UTC)}
	b.store = &memory{jobs: map[string]transship.Job{}, tokens: map[string]TokenClaim{}, progress: map[string]transship.Counters{}}
	n := 0
	b.Service = &Service{Store: b.store, Now: func() time.Time { return b.now },
		NewID: func() string { n++; return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }}
	return b
}

// wanted is a request that is right in every field.
func wanted() transship.Job {
	return transship.Job{
		Account: account, Region: "eu-local-1", Token: "token-1",
		Operation: transship.Operation{Copy: &transship.CopyOperation{TargetResource: "arn:aws:s3:::destination"}},
		Manifest: transship.Manifest{Format: transship.ManifestCSV, Fields: []string{"Bucket", "Key"},
			ObjectARN: "arn:aws:s3:::manifests/a:b/c.csv", ETag: "60e4c9d1046e73f7dde5043ac3ae8511"},
		RoleARN:  "arn:aws:iam::222222222222:role/path/Batch",
		Priority: 10, Confirmation: true,
	}
}

// put makes a job in the given state.
func (b *bench) put(id string, state transship.State) {
	job := wanted()
	job.ID, job.State, job.Created = id, state, b.now
	if state.Terminal() {
		job.Ended = b.now
	}
	if state == transship.Active {
		job.ActiveSince = b.now
	}
	b.store.jobs[id] = job
}

func code(err error) transship.Code {
	if err == nil {
		return ""
	}
	return transship.CodeOf(err)
}
