// Package uploads are the S3 calls of multipart uploads, from their creation
// to completion or abort.
//
// It owns which parts may become an object, and the object's ETag and checksum
// that follow from theirs.
package uploads
