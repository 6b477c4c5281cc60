//go:build unix

package engine_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/jetstore"
	"github.com/transship/transship/internal/jetstore/natstest"
)

// strike is one thing that happens to a stream's leader.
type strike struct {
	stream string
	how    string
}

const (
	stopped = "is stopped until another leads" // SIGSTOP, SIGCONT
	nodded  = "is stopped for a moment"        // longer than the limit, too short for an election
	killed  = "is killed"                      // SIGKILL, a new process on the same folder
)

// strikes are n of them, alternating streams and kinds.
func strikes(n int) []strike {
	var list []strike
	for i := range n {
		list = append(list, strike{
			[]string{"TRANSSHIP_RECORDS", "TRANSSHIP_WORK"}[i%2],
			[]string{killed, nodded, stopped, killed, nodded, nodded, stopped}[i%7],
		})
	}
	return list
}

// throttle lets tasks run up to a key; those beyond wait.
type throttle struct {
	mu    sync.Mutex
	more  *sync.Cond
	limit string
}

func newThrottle() *throttle {
	t := &throttle{}
	t.more = sync.NewCond(&t.mu)
	return t
}

func (t *throttle) raise(tasks int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.limit = fmt.Sprintf("key-%06d", tasks)
	t.more.Broadcast()
}

func (t *throttle) wait(ctx context.Context, key string) error {
	defer context.AfterFunc(ctx, func() { t.mu.Lock(); defer t.mu.Unlock(); t.more.Broadcast() })()
	t.mu.Lock()
	defer t.mu.Unlock()
	for key >= t.limit && ctx.Err() == nil {
		t.more.Wait()
	}
	return ctx.Err()
}

func (w *world) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.done)
}

// strikeUnderLoad runs a job of a thousand small chunks with two engines while
// the leaders of its streams are struck, each time in the middle of work.
func strikeUnderLoad(t *testing.T, list []strike) {
	const chunks, perChunk = 1_000, 3
	c := natstest.Start(t)
	w := newWorld(chunks*perChunk, perChunk)
	pace := newThrottle()
	w.before = pace.wait
	set := quick
	set.TaskLimit, set.Quiet = time.Minute, 20*time.Second // an election takes up to nine seconds
	set.Chunks = 4
	var stores []*jetstore.Store
	for range 2 {
		s := openStore(t, jetstore.Config{URL: c.URL(), Replicas: natstest.Nodes, Limit: 500 * time.Millisecond, Lease: 2 * time.Second})
		e := newEngine(t, s, w, set)
		e.Log = slog.New(slog.DiscardHandler) // thousands of "will try again"
		start(t, e)
		stores = append(stores, s)
	}
	id := submit(t, stores[0], nil)
	window := chunks * perChunk / len(list)
	for i, strike := range list {
		c.Settle("TRANSSHIP_JOBS", "TRANSSHIP_RECORDS", "TRANSSHIP_WORK", "TRANSSHIP_STEPS")
		leader := c.StreamLeader(strike.stream)
		pace.raise((i + 1) * window)
		for end, want := time.Now().Add(time.Minute), i*window+window/4; w.count() < want; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("before strike %d: %d tasks are done after a minute, want %d", i, w.count(), want)
			}
		}
		begin := time.Now()
		switch strike.how {
		case killed:
			c.Kill(leader)
			c.NewLeader(strike.stream, leader)
			c.Restart(leader)
		case stopped:
			c.Stop(leader)
			c.NewLeader(strike.stream, leader)
			c.Continue(leader)
		case nodded:
			c.Stop(leader)
			time.Sleep(1500 * time.Millisecond) // the fault itself, not a wait for something
			c.Continue(leader)
		}
		t.Logf("%d: the leader of %s, node %d, %s: %v", i, strike.stream, leader, strike.how, time.Since(begin).Round(time.Millisecond))
	}
	pace.raise(chunks * perChunk)
	c.Settle("TRANSSHIP_JOBS", "TRANSSHIP_RECORDS", "TRANSSHIP_WORK", "TRANSSHIP_STEPS")
	s := stores[1]
	eventually(t, "the job is complete", func() bool {
		job, err := s.Job(t.Context(), id)
		if err == nil && job.State.Terminal() && job.State != transship.Complete {
			t.Fatalf("the job ended %s: %v", job.State, job.Failures)
		}
		return err == nil && job.State == transship.Complete
	})
	w.accountedOnce(t, id)
	sums, err := s.Summaries(t.Context(), id)
	if err != nil || len(sums) != chunks {
		t.Errorf("%d records, %v", len(sums), err)
	}
	for chunk, sum := range sums {
		if !sum.Closed || sum.Counters.Succeeded != perChunk {
			t.Errorf("chunk %d: %+v", chunk, sum)
		}
	}
	nothingLeft(t, s, id)
}

// accountedOnce checks that every key was written and has one row. Doing is at
// least once: a worker that is cut off from a cluster without a leader for
// longer than its lease may write what another one writes too. That is rare.
func (w *world) accountedOnce(t *testing.T, job string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	repeated := 0
	for i := range w.tasks {
		switch n := w.done[fmt.Sprintf("key-%06d", i)]; {
		case n == 0:
			t.Errorf("key-%06d was not written", i)
		case n > 1:
			repeated++
		}
	}
	t.Logf("%d of %d keys were written more than once", repeated, w.tasks)
	if repeated > w.tasks/50 {
		t.Errorf("%d of %d keys were written more than once", repeated, w.tasks)
	}
	w.oneRowEach(t, job, w.tasks)
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after a minute not yet: %s", what)
		}
	}
}

func TestAStreamLeaderThatIsStoppedOrKilledUnderLoadLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	list := strikes(6)
	if !slices.Contains(list, strike{"TRANSSHIP_RECORDS", stopped}) || !slices.Contains(list, strike{"TRANSSHIP_WORK", killed}) {
		t.Fatal(list)
	}
	strikeUnderLoad(t, list)
}
