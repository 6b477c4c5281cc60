// Package s3 is the S3 of the local cloud: it turns a request whose signature
// was checked into questions of permission, changes in the store and an answer
// as AWS gives it.
//
// It owns the table of calls (router.go) and the server that ties its rooms
// together: request (what is asked), call (the steps that calls share),
// buckets, objects, uploads and listings (one function a call), reply (how S3
// speaks), checksum and store. It does not own signatures (internal/sigv4),
// rules of permission (internal/access) or accounts (a [Directory]).
//
//	request -> route -> bucket -> permission -> store -> answer
//
// What never happens here: a decision of permission, a call that is half done
// and answered as if it were whole, a call that is not there and pretends to
// be: those answer 501 NotImplemented by their name.
package s3
