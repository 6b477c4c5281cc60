package verify

import (
	"slices"
	"strings"
	"time"
)

// Kind is what differs.
type Kind string

// The kinds of differences.
const (
	Missing  Kind = "missing"  // at the destination
	Extra    Kind = "extra"    // only at the destination
	Size     Kind = "size"     // bytes
	ETag     Kind = "etag"     // comparable ETags that differ
	Checksum Kind = "checksum" // a checksum of the whole object
	Metadata Kind = "metadata" // user metadata
	Headers  Kind = "headers"  // Content-Type, Cache-Control and the like
	Tags     Kind = "tags"
	Bytes    Kind = "bytes"   // both were read
	Changed  Kind = "changed" // while the comparison ran
)

// Result is the outcome of a comparison. It is written as JSON; readers ignore
// fields that they do not know.
type Result struct {
	Level       Level  `json:"level"`
	Source      Totals `json:"source"`
	Destination Totals `json:"destination"`

	Same int64 `json:"same"` // objects on both sides without any difference

	// Differences by kind; an object can have several.
	Differences map[Kind]*Found `json:"differences"`
	// NotComparable by reason: objects of equal size of which the rest could
	// not be settled.
	NotComparable map[string]*Found `json:"notComparable"`

	// What was read because nothing else settled it: pairs of objects, and the
	// bytes of both.
	ReadObjects int64 `json:"readObjects"`
	ReadBytes   int64 `json:"readBytes"`

	// The listings were made between these two times; what changed in
	// between may be seen or not.
	Began time.Time `json:"began"`
	Ended time.Time `json:"ended"`
}

// Totals sums up one side.
type Totals struct {
	Bucket  string `json:"bucket"`
	Prefix  string `json:"prefix,omitempty"`
	Objects int64  `json:"objects"`
	Bytes   int64  `json:"bytes"`
	// Digests are SHA-256 in hexadecimal over all objects in order of keys,
	// each as the length of its key (4 bytes, big endian), its key without the
	// prefix and its size (8 bytes, big endian); ContentDigest has the length
	// (4 bytes) and text of the ETag behind. The first is equal on both sides
	// of an equal pair, the second only where ETags are.
	Digest        string `json:"digest"`
	ContentDigest string `json:"contentDigest"`
}

// Found counts, and shows the first of what was found, in order of keys.
type Found struct {
	Count    int64     `json:"count"`
	Examples []Example `json:"examples"`
}

// Example is one object. Key is without the sides' prefixes.
type Example struct {
	Key         string `json:"key"`
	Source      string `json:"source,omitempty"`      // what the source has
	Destination string `json:"destination,omitempty"` // what the destination has
}

// Equal reports whether both sides were proved to hold the same.
func (r *Result) Equal() bool { return len(r.Differences) == 0 && len(r.NotComparable) == 0 }

// add counts e and keeps the first examples by key, in whatever order they come.
func (f *Found) add(e Example, keep int) {
	f.Count++
	at, _ := slices.BinarySearchFunc(f.Examples, e, func(a, b Example) int { return strings.Compare(a.Key, b.Key) })
	if at >= keep {
		return
	}
	f.Examples = slices.Insert(f.Examples, at, e)
	f.Examples = f.Examples[:min(len(f.Examples), keep)]
}
