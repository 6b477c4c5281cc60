package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(start()) }

// start runs the command line of this process and is its exit code.
func start() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The first signal asks the command to end; from then on a second one kills.
	context.AfterFunc(ctx, stop)
	e := newEnv(os.Stdin, os.Stdout, os.Stderr)
	return e.run(ctx, os.Args[1:])
}
