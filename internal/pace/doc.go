// Package pace finds out how many requests an endpoint bears at once, and
// keeps to it.
//
// It owns the limit of one endpoint (a [Gate], shared by all that talk to it)
// and the waiting between attempts ([Retry]). It does not own requests: what an
// answer meant for the endpoint's health is told to it, and which calls are
// safe to repeat is for the client to know.
//
// The limit grows by one for each full limit of healthy answers, is halved by
// a throttled one, and shrinks a little when answers take far longer than
// they did at their best. Answers to requests that began before the last cut
// do not cut again: one burst of refusals is one sign.
//
// What never happens here: a clock or a random source that was not handed in,
// a goroutine, a limit below one.
package pace
