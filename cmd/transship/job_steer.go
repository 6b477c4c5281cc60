package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/transship/transship"
)

func newJobListCommand(e *env, f *jobFlags) *cobra.Command {
	var states []string
	var max int
	c := &cobra.Command{Use: "list", Short: "List jobs, the newest first", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var want []transship.State
			for _, s := range states {
				state, err := transship.ParseState(s)
				if err != nil {
					return usageError(err)
				}
				want = append(want, state)
			}
			client, _, err := e.jobs(c.Context(), f)
			if err != nil {
				return err
			}
			jobs, err := client.List(c.Context(), want, max)
			if err != nil {
				return err
			}
			return e.printJobs(jobs)
		}}
	c.Flags().StringSliceVar(&states, "status", nil, "only jobs in these states")
	c.Flags().IntVar(&max, "max", 0, "at most so many; 0: all")
	return c
}

func newJobDescribeCommand(e *env, f *jobFlags) *cobra.Command {
	return &cobra.Command{Use: "describe JOB", Short: "Show one job", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			client, _, err := e.jobs(c.Context(), f)
			if err != nil {
				return err
			}
			job, err := client.Describe(c.Context(), args[0])
			if err != nil {
				return err
			}
			return e.printJob(job)
		}}
}

func newJobWatchCommand(e *env, f *jobFlags) *cobra.Command {
	return &cobra.Command{Use: "watch JOB", Short: "Show a job's progress until it ends", Args: cobra.ExactArgs(1),
		Long: "Shows a job's progress until it ends. Exit code 3 when tasks failed, 1 when the job did.",
		RunE: func(c *cobra.Command, args []string) error {
			client, _, err := e.jobs(c.Context(), f)
			if err != nil {
				return err
			}
			return e.watchJob(c.Context(), client, args[0])
		}}
}

func newJobConfirmCommand(e *env, f *jobFlags) *cobra.Command {
	return newJobStatusCommand(e, f, "confirm", "Let a job run that waits for confirmation", transship.Ready)
}

func newJobCancelCommand(e *env, f *jobFlags) *cobra.Command {
	return newJobStatusCommand(e, f, "cancel", "Cancel a job: tasks in flight end, the rest is not started", transship.Cancelled)
}

func newJobStatusCommand(e *env, f *jobFlags, verb, short string, to transship.State) *cobra.Command {
	var reason string
	c := &cobra.Command{Use: verb + " JOB", Short: short, Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			client, _, err := e.jobs(c.Context(), f)
			if err != nil {
				return err
			}
			state, err := client.UpdateStatus(c.Context(), args[0], to, reason)
			if err != nil {
				return err
			}
			return e.printRows(map[string]string{"JobId": args[0], "Status": string(state)}, []string{"JOB", "STATUS"}, [][]string{{args[0], string(state)}})
		}}
	c.Flags().StringVar(&reason, "reason", "", "why; kept with the job")
	return c
}

func newJobPriorityCommand(e *env, f *jobFlags) *cobra.Command {
	return &cobra.Command{Use: "priority JOB NUMBER", Short: "Change a job's priority; higher numbers go first", Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			n, err := strconv.ParseInt(args[1], 10, 32)
			if err != nil || n < 0 {
				return usageError(fmt.Errorf("%q is no priority: a whole number from 0 to 2147483647", args[1]))
			}
			client, _, err := e.jobs(c.Context(), f)
			if err != nil {
				return err
			}
			if err := client.Priority(c.Context(), args[0], int32(n)); err != nil {
				return err
			}
			return e.printRows(map[string]any{"JobId": args[0], "Priority": n}, []string{"JOB", "PRIORITY"}, [][]string{{args[0], args[1]}})
		}}
}
