// Package sigv4 is the one home of AWS Signature Version 4: it signs requests
// that go out and verifies requests that come in, with the same canonical form
// for both.
//
// It owns the canonical request, the signing key and its cache, the
// Authorization header and query parameters, and the aws-chunked body with its
// chunk signatures and trailers. It does not own keys (a [Verifier] asks its
// Lookup for a secret), permissions, or the additional checksums that a
// trailer may carry: their values are handed on, the S3 front compares them.
//
// What never happens here: a secret or a session token in an error, a
// comparison of signatures that takes longer for a better guess, a read from a
// peer without a bound.
package sigv4
