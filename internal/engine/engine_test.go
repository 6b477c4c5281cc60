package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/engine"
	"github.com/transship/transship/internal/jetstore"
	"github.com/transship/transship/internal/jobs"
)

func TestAJobRunsToItsEnd(t *testing.T) {
	w, s := newWorld(2_000, 100), openStore(t, jetstore.Config{})
	start(t, newEngine(t, s, w, quick))
	id := submit(t, s, nil)
	job := await(t, s, id, transship.Complete)
	w.exactlyOnce(t, id)
	if job.Counters.Succeeded != 2_000 || job.Plan.Tasks != 2_000 || job.Plan.Chunks != 20 || job.ReportKey == "" || job.ActiveSeconds <= 0 {
		t.Errorf("%+v", job)
	}
	nothingLeft(t, s, id)
}

func nothingLeft(t *testing.T, s *jetstore.Store, id string) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		left, err := s.Leftovers(t.Context(), id)
		if err == nil && left == "" {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("left of the job: %s %v", left, err)
		}
	}
}

func TestAnEmptyManifestIsCompleteWithoutAReport(t *testing.T) {
	w, s := newWorld(0, 100), openStore(t, jetstore.Config{})
	start(t, newEngine(t, s, w, quick))
	id := submit(t, s, nil)
	if job := await(t, s, id, transship.Complete); job.ReportKey != "" {
		t.Errorf("report %s", job.ReportKey)
	}
}

func TestAJobWaitsForConfirmation(t *testing.T) {
	w, s := newWorld(10, 10), openStore(t, jetstore.Config{})
	start(t, newEngine(t, s, w, quick))
	id := submit(t, s, func(j *transship.Job) { j.Confirmation = true })
	job := await(t, s, id, transship.Suspended)
	if job.Plan.Tasks != 10 || len(w.starts) != 0 {
		t.Errorf("%d tasks planned, %d begun", job.Plan.Tasks, len(w.starts))
	}
	if _, err := s.Update(t.Context(), id, func(j *transship.Job) error { return j.Move(transship.Ready, time.Now()) }); err != nil {
		t.Fatal(err)
	}
	await(t, s, id, transship.Complete)
	w.exactlyOnce(t, id)
}

func TestAManifestThatCannotBeUsedFailsTheJobWithItsReason(t *testing.T) {
	w, s := newWorld(10, 10), openStore(t, jetstore.Config{})
	w.planErr = &transship.JobFailure{Code: transship.FailManifestContent, Reason: "line 7 is empty"}
	start(t, newEngine(t, s, w, quick))
	id := submit(t, s, nil)
	job := await(t, s, id, transship.Failed)
	if len(job.Failures) != 1 || job.Failures[0].Reason != "line 7 is empty" || job.ReportKey != "" {
		t.Errorf("%+v", job)
	}
	nothingLeft(t, s, id)
}

func TestTheFiftyPercentRuleFiresInsideAChunk(t *testing.T) {
	w, s := newWorld(5_000, 5_000), openStore(t, jetstore.Config{})
	w.fails = func(string) bool { return true }
	start(t, newEngine(t, s, w, quick))
	id := submit(t, s, nil)
	job := await(t, s, id, transship.Failed)
	if n := job.Counters.Failed; n < 1_000 || n > 1_000+2*int64(quick.Tasks) {
		t.Errorf("%d tasks ran", n)
	}
	if job.Failures[0].Code != transship.FailThreshold {
		t.Errorf("%+v", job.Failures)
	}
	w.oneRowEach(t, id, int(job.Counters.Failed))
}

func TestUnder1000TasksAJobWhoseTasksAllFailIsComplete(t *testing.T) {
	w, s := newWorld(999, 500), openStore(t, jetstore.Config{})
	w.fails = func(string) bool { return true }
	start(t, newEngine(t, s, w, quick))
	id := submit(t, s, nil)
	if job := await(t, s, id, transship.Complete); job.Counters.Failed != 999 {
		t.Errorf("%+v", job.Counters)
	}
}

