package main

import (
	"bytes"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program is transship as a process of its own, which a test may kill.
type program struct {
	cmd   *exec.Cmd
	said  transcript // standard error
	out   transcript
	ended chan struct{} // closed when it has; code is then set
	code  int           // -1: by a signal
}

// launch starts transship with args. It does not outlive the test.
func launch(t *testing.T, env []string, args ...string) *program {
	t.Helper()
	// testscript put the program, under its own name, into PATH.
	p := &program{cmd: exec.Command("transship", args...), ended: make(chan struct{})}
	p.cmd.Env, p.cmd.Stderr, p.cmd.Stdout = env, &p.said, &p.out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		p.cmd.Wait()
		p.code = p.cmd.ProcessState.ExitCode()
	}()
	t.Cleanup(p.kill)
	return p
}

// kill is kill -9, and waits for the end.
func (p *program) kill() {
	p.cmd.Process.Kill()
	<-p.ended
}

// alive reports whether it runs.
func (p *program) alive() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// exits waits for the end and demands this code.
func (p *program) exits(t *testing.T, code int) {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		t.Fatalf("%q did not end; it said:\n%s", p.cmd.Args, &p.said)
	}
	if p.code != code {
		t.Fatalf("%q exited with %d, want %d; it said:\n%s\n%s", p.cmd.Args, p.code, code, &p.said, &p.out)
	}
}

// interrupt is Ctrl-C.
func (p *program) interrupt() { p.cmd.Process.Signal(syscall.SIGINT) }

// terminate demands a clean stop.
func (p *program) terminate(t *testing.T) {
	t.Helper()
	p.cmd.Process.Signal(syscall.SIGTERM)
	p.exits(t, exitGood)
}

// stopAfter makes the test end with a clean stop of p, if it still runs then.
func (p *program) stopAfter(t *testing.T) {
	t.Cleanup(func() {
		if p.alive() && !t.Failed() {
			p.terminate(t)
		}
	})
}

// transcript is what a process writes, readable while it runs.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *transcript) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(b)
}

func (w *transcript) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %s in vain for %s", patience, what)
		}
	}
}
