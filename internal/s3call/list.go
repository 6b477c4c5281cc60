package s3call

import "github.com/transship/transship"

// List is ListObjectsV2. Keys are asked for with encoding-type=url and given
// back decoded.
type List struct {
	Bucket, Prefix, Delimiter string
	StartAfter                string
	Token                     string // of the page before
	MaxKeys                   int    // 0: the store's default
	RequesterPays             bool
}

// Page is one answer of ListObjectsV2 or ListObjectVersions.
type Page struct {
	Objects   []transship.Object
	Prefixes  []string
	Truncated bool
	Token     string // ListObjectsV2: token of the next page

	NextKeyMarker, NextVersionMarker string // ListObjectVersions
}

// ListVersions is ListObjectVersions: versions and delete markers in the order
// of the answer (UTF-8 binary by key, newest first within a key).
type ListVersions struct {
	Bucket, Prefix, Delimiter string
	KeyMarker, VersionMarker  string
	MaxKeys                   int
	RequesterPays             bool
}
