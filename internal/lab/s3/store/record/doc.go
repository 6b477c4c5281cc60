// Package record is the form of what the lab's S3 keeps in Pebble: buckets,
// versions, uploads and parts as values, and the keys under which they lie.
//
// It owns the encoding of both. The order of keys is that of listings: UTF-8
// binary by object key, the newest version first. A record that was written by
// a later program is read without the fields that are not known. It reads and
// writes nothing itself.
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
package record
