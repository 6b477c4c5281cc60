package engine

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/segment"
)

// run is one lease's work on one chunk.
type run struct {
	e      *Engine
	job    transship.Job
	chunk  transship.Chunk
	work   Work
	ledger *ledger
	lease  Lease
	log    *slog.Logger

	since time.Time // when the chunk was first claimed
	doubt bool      // whoever had the chunk before may have done tasks that have no row

	mu       sync.Mutex
	rows     []transship.Result
	done     []bool
	own      transship.Counters
	others   transship.Counters // of the job's other chunks, as last known
	known    bool               // others were counted at least once
	counted  chan struct{}      // closed when they were
	started  map[int]time.Time  // tasks under way
	unknown  bool               // a task ended with its outcome not known
	stopping bool               // start no more tasks
	failure  *transship.JobFailure

	stored    int // rows in the ledger's record
	abandoned bool
	finish    chan struct{}
}

func newRun(e *Engine, job transship.Job, chunk transship.Chunk, work Work, l *ledger, lease Lease, log *slog.Logger) *run {
	r := &run{e: e, job: job, chunk: chunk, work: work, ledger: l, lease: lease, log: log,
		rows: l.rec.Rows, done: make([]bool, len(chunk.Tasks)), started: map[int]time.Time{},
		since: l.rec.Started, doubt: l.doubt, stored: len(l.rec.Rows), finish: make(chan struct{}), counted: make(chan struct{})}
	for _, row := range r.rows {
		if row.Task < len(r.done) {
			r.done[row.Task] = true
			r.own.Count(row)
		}
	}
	return r
}

// run does what has no row yet. It ends with the record closed, or open when
// the job is paused or the process stops; with errFenced when the chunk was
// lost, with another error when a task hangs or the store does not answer.
func (r *run) run(ctx context.Context) error {
	switch {
	case r.job.State != transship.Active:
		return r.settle(ctx)
	case r.ledger.rec.Strikes >= carefulStrikes:
		return r.carefully(ctx)
	}
	work, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	go r.look(work) // beside the tasks: between claim and task nothing may take long
	go r.runTasks(work)
	return r.watch(ctx, abandon)
}

// watch keeps the lease, writes checkpoints and looks at the job's state until
// the tasks are done. When the process is told to stop, tasks in flight have
// one heartbeat's time to end.
func (r *run) watch(ctx context.Context, abandon func()) error {
	set := r.e.Settings
	heartbeat := time.NewTicker(set.Heartbeat)
	defer heartbeat.Stop()
	poll := time.NewTicker(set.Poll)
	defer poll.Stop()
	pause := min(100*time.Millisecond, set.Checkpoint)
	checkpoint := time.NewTimer(pause)
	defer checkpoint.Stop()
	stopped := ctx.Done()
	ctx = context.WithoutCancel(ctx)
	var grace <-chan time.Time
	beat := 0 // rows at the last heartbeat
	for {
		select {
		case <-r.finish:
			return r.close(ctx)
		case <-checkpoint.C:
			if err := r.checkpoint(ctx, false); err != nil {
				abandon()
				return err
			}
			pause = min(pause*2, set.Checkpoint)
			checkpoint.Reset(pause)
		case <-heartbeat.C:
			rows, oldest := r.progress()
			if rows == beat && !oldest.IsZero() && r.e.Now().Sub(oldest) > set.TaskLimit {
				abandon()
				return r.giveUp(ctx, oldest)
			}
			beat = rows
			r.extend(ctx)
			if r.isStopping() { // shows a waiting completer that the writer lives
				if err := r.checkpoint(ctx, true); err != nil {
					abandon()
					return err
				}
			}
		case <-poll.C:
			r.look(ctx)
		case <-stopped:
			stopped = nil
			r.stop()
			grace = time.After(set.Heartbeat)
		case <-grace:
			if r.abandoned {
				return fmt.Errorf("tasks did not end when they were told to")
			}
			r.abandoned = true
			abandon() // what is in flight ends now; the successor reconciles it
			grace = time.After(set.Heartbeat)
		}
	}
}

