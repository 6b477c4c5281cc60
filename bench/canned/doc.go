// Package canned answers S3 calls without storing anything, as fast as it can,
// so that a benchmark measures the caller: copies and puts succeed, every bucket
// but one lists the same made-up keys, and every key that is asked for is there.
//
// It checks no signature and keeps no state: what is put is counted and
// forgotten, and a copy is not visible afterwards. It is no lab; nothing may be
// proved with it but speed and memory.
package canned
