// Package operation does one task: one file (or a few) an operation, each with
// two verbs. Do tries a task and answers its final result. Reconcile asks, after
// an attempt of which nobody knows how it ended, whether it was done; if not, the
// next Do names what may then be there twice.
//
// A [transship.Result] is always final: succeeded, or failed with the store's
// own status, code and words. An error beside it means that there is no result:
// the outcome is unknown, or the store goes on failing in passing. The caller
// reconciles or comes back later; it never writes a row.
//
//	Do -> result                   known, recorded
//	Do -> error -> Reconcile -> result        it had been done
//	                         -> false -> Do again
//	                         -> error         ask later
//
// A task may take hours. It says that it goes on ([transship.Alive]) after each
// part, each MiB that it streams and each look at the destination's versions.
//
// It owns the mapping of a job's fields to S3 calls, the choice between one
// request, a copy in parts and a stream, the check of what came out, and the
// attempts at a store that says slow down. It does not own credentials,
// clients, pace, the order of tasks or their recording.
//
// What never happens here: a write to the source, a delete, a temporary file, a
// row for something that is not known, parts of two versions in one object.
package operation
