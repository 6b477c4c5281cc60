// Package answer reads what a store answers: heads into s3call's shapes,
// documents without reflection, refusals into a *transship.Error.
//
// It owns the one walk through XML, the reading of each document, and the
// table from S3's codes and statuses to ours. It neither asks nor waits: a
// [Call] says what was asked, so that errors can name it. The bounds on an
// answer's length are kept by internal/s3wire/transport.
//
// What never happens here: a listing taken for empty or complete because its
// document broke off, an error inside a status 200 taken for success, a write
// called refused because its answer was not whole.
package answer