func TestAnUnwritableReportFailsTheJobAndWhatWasDoneStaysKnown(t *testing.T) {
	w, s := newWorld(100, 10), openStore(t, jetstore.Config{})
	w.report = func() error {
		return &transship.JobFailure{Code: transship.FailReportUnwritable, Reason: "SEED-8"}
	}
	start(t, newEngine(t, s, w, quick))
	id := submit(t, s, nil)
	job := await(t, s, id, transship.Failed)
	if job.Counters.Succeeded != 100 || len(job.Failures) != 1 || job.Failures[0].Reason != "SEED-8" {
		t.Errorf("%+v", job)
	}
}

func TestAWriteWhoseAnswerIsLostIsReconciledAndNotRepeated(t *testing.T) {
	w, s := newWorld(300, 50), openStore(t, jetstore.Config{})
	var n atomic.Int64
	w.after = func(string) error {
		if n.Add(1)%10 == 0 {
			return errors.New("connection reset")
		}
		return nil
	}
	start(t, newEngine(t, s, w, quick))
	id := submit(t, s, nil)
	await(t, s, id, transship.Complete)
	w.exactlyOnce(t, id)
}

func TestCancelLetsTasksInFlightEndAndStartsNoMore(t *testing.T) {
	w, s := newWorld(5_000, 1_000), openStore(t, jetstore.Config{})
	begun := make(chan struct{}, 1)
	hold := make(chan struct{})
	w.before = func(_ context.Context, key string) error {
		if key == "key-000003" {
			begun <- struct{}{}
			<-hold
		}
		return nil
	}
	w.after = func(string) error { time.Sleep(time.Millisecond); return nil }
	start(t, newEngine(t, s, w, quick))
	id := submit(t, s, nil)
	<-begun
	if _, err := s.Update(t.Context(), id, func(j *transship.Job) error { return j.Move(transship.Cancelling, time.Now()) }); err != nil {
		t.Fatal(err)
	}
	if err := s.Wake(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(100*time.Millisecond, func() { close(hold) })
	job := await(t, s, id, transship.Cancelled)
	w.mu.Lock()
	defer w.mu.Unlock()
	if int64(len(w.done)) != job.Counters.Succeeded || len(w.starts) != len(w.done) || job.Counters.Succeeded == 5_000 {
		t.Errorf("%d begun, %d done, %d counted", len(w.starts), len(w.done), job.Counters.Succeeded)
	}
	w.oneRowEach(t, id, len(w.done))
}

func TestCancelBeforeAnythingRanLeavesNoReport(t *testing.T) {
	w, s := newWorld(10, 10), openStore(t, jetstore.Config{})
	start(t, newEngine(t, s, w, quick))
	id := submit(t, s, func(j *transship.Job) { j.Confirmation = true })
	await(t, s, id, transship.Suspended)
	if _, err := s.Update(t.Context(), id, func(j *transship.Job) error { return j.Move(transship.Cancelled, time.Now()) }); err != nil {
		t.Fatal(err)
	}
	if len(w.reports) > 0 || len(w.starts) > 0 || w.sweeps > 0 {
		t.Error("something was done")
	}
}

func TestAJobCancelledWhileItsFirstTasksHaveNoRowYetIsSwept(t *testing.T) {
	w, s := newWorld(1, 1), openStore(t, jetstore.Config{})
	begun := make(chan struct{}, 1)
	w.before = func(ctx context.Context, _ string) error {
		begun <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	first := newEngine(t, s, w, quick)
	go func() { defer close(ended); first.Run(ctx) }()
	id := submit(t, s, nil)
	<-begun
	stop()
	<-ended
	if _, err := s.Update(t.Context(), id, func(j *transship.Job) error { return j.Move(transship.Cancelling, time.Now()) }); err != nil {
		t.Fatal(err)
	}
	start(t, newEngine(t, s, w, quick))
	job := await(t, s, id, transship.Cancelled)
	w.mu.Lock()
	defer w.mu.Unlock()
	if job.Counters.Attempted() != 0 || w.sweeps < 1 || len(w.reports) > 0 {
		t.Errorf("%+v, swept %d times, reports %v", job.Counters, w.sweeps, w.reports)
	}
}

func TestATaskThatNeverReturnsFailsAloneAndTheJobEnds(t *testing.T) {
	w, s := newWorld(60, 30), openStore(t, jetstore.Config{})
	never := make(chan struct{})
	t.Cleanup(func() { close(never) })
	w.before = func(_ context.Context, key string) error {
		if key == "key-000011" {
			<-never
		}
		return nil
	}
	start(t, newEngine(t, s, w, quick))
	id := submit(t, s, nil)
	job := await(t, s, id, transship.Complete)
	if job.Counters.Succeeded != 59 || job.Counters.Failed != 1 {
		t.Errorf("%+v", job.Counters)
	}
	w.oneRowEach(t, id, 60)
}

func TestAHigherPriorityTakesTheOnlySlotAndGivesItBack(t *testing.T) {
	w, s := newWorld(400, 50), openStore(t, jetstore.Config{})
	w.after = func(string) error { time.Sleep(5 * time.Millisecond); return nil }
	set := quick
	set.ActiveJobs, set.Tasks, set.Chunks = 1, 4, 1
	start(t, newEngine(t, s, w, set))
	low := submit(t, s, func(j *transship.Job) { j.Priority = 1 })
	await(t, s, low, transship.Active)
	high := submit(t, s, func(j *transship.Job) { j.Priority = 10 })
	await(t, s, low, transship.Pausing, transship.Paused)
	await(t, s, high, transship.Complete)
	await(t, s, low, transship.Complete)
	for _, id := range []string{low, high} {
		w.oneRowEach(t, id, 400)
	}
	for i := range 400 { // each job wrote each key once
		if key := fmt.Sprintf("key-%06d", i); w.done[key] != 2 {
			t.Errorf("%s was written %d times", key, w.done[key])
		}
	}
}

var _ engine.Works = (*world)(nil)

func TestAReportStoreThatNeverComesBackEndsTheJobFailed(t *testing.T) {
	w, s := newWorld(20, 10), openStore(t, jetstore.Config{})
	w.report = func() error { return errors.New("503 Slow Down") }
	set := quick
	set.PrepareTries = 1
	start(t, newEngine(t, s, w, set))
	id := submit(t, s, nil)
	job := await(t, s, id, transship.Failed)
	if job.Counters.Succeeded != 20 || len(job.Failures) == 0 {
		t.Errorf("%+v", job)
	}
	nothingLeft(t, s, id)
}

func TestTheFiftyPercentRuleCountsAllChunksOfTheJob(t *testing.T) {
	w, s := newWorld(6_000, 1_500), openStore(t, jetstore.Config{})
	w.fails = func(key string) bool { return key >= "key-004500" } // all of the last chunk
	set := quick
	set.Chunks, set.Poll = 1, time.Second // the next look is far away
	start(t, newEngine(t, s, w, set))
	id := submit(t, s, nil)
	if job := await(t, s, id, transship.Complete); job.Counters.Failed != 1_500 || job.Counters.Succeeded != 4_500 {
		t.Errorf("%+v", job.Counters)
	}
}

func TestATaskThatTellsThatItLivesMayTakeLongerThanTheLimit(t *testing.T) {
	w, s := newWorld(3, 3), openStore(t, jetstore.Config{})
	w.before = func(ctx context.Context, key string) error {
		if key == "key-000001" {
			for end := time.Now().Add(3 * quick.TaskLimit); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
				transship.Alive(ctx)
			}
		}
		return nil
	}
	start(t, newEngine(t, s, w, quick))
	id := submit(t, s, nil)
	await(t, s, id, transship.Complete)
	w.exactlyOnce(t, id)
	if w.starts["key-000001"] != 1 {
		t.Errorf("begun %d times", w.starts["key-000001"])
	}
}

func TestCarefulTasksKeepTheLease(t *testing.T) {
	w, s := newWorld(60, 60), openStore(t, jetstore.Config{})
	var opened atomic.Int64
	w.before = func(context.Context, string) error { time.Sleep(20 * time.Millisecond); return nil }
	id := submit(t, s, nil)
	for range 3 { // three workers die before their first checkpoint
		m := newMortal(t, s)
		m.dies = func(call string) bool { return call == "update record" && opened.Add(1) > 0 }
		e := newEngine(t, s, w, quick)
		e.Jobs, e.Records, e.Queue = m, m, m
		ctx, kill := context.WithCancel(t.Context())
		go e.Run(ctx)
		for end := time.Now().Add(20 * time.Second); !m.dead.Load() && time.Now().Before(end); time.Sleep(time.Millisecond) {
		}
		kill()
	}
	set := quick
	set.Chunks = 2 // the second slot takes what the first lets go
	start(t, newEngine(t, s, w, set))
	await(t, s, id, transship.Complete)
	w.exactlyOnce(t, id)
}

func TestCancelAfterACrashGivesARowToWhatWasDone(t *testing.T) {
	w, s := newWorld(400, 100), openStore(t, jetstore.Config{})
	m := newMortal(t, s)
	m.dies = func(call string) bool { return call == "update record" } // dies at its first checkpoint
	e := newEngine(t, s, w, quick)
	e.Jobs, e.Records, e.Queue = m, m, m
	ctx, kill := context.WithCancel(t.Context())
	go e.Run(ctx)
	id := submit(t, s, nil)
	for end := time.Now().Add(20 * time.Second); !m.dead.Load() && time.Now().Before(end); time.Sleep(time.Millisecond) {
	}
	kill()
	cancelJob(t, s, id)
	set := quick
	set.Quiet = 10 * time.Second
	start(t, newEngine(t, s, w, set))
	job := await(t, s, id, transship.Cancelled)
	w.mu.Lock()
	defer w.mu.Unlock()
	if int(job.Counters.Succeeded) != len(w.done) || len(w.done) == 0 {
		t.Errorf("%d done, %d counted", len(w.done), job.Counters.Succeeded)
	}
	w.oneRowEach(t, id, len(w.done))
}

func TestCancellingASuspendedJobLeavesNothingStaged(t *testing.T) {
	w, s := newWorld(100, 10), openStore(t, jetstore.Config{})
	start(t, newEngine(t, s, w, quick))
	id := submit(t, s, func(j *transship.Job) { j.Confirmation = true })
	await(t, s, id, transship.Suspended)
	people := &jobs.Service{Store: s, Now: time.Now, NewID: uuid.NewString}
	if _, err := people.UpdateStatus(t.Context(), "222222222222", id, transship.Cancelled, ""); err != nil {
		t.Fatal(err)
	}
	nothingLeft(t, s, id)
}

func TestVersionsWithoutTimesAreDoneInTheOrderThatTheStoreTells(t *testing.T) {
	w, s := newWorld(30, 30), openStore(t, jetstore.Config{})
	w.rename = func(i int, task *transship.Task) { task.VersionID = task.Key; task.Key = fmt.Sprint("key ", i/3) }
	var mu sync.Mutex
	var done []string
	w.seen = func(task transship.Task) {
		mu.Lock()
		defer mu.Unlock()
		done = append(done, task.VersionID)
	}
	start(t, newEngine(t, s, w, quick))
	id := submit(t, s, nil)
	await(t, s, id, transship.Complete)
	for i := 0; i < 30; i += 3 { // the world says that the last of the three is the oldest
		a, b, c := slices.Index(done, fmt.Sprintf("key-%06d", i+2)), slices.Index(done, fmt.Sprintf("key-%06d", i+1)), slices.Index(done, fmt.Sprintf("key-%06d", i))
		if a < 0 || a > b || b > c {
			t.Errorf("versions of key %d were done at %d, %d, %d", i/3, a, b, c)
		}
	}
}
