// Package natstest runs a cluster of three NATS servers for tests, each a
// process of its own, so that a node can be killed, frozen and started again
// as in life.
//
// The processes are the test binary itself: TestMain calls [Main], which turns
// the binary into a node when its environment says so. Only tests import this
// package; it takes what it needs of testing.TB by an interface, so that no
// program can link the testing package through it.
//
// What never happens: a node outlives its test (it ends when its standard
// input does), or listens on anything but the loopback.
package natstest
