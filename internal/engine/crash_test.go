package engine_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/engine"
	"github.com/transship/transship/internal/jetstore"
	"github.com/transship/transship/internal/segment"
)

func slow(string) error { time.Sleep(time.Millisecond); return nil }

func cancelJob(t *testing.T, s *jetstore.Store, id string) {
	t.Helper()
	if _, err := s.Update(t.Context(), id, func(j *transship.Job) error { return j.Move(transship.Cancelling, time.Now()) }); err != nil {
		t.Fatal(err)
	}
	if err := s.Wake(t.Context(), id); err != nil {
		t.Fatal(err)
	}
}

// mortal is a store whose process dies at a chosen call: from then on nothing
// that its engine does reaches the store any more.
type mortal struct {
	engine.Jobs
	engine.Records
	engine.Queue
	dead atomic.Bool
	dies func(call string) bool // asked before a call is made
	test context.Context
}

func (m *mortal) alive(ctx context.Context, call string) error {
	if !m.dead.Load() && m.dies != nil && m.dies(call) {
		m.dead.Store(true)
	}
	for m.dead.Load() { // a dead process does nothing; a frozen one goes on later
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-m.test.Done():
			return context.Canceled
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}

func newMortal(t *testing.T, s *jetstore.Store) *mortal {
	return &mortal{Jobs: s, Records: s, Queue: s, test: t.Context()}
}

func (m *mortal) Update(ctx context.Context, id string, change func(*transship.Job) error) (transship.Job, error) {
	if err := m.alive(ctx, "update"); err != nil {
		return transship.Job{}, err
	}
	var to transship.State
	job, err := m.Jobs.Update(ctx, id, func(j *transship.Job) error {
		err := change(j)
		to = j.State
		if err == nil && m.dies != nil && m.dies("move to "+string(to)) {
			m.dead.Store(true)
			return context.Canceled
		}
		return err
	})
	return job, err
}

func (m *mortal) Stage(ctx context.Context, job string, attempt, chunk int, body []byte) error {
	if err := m.alive(ctx, "stage"); err != nil {
		return err
	}
	return m.Queue.Stage(ctx, job, attempt, chunk, body)
}

func (m *mortal) Open(ctx context.Context, job string, attempt int) error {
	if err := m.alive(ctx, "open"); err != nil {
		return err
	}
	return m.Queue.Open(ctx, job, attempt)
}

func (m *mortal) Submit(ctx context.Context, item engine.Item, once bool) error {
	if err := m.alive(ctx, "submit "+string(item.Step)); err != nil {
		return err
	}
	return m.Queue.Submit(ctx, item, once)
}

func (m *mortal) Lease(ctx context.Context, job string, attempt int) (engine.Lease, error) {
	if err := m.alive(ctx, "lease"); err != nil {
		return nil, err
	}
	return m.Queue.Lease(ctx, job, attempt)
}

func (m *mortal) Take(ctx context.Context, wait time.Duration) (engine.ItemLease, error) {
	if err := m.alive(ctx, "take"); err != nil {
		return nil, err
	}
	l, err := m.Queue.Take(ctx, wait)
	if l == nil {
		return nil, err
	}
	return &mortalItem{l, m}, err
}

func (m *mortal) UpdateRecord(ctx context.Context, job string, chunk int, r *segment.Record, at engine.Revision) (engine.Revision, error) {
	if err := m.alive(ctx, "update record"); err != nil {
		return 0, err
	}
	return m.Records.UpdateRecord(ctx, job, chunk, r, at)
}

// mortalItem is lost when its holder is dead.
type mortalItem struct {
	engine.ItemLease
	m *mortal
}

func (l *mortalItem) Ack(ctx context.Context) error {
	if err := l.m.alive(ctx, "ack item"); err != nil {
		return err
	}
	return l.ItemLease.Ack(ctx)
}

func (l *mortalItem) Extend(ctx context.Context) error {
	if l.m.dead.Load() {
		return context.Canceled
	}
	return l.ItemLease.Extend(ctx)
}

func (l *mortalItem) Release(ctx context.Context, after time.Duration) error {
	if l.m.dead.Load() {
		return context.Canceled
	}
	return l.ItemLease.Release(ctx, after)
}

// TestAProcessThatDiesBetweenTwoStepsLeavesTheJobToAnother kills the only
// engine at each seam of a job's life and lets a second one take over.
func TestAProcessThatDiesBetweenTwoStepsLeavesTheJobToAnother(t *testing.T) {
	for _, seam := range []struct {
		name string
		call string
		nth  int
	}{
		{"before it begins to prepare", "move to Preparing", 1},
		{"in the middle of staging", "stage", 8},
		{"after staging, before the commit", "move to Ready", 1},
		{"between the commit and the queue", "open", 1},
		{"after a few chunks", "update record", 7},
		{"between the last close and complete", "submit complete", 1},
		{"between complete and Completing", "move to Completing", 1},
		{"between the report and the state", "move to Complete", 1},
		{"between the state and the ack", "ack item", 2},
	} {
		t.Run(seam.name, func(t *testing.T) {
			t.Parallel()
			w, s := newWorld(300, 20), openStore(t, jetstore.Config{})
			m := newMortal(t, s)
			var n atomic.Int64
			m.dies = func(call string) bool { return call == seam.call && n.Add(1) == int64(seam.nth) }
			first := newEngine(t, s, w, quick)
			first.Jobs, first.Records, first.Queue = m, m, m
			stop := start(t, first)
			id := submit(t, s, nil)
			for end := time.Now().Add(20 * time.Second); !m.dead.Load(); time.Sleep(time.Millisecond) {
				if time.Now().After(end) {
					t.Fatal("the seam was never reached")
				}
			}
			go stop()
			start(t, newEngine(t, s, w, quick))
			await(t, s, id, transship.Complete)
			w.exactlyOnce(t, id)
			nothingLeft(t, s, id)
		})
	}
}

func TestAChunkThatKillsItsWorkerFailsOneTaskAndTheJobEnds(t *testing.T) {
	w, s := newWorld(40, 20), openStore(t, jetstore.Config{})
	poison := make(chan struct{}, 64)
	block := make(chan struct{})
	t.Cleanup(func() { close(block) })
	w.before = func(ctx context.Context, key string) error {
		if key == "key-000005" {
			poison <- struct{}{}
			<-block
		}
		return nil
	}
	id := submit(t, s, nil)
	deaths := 0
	for { // each engine dies at once when it meets the task
		m := newMortal(t, s)
		e := newEngine(t, s, w, quick)
		e.Jobs, e.Records, e.Queue = m, m, m
		ctx, kill := context.WithCancel(t.Context())
		go e.Run(ctx)
		ended := make(chan struct{})
		go func() {
			for job, err := s.Job(ctx, id); err == nil && !job.State.Terminal(); job, err = s.Job(ctx, id) {
				time.Sleep(5 * time.Millisecond)
			}
			close(ended)
		}()
		select {
		case <-poison:
			m.dead.Store(true)
			kill()
			<-ended
			deaths++
			continue
		case <-ended:
			kill()
		case <-time.After(30 * time.Second):
			t.Fatal("the job does not end")
		}
		break
	}
	job, err := s.Job(t.Context(), id)
	if err != nil || job.State != transship.Complete || job.Counters.Failed != 1 || job.Counters.Succeeded != 39 {
		t.Errorf("%v %s %+v", err, job.State, job.Counters)
	}
	if deaths < 3 || deaths > 8 {
		t.Errorf("%d workers died", deaths)
	}
	w.oneRowEach(t, id, 40)
}

func TestCancelWithAFrozenWorkerRefusesItsLateWrite(t *testing.T) {
	w, s := newWorld(200, 50), openStore(t, jetstore.Config{})
	m := newMortal(t, s)
	frozen, thaw := make(chan struct{}), make(chan struct{})
	var once atomic.Bool
	w.before = func(_ context.Context, key string) error {
		if key == "key-000010" && once.CompareAndSwap(false, true) {
			m.dead.Store(true)
			close(frozen)
			<-thaw
		}
		return nil
	}
	e := newEngine(t, s, w, quick)
	e.Jobs, e.Records, e.Queue = m, m, m
	start(t, e)
	id := submit(t, s, nil)
	<-frozen
	start(t, newEngine(t, s, w, quick))
	cancelJob(t, s, id)
	job := await(t, s, id, transship.Cancelled)
	m.dead.Store(false)
	close(thaw) // its late writes must change nothing
	nothingLeft(t, s, id)
	late, err := s.Progress(t.Context(), id)
	if err != nil || late.Attempted() != job.Counters.Attempted() {
		t.Errorf("records hold %+v, the job counted %+v, %v", late, job.Counters, err)
	}
	w.oneRowEach(t, id, int(job.Counters.Attempted()))
}
