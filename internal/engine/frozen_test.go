//go:build unix

package engine_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/engine"
	"github.com/transship/transship/internal/jetstore"
	"github.com/transship/transship/internal/jetstore/natstest"
)

// childVariable holds the settings of an engine in a process of its own.
const childVariable = "TRANSSHIP_ENGINE_CHILD"

type childSettings struct {
	URL             string
	Tasks, PerChunk int
	Freeze          string // the call before which it says "here" and waits for a line
}

// runChild runs an engine until standard input ends.
func runChild(text string) {
	var set childSettings
	if err := json.Unmarshal([]byte(text), &set); err != nil {
		panic(err)
	}
	ctx := context.Background()
	s, err := jetstore.Open(ctx, jetstore.Config{URL: set.URL, Lease: 400 * time.Millisecond})
	if err != nil {
		panic(err)
	}
	q := &freezing{Queue: s, at: set.Freeze, in: bufio.NewReader(os.Stdin)}
	e := &engine.Engine{Jobs: s, Records: s, Queue: q, Works: newWorld(set.Tasks, set.PerChunk), Now: time.Now, NewID: uuid.NewString,
		Settings: quick, Log: slog.New(slog.DiscardHandler)}
	e.Run(ctx)
}

// freezing is a queue that waits to be frozen before one of its calls, and
// makes it when the process was thawed.
type freezing struct {
	engine.Queue
	at   string
	in   *bufio.Reader
	done atomic.Bool
}

func (q *freezing) freeze(call string) (thawed bool) {
	if call != q.at || !q.done.CompareAndSwap(false, true) {
		return false
	}
	fmt.Println("here")
	if _, err := q.in.ReadString('\n'); err != nil {
		os.Exit(0)
	}
	go func() { // the test is over
		io.Copy(io.Discard, q.in)
		os.Exit(0)
	}()
	return true
}

func (q *freezing) Stage(ctx context.Context, job string, attempt, chunk int, body []byte) error {
	thawed := q.freeze(fmt.Sprint("stage ", chunk))
	err := q.Queue.Stage(ctx, job, attempt, chunk, body)
	if thawed {
		fmt.Println("made", err)
	}
	return err
}

func (q *freezing) Open(ctx context.Context, job string, attempt int) error {
	thawed := q.freeze("open")
	err := q.Queue.Open(ctx, job, attempt)
	if thawed {
		fmt.Println("made", err)
	}
	return err
}

// TestAProcessFrozenPastItsLeaseLeavesNothingWhenItIsThawed stops an engine's
// process before a call, lets a second engine take the job to its end, and
// lets the first one go on: its call is then made on a job that has ended.
func TestAProcessFrozenPastItsLeaseLeavesNothingWhenItIsThawed(t *testing.T) {
	for name, call := range map[string]string{
		"in the middle of staging":         "stage 7",
		"before the last chunk is staged":  "stage 14",
		"between the commit and the queue": "open",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := natstest.StartOne(t)
			s := openStore(t, jetstore.Config{URL: url})
			text, err := json.Marshal(childSettings{URL: url, Tasks: 300, PerChunk: 20, Freeze: call})
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), childVariable+"="+string(text))
			cmd.Stderr = os.Stderr
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			out, err := cmd.StdoutPipe()
			if err == nil {
				err = cmd.Start()
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
			lines := bufio.NewScanner(out)
			hear := func(want string) {
				t.Helper()
				if !lines.Scan() || lines.Text() != want {
					t.Fatalf("the child says %q, want %q", lines.Text(), want)
				}
			}

			id := submit(t, s, nil)
			hear("here")
			if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(in, "go on") // it is read after the thaw

			w := newWorld(300, 20)
			start(t, newEngine(t, s, w, quick))
			job := await(t, s, id, transship.Complete)
			w.exactlyOnce(t, id)
			nothingLeft(t, s, id)

			if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
				t.Fatal(err)
			}
			hear("made <nil>")
			nothingLeft(t, s, id)
			after, err := s.Job(t.Context(), id)
			if err != nil || after.State != transship.Complete || after.Counters != job.Counters || after.Plan != job.Plan {
				t.Errorf("the job was %+v and is %+v, %v", job, after, err)
			}
			if sums, err := s.Summaries(t.Context(), id); err != nil || len(sums) != 15 {
				t.Errorf("%d records, %v", len(sums), err)
			}
		})
	}
}