// look reads the job's state and the counters of its other chunks.
func (r *run) look(ctx context.Context) {
	job, err := r.e.Jobs.Job(ctx, r.job.ID)
	if err != nil {
		r.e.logPassing(ctx, "look at a job", r.job.ID, err)
		return
	}
	if job.State != transship.Active {
		r.stop()
	}
	others, err := r.e.others(ctx, r.job.ID, r.ledger.chunk)
	if err != nil {
		r.e.logPassing(ctx, "sum a job's counters", r.job.ID, err)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.known {
		close(r.counted)
	}
	r.others, r.known = others, true
	r.judge()
}

// judge looks at the failure rule, so that it fires inside a chunk; r.mu is
// held. It says nothing before the job's other chunks were counted.
func (r *run) judge() {
	c := r.own.Add(r.others)
	if !r.known || r.failure != nil || !c.ExceedsFailureRule() {
		return
	}
	r.failure = &transship.JobFailure{Code: transship.FailThreshold,
		Reason: fmt.Sprintf("%d of %d tasks that ran have failed, over 50 %%%s", c.Failed, c.Attempted(), r.lastFailure())}
	r.stopping = true
}

// lastFailure is the newest failed row in words.
func (r *run) lastFailure() string {
	for i := len(r.rows) - 1; i >= 0; i-- {
		if row := r.rows[i]; !row.Succeeded {
			return fmt.Sprintf("; the last with %s: %s", row.ErrorCode, row.Message)
		}
	}
	return ""
}

func (r *run) stop() {
	r.mu.Lock()
	r.stopping = true
	r.mu.Unlock()
}

func (r *run) isStopping() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stopping
}

func (r *run) isCounted() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.known
}

func (r *run) failed() *transship.JobFailure {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failure
}

// progress is the number of rows and the start of the task that runs longest.
func (r *run) progress() (rows int, oldest time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.started {
		if oldest.IsZero() || t.Before(oldest) {
			oldest = t
		}
	}
	return len(r.rows), oldest
}

// snapshot is the record as it should be stored now.
func (r *run) snapshot() segment.Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	rec := *r.ledger.rec
	rec.Rows = r.rows[:len(r.rows):len(r.rows)]
	rec.Released, rec.Stopped, rec.Trying = false, false, segment.NoTask
	if len(rec.Rows) > r.stored {
		rec.Strikes = 0
	}
	return rec
}

// checkpoint stores the rows so far; without any new ones only when forced.
func (r *run) checkpoint(ctx context.Context, force bool) error {
	rec := r.snapshot()
	if len(rec.Rows) == r.stored && !force {
		return nil
	}
	return r.write(ctx, rec)
}

// write stores rec as the chunk's record.
func (r *run) write(ctx context.Context, rec segment.Record) error {
	if err := r.ledger.write(ctx, rec); err != nil {
		return err
	}
	r.stored = len(rec.Rows)
	r.e.sums.note(r.job.ID, r.ledger.chunk, Summary{Closed: rec.Closed, Held: !rec.Closed && !rec.Released, Counters: rec.Counters()})
	return nil
}

// giveUp stores what is there and lets a chunk go in which a task hangs.
func (r *run) giveUp(ctx context.Context, since time.Time) error {
	if err := r.checkpoint(ctx, false); err != nil {
		return err
	}
	return fmt.Errorf("a task has been running since %s", since.Format(time.RFC3339))
}

// close writes the last record of this lease: closed when every task has a row
// or no more will be started for good, else released.
func (r *run) close(ctx context.Context) error {
	ctx, cancel := detached(ctx)
	defer cancel()
	if !r.isCounted() {
		r.look(ctx) // a short chunk may end before anybody has
	}
	if f := r.failed(); f != nil {
		r.e.failRunning(ctx, r.job.ID, f)
	}
	rec := r.snapshot()
	rec.Released, rec.Stopped = !r.unknown, true
	rec.Closed = len(rec.Rows) == len(r.chunk.Tasks)
	if !rec.Closed && !r.unknown {
		job, err := r.e.Jobs.Job(ctx, r.job.ID)
		if err != nil {
			return err
		}
		rec.Closed = job.State == transship.Cancelling || job.State == transship.Failing
	}
	return r.write(ctx, rec)
}
