// Package transship holds the words of the product: account, object,
// manifest, job, chunk, task, result, report and error.
//
// It owns what these things are and which moves of a [Job] are legal. It does
// not own how any of them is stored, sent over a wire or shown, and it imports
// nothing but the standard library. Every other room speaks in these types:
//
//	inventory -> manifest -> job -> chunk -> task -> result -> report
//
// What never happens here: input or output, a clock that is read, a state that
// changes other than through [Job.Move].
package transship
