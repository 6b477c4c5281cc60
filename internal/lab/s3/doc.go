// Package s3 is the S3 of the local cloud: it turns a request whose signature
// was checked into questions of permission, changes in the store and an answer
// as AWS gives it.
//
// It owns the table of calls (router.go), one file for each family of calls,
// and the order in which a call is treated: what it is about, whether the
// bucket is there (AM-154), whether it is whose the caller thinks (AM-221),
// whether he may (internal/access), and only then what lies there. It does not
// own signatures (internal/sigv4), rules of permission (internal/access),
// accounts (a [Directory]) or bytes (store).
//
//	request -> route -> bucket -> permission -> store -> answer
//
// What never happens here: a decision of permission, a call that is half done
// and answered as if it were whole, a call that is not there and pretends to
// be: those answer 501 NotImplemented by their name.
package s3
