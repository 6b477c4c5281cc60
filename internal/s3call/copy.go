package s3call

import (
	"io"
	"time"

	"github.com/transship/transship"
)

// Copy is CopyObject.
type Copy struct {
	Source Ref
	Bucket string // destination
	Key    string

	MetadataDirective string // empty: COPY
	Attributes               // StorageClass, SSE*, lock always; the rest with REPLACE
	TaggingDirective  string // empty: COPY
	Tags              []transship.Tag
	ACL               string
	Grants            []transship.Grant
	ChecksumAlgorithm string

	SourceIfMatch         string
	SourceModifiedSince   *time.Time
	SourceUnmodifiedSince *time.Time
	IfNoneMatch           bool
	RequesterPays         bool
	ExpectedOwner         string // of the destination
	ExpectedSourceOwner   string
}

// Copied is the answer of CopyObject.
type Copied struct {
	Written
	LastModified    time.Time
	SourceVersionID string
}

// CreateUpload is CreateMultipartUpload.
type CreateUpload struct {
	Bucket, Key string
	Attributes
	Tags              []transship.Tag
	ACL               string
	Grants            []transship.Grant
	ChecksumAlgorithm string
	ChecksumType      string
	RequesterPays     bool
}

// Upload names a multipart upload.
type Upload struct {
	Bucket, Key, ID string
}

// PartCopy is UploadPartCopy: bytes First to First+Length-1 of the source.
type PartCopy struct {
	Upload
	Number        int // 1 to 10,000
	Source        Ref
	First, Length int64
	SourceIfMatch string
	RequesterPays bool
}

// PutPart is UploadPart. Body is read once.
type PutPart struct {
	Upload
	Number            int // 1 to 10,000
	Body              io.Reader
	Size              int64
	ChecksumAlgorithm string // as in CreateUpload; empty: no checksum is sent
}

// Part is a finished part.
type Part struct {
	Number int
	Written
	Size int64
}

// CompleteUpload is CompleteMultipartUpload.
type CompleteUpload struct {
	Upload
	Parts       []Part
	IfNoneMatch bool
}

// PendingUpload is one line of ListMultipartUploads.
type PendingUpload struct {
	Upload
	Initiated time.Time
}
