// Package payload gives a body the form in which a store takes it: whole with
// its SHA-256 and checksum known beforehand, or, when it is long, in the
// encoding aws-chunked with signed chunks or a checksum in the trailer (S3 API
// reference, "Signature calculations: transferring a payload in multiple
// chunks").
//
// It owns the choice between these forms, checksums, and the bytes of the
// encoding. Signatures are internal/sigv4's, and connections
// internal/s3wire/transport's.
//
// What never happens here: the end of a body sent before the source has ended
// just where its size says, so that a store could keep a part of it; more of a
// body in memory than one chunk.
package payload
