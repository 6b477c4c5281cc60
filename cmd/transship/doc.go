// Command transship moves objects between S3 accounts and S3 stores, and proves
// that nothing is missing.
//
// It owns the command line: one file a command, the streams (results on
// standard output, everything else on standard error), the exit codes
// (exit.go), and wire.go, the only place where concrete parts meet. What a
// command does lies in the rooms under internal; a command takes flags, calls a
// room with plain values and prints what comes back.
//
// What never happens here: os.Exit outside of main, a secret that is printed, a
// command that asks when it is not on a terminal.
package main
