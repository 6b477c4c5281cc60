package s3call

import (
	"io"
	"time"

	"github.com/transship/transship"
)

// Ref names one version of an object; an empty VersionID is the current one.
type Ref struct {
	Bucket, Key, VersionID string
}

// Attributes are an object's headers that a copy carries over.
type Attributes struct {
	CacheControl       string
	ContentDisposition string
	ContentEncoding    string
	ContentLanguage    string
	ContentType        string
	Expires            string            // as the store sent it
	UserMetadata       map[string]string // names in lower case, without x-amz-meta-
	StorageClass       string            // empty: STANDARD
	SSE                string            // x-amz-server-side-encryption: AES256, aws:kms, empty
	SSEKMSKeyID        string
	BucketKeyEnabled   bool
	RedirectLocation   string
	LegalHold          string // ON, OFF, empty
	LockMode           string
	RetainUntil        *time.Time
}

// Head is the answer of HeadObject, and the headers of GetObject.
type Head struct {
	Attributes
	Size         int64  // bytes of the whole object
	ETag         string // without quotes
	LastModified time.Time
	VersionID    string
	DeleteMarker bool
	TagCount     int // x-amz-tagging-count; 0 when absent
	Checksums    []transship.Checksum
	Date         time.Time // the store's clock
}

// Get asks for an object or a range of it.
type Get struct {
	Ref
	IfMatch       string // ETag without quotes; unmet: HTTP 412
	First, Length int64  // bytes; Length 0: the whole object
	RequesterPays bool
	ExpectedOwner string // x-amz-expected-bucket-owner
	Checksum      bool   // ask for stored checksums
}

// Body is an open object. The reader must be closed; it fails when fewer bytes
// come than were promised.
type Body struct {
	io.ReadCloser
	Head
	Length int64 // bytes that will come
}

// Put writes an object in one request. Body is read once.
type Put struct {
	Bucket, Key string
	Attributes
	Body              io.Reader
	Size              int64
	Tags              []transship.Tag
	ACL               string
	Grants            []transship.Grant
	ChecksumAlgorithm string // empty: CRC32 is sent
	IfNoneMatch       bool   // If-None-Match: *
	ExpectedOwner     string
}

// Written is what the store says of a new object or part.
type Written struct {
	ETag      string
	VersionID string
	Checksum  transship.Checksum
}
