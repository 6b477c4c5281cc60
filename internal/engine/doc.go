// Package engine runs jobs: it prepares them, leases their chunks, runs the
// tasks, checkpoints, closes and completes.
//
//	Submit(prepare)            Open           Lease            Submit(complete)
//	New ----------> Preparing ------> Ready ----------> Active ---------------> Completing -> Complete
//	                   |                                   |
//	                   plan is committed by                every chunk's record is closed,
//	                   compare-and-set                     then the report is written
//
// It owns the order of these steps and the rules by which no outcome is lost
// or counted twice:
//
//   - A row is in a chunk's record, or the task is not done. A record is
//     changed by compare-and-set only, and once closed it stays as it is.
//   - Any answer to a write but success is unknown: the record is read until it
//     shows who won ([ledger]). An error code alone never justifies an ack.
//   - A lease is kept by progress, not by a timer: a worker whose tasks all hang
//     loses its chunk, and whoever takes it over reconciles each task without a
//     row before doing it again.
//   - A chunk that ends five claims in a row without one new row is run with
//     care, one task at a time, until the task that kills its worker is named
//     and failed with that reason.
//   - A step that may run twice leaves the same behind: work items (prepare,
//     complete) are taken at least once.
//
// It does not own how jobs, records and queues are kept (internal/jetstore),
// what an operation does (internal/operation), how a manifest is read or a
// report written. It declares what it needs of them and never sees a
// credential.
package engine
