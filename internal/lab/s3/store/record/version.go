package record

import (
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// Version is one version of an object, or a delete marker.
type Version struct {
	Bucket, Key string
	ID          string // [transship.NullVersion] or an [ID]'s text
	Marker      bool   // a delete marker
	Latest      bool   // filled in by readers; not stored

	Size         int64  // bytes
	ETag         string // without quotes
	Modified     time.Time
	Owner        string // account id of the writer; empty: written by nobody known
	StorageClass string // empty: STANDARD
	ChecksumAlgo string // for listings; empty: none
	ChecksumType string

	Detail // not filled in by listings

	Sequence uint64 // its place in the order of versions; in the key, not in the record
}

// Detail is what a version has beyond what listings show.
type Detail struct {
	Attributes s3call.Attributes // StorageClass in it is not used
	Checksum   string            // value of the checksum, as clients see it
	Tags       []transship.Tag
	ACL        string // canned ACL the writer sent; empty: private
	Parts      []PartSize
	Segments   []Segment
}

// PartSize is a part of a completed multipart upload.
type PartSize struct {
	Number   int
	Size     int64
	Checksum string
}

// Segment is a piece of a body, in order.
type Segment struct {
	ID     BodyID
	Size   int64
	Inline bool // lies in Pebble, not in a file
}

// Bucket is a bucket and its settings.
type Bucket struct {
	Name       string
	Owner      string // account id
	Region     string
	Created    time.Time
	Ownership  string // BucketOwnerEnforced, BucketOwnerPreferred, ObjectWriter; empty: none set (AM-162)
	Versioning string // Enabled, Suspended; empty: never set
	Policy     []byte // as it was put; nil: none
}

// Upload is a multipart upload that is neither completed nor aborted.
type Upload struct {
	Bucket, Key  string
	ID           ID
	Initiated    time.Time
	Owner        string // account id the object will belong to
	Initiator    string // ARN
	StorageClass string
	ChecksumAlgo string
	ChecksumType string
	Detail       // Attributes, Tags and ACL of the object to be
}

// Part is one part of an upload.
type Part struct {
	Number   int
	Size     int64
	ETag     string
	Modified time.Time
	Checksum transship.Checksum // of the upload's algorithm; empty value: none known
	Segments []Segment
}
