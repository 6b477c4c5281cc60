// Package bench holds the benchmarks that cross rooms: what one object costs on
// the whole road, in this process (BenchmarkJob) and as a program beside other
// programs (BenchmarkProgram), against a canned store that runs as a process of
// its own, so that its CPU is not counted. README.md says how to read and to
// compare the figures.
//
// It owns no code that a program uses. Benchmarks of one room alone lie in that
// room. Nothing here talks to anything but 127.0.0.1, except `go install` for
// the programs to compare with.
package bench
