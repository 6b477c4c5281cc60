// Package jobs holds what people do with jobs: create, confirm, cancel, change
// the priority, list and describe. It owns the checks of a request, the
// idempotency of creation, the page tokens of a listing, and the rule which
// account sees which job for how long. It declares the [Store] that it needs.
//
// It does not own the work itself (preparing, running, reporting: package
// engine), nor how a job travels over a wire, nor who may call: doors ask that
// before they come here.
//
// What never happens here: a state that changes other than through
// [transship.Job.Move] inside [Store.Update]; a job of one account shown to
// another; a second job for one client token.
package jobs
