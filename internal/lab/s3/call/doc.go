// Package call is one S3 call on its way: what was asked, by whom, about which
// bucket, and the steps that the families of calls share: questions of
// permission, headers of a write, a body into the store, the lookup of what is
// read, the answer.
//
// It owns the order in which a call is treated: what it is about, whether the
// bucket is there (AM-154), whether it is whose the caller thinks (AM-221),
// whether he may (internal/access), and only then what lies there. It does not
// own rules of permission, the syntax of requests, the words of answers, or
// bytes.
package call
