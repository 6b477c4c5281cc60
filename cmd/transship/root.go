package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

const rootHelp = `transship moves objects between S3 accounts and S3 stores, by the hundred
million, and proves that nothing is missing.

It takes AWS's profiles (--profile, --region, --endpoint-url and the shared
configuration files) and names places s3://bucket/prefix. Results go to standard
output, everything else to standard error.

Exit codes:
  0  good
  1  failed
  2  wrong usage
  3  the job finished, some of its tasks failed
  4  preflight found something that blocks the job
  5  verification found differences`

// newRoot is the tree of commands.
func newRoot(e *env) *cobra.Command {
	root := &cobra.Command{
		Use:           "transship",
		Short:         "Move objects between S3 accounts and stores, and prove that nothing is missing",
		Long:          rootHelp,
		SilenceErrors: true, // env.report prints them, once
		SilenceUsage:  true,
	}
	root.PersistentFlags().Var(&e.format, "output", "how results are shown: table, json or text")
	root.AddCommand(commands(e)...)
	must(root.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"table", "json", "text"}, cobra.ShellCompDirectiveNoFileComp)))
	markRan(e, root)
	return root
}

// commands are those of the first level, in the order of the help.
func commands(e *env) []*cobra.Command {
	return []*cobra.Command{
		newLabCommand(e),
		newDemoCommand(e),
		newCopyCommand(e),
		newJobCommand(e),
		newServeCommand(e),
		newWorkerCommand(e),
		newInventoryCommand(e),
		newVerifyCommand(e),
		newVersionCommand(e),
	}
}

// group is a command that only has commands below it.
func group(use, short string, below ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use: use, Short: short,
		RunE: func(c *cobra.Command, args []string) error {
			names := make([]string, len(below))
			for i, b := range below {
				names[i] = b.Name()
			}
			list := strings.Join(names, ", ")
			if len(args) > 0 {
				return usageError(fmt.Errorf("%s has no command %q, only %s", c.CommandPath(), args[0], list))
			}
			return usageError(fmt.Errorf("%s what? %s", c.CommandPath(), list))
		},
	}
	c.AddCommand(below...)
	return c
}

// markRan notes when a command's own code begins: what fails before that (an
// unknown command, a missing argument, a wrong flag) is an error of usage.
func markRan(e *env, c *cobra.Command) {
	if run := c.RunE; run != nil {
		c.RunE = func(c *cobra.Command, args []string) error {
			e.ran = true
			return run(c, args)
		}
	}
	for _, below := range c.Commands() {
		markRan(e, below)
	}
}

// must stops the program where it contradicts itself, which its first run
// shows: a completion for a flag that does not exist.
func must(err error) {
	if err != nil {
		panic(errors.Join(errors.New("transship: a command is put together wrongly"), err))
	}
}
