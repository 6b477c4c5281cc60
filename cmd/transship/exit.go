package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/transship/transship"
)

// The exit codes, a contract with scripts (DESIGN: command line).
const (
	exitGood        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitFailedTasks = 3
	exitBlocked     = 4
	exitDifferences = 5
)

// outcome is an error with an exit code of its own.
type outcome struct {
	code int
	err  error
}

func (o *outcome) Error() string { return o.err.Error() }
func (o *outcome) Unwrap() error { return o.err }

// usageError marks err as the caller's: exit code 2.
func usageError(err error) error { return &outcome{exitUsage, err} }

// failedTasks marks err as a job that ended with failed tasks: exit code 3.
func failedTasks(err error) error { return &outcome{exitFailedTasks, err} }

// foundDifferences marks err as a verification that found some: exit code 5.
func foundDifferences(err error) error { return &outcome{exitDifferences, err} }

// exitCode is the one table from errors to exit codes.
func exitCode(err error) int {
	var o *outcome
	switch {
	case err == nil:
		return exitGood
	case errors.As(err, &o):
		return o.code
	}
	return exitFailed
}

// report prints err as "error:" and "hint:" lines and is the exit code. When
// the caller interrupted the command, it says that instead of what broke by it.
func (e *env) report(ctx context.Context, err error) int {
	code := exitCode(err)
	if err == nil {
		return code
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		fmt.Fprintln(e.stderr, "error: interrupted")
		return code
	}
	fmt.Fprintln(e.stderr, "error: "+indent(err.Error()))
	hints := transship.HintsOf(err)
	if code == exitUsage && len(hints) == 0 {
		hints = []string{"transship --help lists the commands; each has its own --help"}
	}
	for _, hint := range hints {
		fmt.Fprintln(e.stderr, "hint: "+indent(hint))
	}
	return code
}

// indent keeps a text of several lines together under its label.
func indent(s string) string {
	return strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n  ")
}
