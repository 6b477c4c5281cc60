package engine

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/singleflight"

	"github.com/transship/transship"
)

// Engine is one process's share of the work. Any number of them run on the
// same store; there is no leader.
type Engine struct {
	Jobs    Jobs
	Records Records
	Queue   Queue
	Works   Works
	Log     *slog.Logger
	Now     func() time.Time
	NewID   func() string // unique names of writers

	Settings Settings

	works   workCache
	opening singleflight.Group // of works, by job
	sums    sumCache

	pausing map[string]time.Time // when the sweep loop first saw a job Pausing; its alone
}

// Settings of an engine; the zero value of each field means its default.
type Settings struct {
	Chunks       int           // chunks run at once (2)
	Tasks        int           // tasks run at once in a chunk (64)
	ActiveJobs   int           // jobs that may be Active at once in an account (6, AWS's quota)
	Checkpoint   time.Duration // longest time between checkpoints (2 s)
	Heartbeat    time.Duration // time between heartbeats; under a third of the lease (5 s)
	TaskLimit    time.Duration // a task that runs longer hangs (30 min)
	Poll         time.Duration // how often states are looked at (500 ms)
	Sweep        time.Duration // how often nothing is left to chance (10 s)
	Quiet        time.Duration // a record unchanged for this long has no living writer (45 s)
	Confirm      time.Duration // how long a job waits for confirmation (30 days)
	PrepareTries int           // failed attempts at preparing or completing until the job fails (8)
}

func (s Settings) withDefaults() Settings {
	setInt := func(p *int, d int) {
		if *p <= 0 {
			*p = d
		}
	}
	setTime := func(p *time.Duration, d time.Duration) {
		if *p <= 0 {
			*p = d
		}
	}
	setInt(&s.Chunks, 2)
	setInt(&s.Tasks, 64)
	setInt(&s.ActiveJobs, 6)
	setInt(&s.PrepareTries, 8)
	setTime(&s.Checkpoint, 2*time.Second)
	setTime(&s.Heartbeat, 5*time.Second)
	setTime(&s.TaskLimit, 30*time.Minute)
	setTime(&s.Poll, 500*time.Millisecond)
	setTime(&s.Sweep, 10*time.Second)
	setTime(&s.Quiet, 45*time.Second)
	setTime(&s.Confirm, 30*24*time.Hour)
	return s
}

// Run works until ctx ends; then it checkpoints, gives back what it holds and
// returns. An error of the store is logged and tried again, never fatal.
func (e *Engine) Run(ctx context.Context) error {
	e.Settings = e.Settings.withDefaults()
	e.pausing = map[string]time.Time{}
	var g errgroup.Group
	for range e.Settings.Chunks {
		g.Go(func() error { e.leaseLoop(ctx); return nil })
	}
	for range 2 {
		g.Go(func() error { e.itemLoop(ctx); return nil })
	}
	g.Go(func() error { e.sweepLoop(ctx); return nil })
	return g.Wait()
}

// wait sleeps for d or until ctx ends; false when ctx ended.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// detached is a context for the last words of a worker that is told to stop:
// a checkpoint, a release.
func detached(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
}

// workCache keeps the opened work of running jobs, so that a role is assumed
// once a job and process.
type workCache struct {
	mu    sync.Mutex
	works map[string]Work
}

func (c *workCache) get(id string) Work {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.works[id]
}

func (c *workCache) put(id string, w Work) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.works == nil {
		c.works = map[string]Work{}
	}
	c.works[id] = w
}

// keep drops the work of jobs that have ended elsewhere.
func (c *workCache) keep(unfinished []transship.Job) {
	c.mu.Lock()
	defer c.mu.Unlock()
	keepOnly(c.works, unfinished)
}

// keepOnly deletes from m what belongs to other jobs.
func keepOnly[V any](m map[string]V, jobs []transship.Job) {
	ids := make(map[string]bool, len(jobs))
	for i := range jobs {
		ids[jobs[i].ID] = true
	}
	for id := range m {
		if !ids[id] {
			delete(m, id)
		}
	}
}

func (c *workCache) drop(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.works, id)
}
