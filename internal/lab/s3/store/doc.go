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
// Config.Inline bytes lie in Pebble beside their record. The
// form of records is package record's.
package store
