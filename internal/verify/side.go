package verify

import (
	"context"
	"iter"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// Store is the S3 calls that a comparison makes on one side.
type Store interface {
	HeadObject(context.Context, s3call.Get) (s3call.Head, error)
	GetObjectTagging(context.Context, s3call.Ref) ([]transship.Tag, error)
}

// Side is one of the two that are compared.
type Side struct {
	Bucket string
	// Prefix is taken off the side's keys before they are compared: a copy
	// from s3://a to s3://b/old/ has the prefix "old/" on the second side. A
	// key without it is an error.
	Prefix string
	// Objects are the side's current objects in UTF-8 binary order of keys.
	Objects iter.Seq2[transship.Object, error]
	// Store answers HEAD and tags. Without one, objects whose listing does not
	// settle it are not comparable.
	Store Store
	// Bodies reads objects, for [Verifier.Read].
	Bodies Bodies
}

// Level says how deep a comparison goes.
type Level string

const (
	// ByListing compares keys, sizes and ETags, and asks HEAD for checksums
	// only where ETags differ.
	ByListing Level = "listing"
	// Full asks HEAD and tags of both sides for every object: checksums, user
	// metadata, content headers and tags.
	Full Level = "full"
)
