package transship

import (
	"fmt"
	"strings"
	"time"
)

// NullVersion is the version id of an object that was written while its bucket
// had no versioning.
const NullVersion = "null"

// Object is one version of one object as a listing, a HEAD or an inventory
// shows it. Fields that the source of the knowledge does not give stay zero.
type Object struct {
	Bucket         string
	Key            string // UTF-8, decoded, at most 1,024 bytes
	VersionID      string // empty: the current one, whichever it is
	IsLatest       bool
	IsDeleteMarker bool
	Size           int64  // bytes
	ETag           string // without quotes
	LastModified   time.Time
	StorageClass   string // empty means STANDARD
	Checksum       Checksum
	Owner          string // canonical id
}

// Checksum is one of S3's additional checksums: its algorithm as the API
// spells it (CRC32, CRC32C, CRC64NVME, SHA1, SHA256), its value in base64 (a
// composite one ends in "-N") and its type, FULL_OBJECT or COMPOSITE.
type Checksum struct {
	Algorithm string
	Value     string
	Type      string
}

// BucketARN is the ARN of a bucket in the partition aws.
func BucketARN(bucket string) string { return "arn:aws:s3:::" + bucket }

// BucketFromARN is the bucket's name in a bucket ARN.
func BucketFromARN(arn string) (string, error) {
	name, ok := s3Resource(arn)
	if !ok || name == "" || strings.ContainsRune(name, '/') {
		return "", &Error{Code: Invalid, Message: fmt.Sprintf("%q is not a bucket ARN (arn:aws:s3:::BUCKET)", arn)}
	}
	return name, nil
}

// ObjectFromARN splits an object ARN into bucket and key. A key may hold
// colons and slashes (AM-60).
func ObjectFromARN(arn string) (bucket, key string, err error) {
	name, ok := s3Resource(arn)
	bucket, key, found := strings.Cut(name, "/")
	if !ok || !found || bucket == "" || key == "" {
		return "", "", &Error{Code: Invalid, Message: fmt.Sprintf("%q is not an object ARN (arn:aws:s3:::BUCKET/KEY)", arn)}
	}
	return bucket, key, nil
}

func s3Resource(arn string) (string, bool) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[1] == "" || parts[2] != "s3" {
		return "", false
	}
	return parts[5], true
}
