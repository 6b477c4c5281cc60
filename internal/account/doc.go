// Package account turns a profile, or keys, into an [Account]: who it is, and
// an S3 client that signs as it.
//
// It is the only room that loads AWS configuration (profiles, endpoints,
// Regions, credentials of every kind the SDK knows), and the only one that
// turns the SDK's errors into *transship.Error, which name the profile and say
// what to do. It does not own the S3 calls (internal/s3wire makes them) nor
// what an account may do.
//
// Credentials are read before each request and renewed five minutes before
// they end. What never happens here: a secret in an error, a file written, a
// second profile used where one was named.
package account
