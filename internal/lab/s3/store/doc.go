// Package store keeps the objects of the lab's S3: buckets, versions, uploads
// and parts as records in Pebble, bodies as files.
//
// It owns what lies in its data folder and the promise that a write which was
// answered survives kill -9 and loss of power: the body's file is written and
// synced, renamed into place and its folder synced; only then the record is
// committed with a synced log. A file without a record is an orphan and is
// removed at the next start; a record without its file is damage and is
// reported, never repaired by forgetting.
//
// It does not own HTTP, XML, signatures or who may do what. No key of an
// object ever becomes a path: files are named by random ids. Bodies of at most
// Config.Inline bytes lie in Pebble beside their record.
//
// Records, by the first byte of their key (keys.go):
//
//	b bucket                                  the bucket
//	o bucket NUL key NUL SOH ^sequence        a version, the newest of a key first
//	u bucket NUL key NUL SOH sequence         a multipart upload, the oldest first
//	p upload-id number                        a part
//	i body-id                                 a small body
//	r body-id                                 how many versions share a body's file
//	s name                                    settings of the store itself
//
// A key's NUL is written NUL 0xFF, so that the order of records is the UTF-8
// binary order of keys.
package store
