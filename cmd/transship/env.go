package main

import (
	"context"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// env is what a command has of the world outside: its streams, the clock, and
// how results are to be shown. Tests make their own.
type env struct {
	stdin  io.Reader
	stdout io.Writer // results
	stderr io.Writer // everything else
	now    func() time.Time
	getenv func(string) string

	terminal bool   // stderr is one: bars instead of lines
	asks     bool   // stdin is one: questions can be answered
	format   format // --output

	gates gates // of the endpoints that are called

	// service starts the job service beside the lab; nil: the lab runs alone.
	service startService

	ran bool // a command's own code was reached; before that every error is one of usage
}

func newEnv(stdin, stdout, stderr *os.File) *env {
	e := &env{
		stdin: stdin, stdout: stdout, stderr: stderr,
		now: time.Now, getenv: os.Getenv,
		terminal: term.IsTerminal(int(stderr.Fd())),
		asks:     term.IsTerminal(int(stdin.Fd())),
		format:   formatTable,
	}
	e.service = e.labService
	return e
}

// run is the whole program for the given arguments, and its exit code.
func (e *env) run(ctx context.Context, args []string) int {
	root := newRoot(e)
	root.SetArgs(args)
	root.SetIn(e.stdin)
	root.SetOut(e.stdout)
	root.SetErr(e.stderr)
	err := root.ExecuteContext(ctx)
	if err != nil && !e.ran {
		err = usageError(err)
	}
	return e.report(ctx, err)
}
