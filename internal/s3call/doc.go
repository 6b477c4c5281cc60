// Package s3call holds the shapes of the S3 calls that rooms make: what is
// asked and what comes back. Rooms declare interfaces with these shapes and
// internal/s3wire answers them, so that neither knows the other.
//
// It owns field names and units, and nothing else: no call is made here, no
// text is parsed. Every call answers a failure with a *transship.Error whose
// S3Code and Status are the store's own (Status 0: no answer came, the outcome
// of a write is then unknown).
package s3call
