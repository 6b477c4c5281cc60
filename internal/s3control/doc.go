// Package s3control is the HTTP door to jobs: the S3 Control API, version
// 2018-08-20, as unmodified AWS clients speak it (REST-XML, Signature Version
// 4). It owns the wire: routes, XML in both directions, the error envelope, who
// the caller is and whether he may.
//
// It does not own what a job is or which request makes sense (package jobs), nor
// the rules of signatures (sigv4) and of policies (iampolicy, access).
//
// A request is taken by its path and the header x-amz-account-id, never by the
// host that it was sent to, because clients put the account in front of any
// host name (reference 1.2). The order of the checks is: size, signature,
// account, route, permission, content.
//
// What never happens here: an answer without the envelope and the two request
// ids; a call that was not signed, or not permitted, and yet done; a parameter
// that is not understood and yet accepted; the text of an internal fault shown
// to a caller.
package s3control
