package main

import (
	"fmt"
	"strings"
)

// place is a bucket and a prefix in it.
type place struct{ bucket, prefix string }

// parsePlace reads s3://bucket/prefix. The prefix is taken byte for byte: keys
// may hold %, ? and #, so this is no URL. An error is one of usage.
func parsePlace(s string) (place, error) {
	rest, ok := strings.CutPrefix(s, "s3://")
	bucket, prefix, _ := strings.Cut(rest, "/")
	if !ok || bucket == "" {
		return place{}, usageError(fmt.Errorf("%q is no place in S3: write s3://bucket or s3://bucket/prefix", s))
	}
	return place{bucket, prefix}, nil
}

func (p place) String() string {
	if p.prefix == "" {
		return "s3://" + p.bucket
	}
	return "s3://" + p.bucket + "/" + p.prefix
}
