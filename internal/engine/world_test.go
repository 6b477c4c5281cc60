package engine_test

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/engine"
	"github.com/transship/transship/internal/jetstore"
)

// world is a store of objects that counts what is done to it, and the work of
// every job on it.
type world struct {
	mu       sync.Mutex
	tasks    int
	perChunk int
	done     map[string]int // times each key was written
	starts   map[string]int // times each key was begun
	reports  map[string][]transship.Result
	sweeps   int

	before  func(ctx context.Context, key string) error // called before a key is written
	after   func(key string) error                      // an error here: written, and nobody was told
	fails   func(key string) bool
	planErr error
	emitted func(chunk int)
	report  func() error
	order   func([]transship.Task) ([]int, error)
	rename  func(i int, task *transship.Task)
	seen    func(transship.Task)
}

func newWorld(tasks, perChunk int) *world {
	return &world{tasks: tasks, perChunk: perChunk, done: map[string]int{}, starts: map[string]int{}, reports: map[string][]transship.Result{}}
}

func (w *world) Open(_ context.Context, job *transship.Job) (engine.Work, error) {
	return &work{w, job.ID}, nil
}

type work struct {
	*world
	job string
}

func (w *work) Plan(ctx context.Context, emit func(transship.Chunk) error) (transship.Plan, error) {
	if w.planErr != nil {
		return transship.Plan{}, w.planErr
	}
	var plan transship.Plan
	for first := 0; first < w.tasks; first += w.perChunk {
		c := transship.Chunk{Number: plan.Chunks}
		for i := first; i < min(first+w.perChunk, w.tasks); i++ {
			key := fmt.Sprintf("key-%06d", i)
			c.Tasks = append(c.Tasks, transship.Task{Bucket: "src", Key: key, RawKey: key})
			if w.rename != nil {
				w.rename(i, &c.Tasks[len(c.Tasks)-1])
			}
		}
		if err := emit(c); err != nil {
			return plan, err
		}
		if w.emitted != nil {
			w.emitted(c.Number)
		}
		plan.Chunks++
		plan.Tasks += int64(len(c.Tasks))
	}
	return plan, nil
}

// Order says that the last of the list is the oldest.
func (w *work) Order(_ context.Context, tasks []transship.Task) ([]int, error) {
	if w.order != nil {
		return w.order(tasks)
	}
	order := make([]int, len(tasks))
	for i := range order {
		order[i] = len(tasks) - 1 - i
	}
	return order, nil
}

func (w *work) Do(ctx context.Context, t transship.Task) (transship.Result, error) {
	if w.seen != nil {
		w.seen(t)
	}
	w.mu.Lock()
	w.starts[t.Key]++
	w.mu.Unlock()
	if w.before != nil {
		if err := w.before(ctx, t.Key); err != nil {
			return transship.Result{}, err
		}
	}
	if w.fails != nil && w.fails(t.Key) {
		return transship.Result{HTTPStatus: 403, ErrorCode: "AccessDenied", Message: "Access Denied"}, nil
	}
	w.mu.Lock()
	w.done[t.Key]++
	w.mu.Unlock()
	if w.after != nil {
		if err := w.after(t.Key); err != nil {
			return transship.Result{}, err
		}
	}
	return transship.Result{Succeeded: true, HTTPStatus: 200, Size: 1}, nil
}

func (w *work) Reconcile(_ context.Context, t transship.Task, _ time.Time, _ []transship.Result) (transship.Result, bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return transship.Result{Succeeded: true, HTTPStatus: 200, Size: 1}, w.done[t.Key] > 0, nil
}

func (w *work) Sweep(context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sweeps++
	return nil
}

func (w *work) Report(_ context.Context, _ *transship.Job, rows iter.Seq2[transship.Result, error]) (string, error) {
	var all []transship.Result
	for row, err := range rows {
		if err != nil {
			return "", err
		}
		all = append(all, row)
	}
	if w.report != nil {
		if err := w.report(); err != nil {
			return "", err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reports[w.job] = all
	return "job-" + w.job + "/manifest.json", nil
}

// exactlyOnce checks that every key was written once and has one row.
func (w *world) exactlyOnce(t *testing.T, job string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.tasks {
		if key := fmt.Sprintf("key-%06d", i); w.done[key] != 1 {
			t.Errorf("%s was written %d times", key, w.done[key])
		}
	}
	w.oneRowEach(t, job, w.tasks)
}

func (w *world) oneRowEach(t *testing.T, job string, want int) {
	t.Helper()
	seen := map[string]int{}
	for _, row := range w.reports[job] {
		seen[row.RawKey]++
		if seen[row.RawKey] > 1 {
			t.Errorf("%s has %d rows", row.RawKey, seen[row.RawKey])
		}
	}
	if len(seen) != want {
		t.Errorf("%d tasks have a row, want %d", len(seen), want)
	}
}

// quick are settings under which a test does not wait.
var quick = engine.Settings{Tasks: 16, Checkpoint: 50 * time.Millisecond, Heartbeat: 100 * time.Millisecond, Poll: 20 * time.Millisecond,
	Sweep: 200 * time.Millisecond, Quiet: 1500 * time.Millisecond, TaskLimit: 400 * time.Millisecond}

func openStore(t *testing.T, cfg jetstore.Config) *jetstore.Store {
	t.Helper()
	if cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	if cfg.Lease == 0 {
		cfg.Lease = time.Second
	}
	s, err := jetstore.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func newEngine(t *testing.T, s *jetstore.Store, w engine.Works, set engine.Settings) *engine.Engine {
	return &engine.Engine{Jobs: s, Records: s, Queue: s, Works: w, Now: time.Now, NewID: uuid.NewString, Settings: set,
		Log: slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))}
}

type testLog struct{ t *testing.T }

func (l testLog) Write(p []byte) (int, error) {
	if l.t.Context().Err() == nil {
		l.t.Logf("%s", p)
	}
	return len(p), nil
}

// start runs an engine until stop is called or the test ends.
func start(t *testing.T, e *engine.Engine) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); e.Run(ctx) }()
	t.Cleanup(func() { <-ended })
	t.Cleanup(cancel)
	return cancel
}

func submit(t *testing.T, s *jetstore.Store, change func(*transship.Job)) string {
	t.Helper()
	job := transship.Job{ID: uuid.NewString(), Account: "222222222222", State: transship.New, Created: time.Now(), Report: transship.Report{Enabled: true, Scope: transship.AllTasks}}
	if change != nil {
		change(&job)
	}
	if err := s.CreateJob(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if err := s.Wake(t.Context(), job.ID); err != nil {
		t.Fatal(err)
	}
	return job.ID
}

// await waits until the job is in one of states.
func await(t *testing.T, s *jetstore.Store, id string, states ...transship.State) transship.Job {
	t.Helper()
	end := time.Now().Add(60 * time.Second)
	for time.Now().Before(end) {
		job, err := s.Job(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range states {
			if job.State == want {
				return job
			}
		}
		if job.State.Terminal() {
			t.Fatalf("the job ended %s (%v), want %v", job.State, job.Failures, states)
		}
		time.Sleep(5 * time.Millisecond)
	}
	job, _ := s.Job(t.Context(), id)
	t.Fatalf("after a minute the job is %s, want %v", job.State, states)
	return job
}
