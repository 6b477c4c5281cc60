//go:build unix

package jetstore_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/engine"
	"github.com/transship/transship/internal/jetstore"
)

// childVariable names the data folder of a child process.
const childVariable = "TRANSSHIP_JETSTORE_CHILD"

// child opens the folder, says so, and writes until it is killed. Each line
// tells of one write that was acknowledged.
func child(dir string) {
	ctx := context.Background()
	go func() { // the parent is gone
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	s, err := jetstore.Open(ctx, jetstore.Config{Dir: dir, Lease: lease})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	var mu sync.Mutex
	say := func(v ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Println(v...)
	}
	say("open")
	for range 4 {
		go func() {
			for {
				if err := childJob(ctx, s, say); err != nil {
					say("error", err)
				}
			}
		}()
	}
	select {}
}

// childJob takes one job through everything that a store does.
func childJob(ctx context.Context, s *jetstore.Store, say func(...any)) error {
	job := newJob()
	if err := s.CreateJob(ctx, job); err != nil {
		return err
	}
	say("job", job.ID, 0)
	if err := s.Submit(ctx, engine.Item{Step: engine.Prepare, Job: job.ID}, true); err != nil {
		return err
	}
	body := make([]byte, 100<<10)
	rand.Read(body)
	for chunk := range 3 {
		if err := s.Stage(ctx, job.ID, 1, chunk, body); err != nil {
			return err
		}
		say("staged", job.ID, chunk)
	}
	if err := s.Open(ctx, job.ID, 1); err != nil {
		return err
	}
	for n := 1; n <= 3; n++ {
		l, err := s.Lease(ctx, job.ID, 1)
		if err != nil || l == nil {
			return fmt.Errorf("lease: %v %v", l, err)
		}
		at, err := s.CreateRecord(ctx, job.ID, l.Chunk(), record("child", 1))
		if err == nil {
			say("record", job.ID, l.Chunk(), uint64(at))
			at, err = s.UpdateRecord(ctx, job.ID, l.Chunk(), record("child", 50), at)
		}
		if err != nil {
			return err
		}
		say("record", job.ID, l.Chunk(), uint64(at))
		say("acking", job.ID, l.Chunk())
		if err := l.Ack(ctx); err != nil {
			return err
		}
		if _, err := s.Update(ctx, job.ID, func(j *transship.Job) error { j.Priority++; return nil }); err != nil {
			return err
		}
		say("job", job.ID, n)
	}
	if l, err := s.Take(ctx, time.Second); err != nil {
		return err
	} else if l != nil {
		if err := l.Ack(ctx); err != nil {
			return err
		}
	}
	if job.ID[0]%2 == 0 { // half of them stay
		say("dropping", job.ID, "")
		return s.Drop(ctx, job.ID)
	}
	return nil
}

// startChild starts a child on dir.
func startChild(t *testing.T, dir string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+dir)
	cmd.Stderr = os.Stderr
	if _, err := cmd.StdinPipe(); err != nil {
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
	if !lines.Scan() || lines.Text() != "open" {
		t.Fatalf("the child says %q", lines.Text())
	}
	return cmd, lines
}

func TestADataFolderInUseByAnotherProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	cmd, _ := startChild(t, dir)
	_, err := jetstore.Open(t.Context(), jetstore.Config{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "another process uses it") || len(transship.HintsOf(err)) == 0 {
		t.Errorf("%v: does not say what is wrong and what to do", err)
	}
	cmd.Process.Kill()
	cmd.Wait()
	openDir(t, dir)
}

// acknowledged is what children said.
type acknowledged struct {
	jobs    map[string]int32
	records map[string]engine.Revision // by "job chunk"
	staged  map[string]bool            // and not acked, by "job chunk"
}

func (a *acknowledged) hear(t *testing.T, line string) {
	var id, chunk string
	var n int32
	var at uint64
	kind, rest, _ := strings.Cut(line, " ")
	switch kind {
	case "job":
		fmt.Sscan(rest, &id, &n)
		a.jobs[id] = n
	case "record":
		fmt.Sscan(rest, &id, &chunk, &at)
		a.records[id+" "+chunk] = engine.Revision(at)
	case "staged":
		a.staged[rest] = true
	case "acking":
		delete(a.staged, rest)
	case "dropping":
		maps.DeleteFunc(a.staged, func(key string, _ bool) bool { return strings.HasPrefix(key, strings.TrimSpace(rest)) })
	default:
		t.Errorf("the child says %q", line)
	}
}

// verify opens the folder and looks for all of it.
func (a *acknowledged) verify(t *testing.T, dir string) {
	t.Helper()
	s := openDir(t, dir)
	defer s.Close()
	list, err := s.Unfinished(t.Context())
	if err != nil || len(list) < len(a.jobs) {
		t.Fatalf("%d of %d jobs are there, %v", len(list), len(a.jobs), err)
	}
	for _, job := range list {
		if job.Priority < a.jobs[job.ID] {
			t.Errorf("job %s is at change %d of %d", job.ID, job.Priority, a.jobs[job.ID])
		}
		delete(a.jobs, job.ID)
	}
	for id := range a.jobs {
		t.Errorf("job %s is gone", id)
	}
	for key, want := range a.records {
		var id string
		var chunk int
		fmt.Sscan(key, &id, &chunk)
		if _, at, err := s.Record(t.Context(), id, chunk); err != nil || at < want {
			t.Errorf("record %s is at %d of %d, %v", key, at, want, err)
		}
	}
	for key := range a.staged {
		var id string
		var chunk int
		fmt.Sscan(key, &id, &chunk)
		if err := s.Open(t.Context(), id, 1); err != nil {
			t.Fatal(err)
		}
		if d, err := s.Depth(t.Context(), id, 1); err != nil || d.Waiting+d.Leased == 0 {
			t.Errorf("staged chunk %s is gone: %+v %v", key, d, err)
		}
	}
	for _, job := range list { // begin anew, so that a round stays short
		if err := s.Drop(t.Context(), job.ID); err != nil {
			t.Fatal(err)
		}
	}
	*a = acknowledged{map[string]int32{}, map[string]engine.Revision{}, map[string]bool{}}
	for _, job := range list {
		a.jobs[job.ID] = job.Priority
	}
}

func TestAStoreKilledUnderLoadOpensWithAllThatWasAcknowledged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a := &acknowledged{map[string]int32{}, map[string]engine.Revision{}, map[string]bool{}}
	for round := range 20 {
		cmd, lines := startChild(t, dir)
		for n := 20 + 17*round%150; n > 0 && lines.Scan(); n-- {
			a.hear(t, lines.Text())
		}
		cmd.Process.Kill()
		for lines.Scan() { // what it had said before it was killed
			if text := lines.Text(); strings.Count(text, " ") >= 2 {
				a.hear(t, text)
			}
		}
		cmd.Wait()
		if round%3 == 2 {
			a.verify(t, dir)
		}
	}
	a.verify(t, dir)
}
