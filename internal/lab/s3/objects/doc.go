// Package objects are the S3 calls about objects and their versions: put, get,
// head, copy, delete, tags and attributes.
//
// It owns what each call reads, checks and answers, and what a copy takes from
// its source. It does not own multipart uploads, listings or bytes.
package objects
