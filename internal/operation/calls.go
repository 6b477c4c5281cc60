package operation

import (
	"context"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// Source is what a copy asks of the side that is read. With a server-side copy
// it is the same client as the destination: one credential reads and writes.
type Source interface {
	HeadObject(context.Context, s3call.Get) (s3call.Head, error)
	GetObject(context.Context, s3call.Get) (*s3call.Body, error)
	GetObjectTagging(context.Context, s3call.Ref) ([]transship.Tag, error)
	ListObjectVersions(context.Context, s3call.ListVersions) (s3call.Page, error)
}

// Destination is what a copy asks of the side that is written. A client makes
// each call once; the attempts are this package's.
type Destination interface {
	HeadObject(context.Context, s3call.Get) (s3call.Head, error)
	ListObjectVersions(context.Context, s3call.ListVersions) (s3call.Page, error)
	CopyObject(context.Context, s3call.Copy) (s3call.Copied, error)
	PutObject(context.Context, s3call.Put) (s3call.Written, error)
	CreateMultipartUpload(context.Context, s3call.CreateUpload) (s3call.Upload, error)
	UploadPartCopy(context.Context, s3call.PartCopy) (s3call.Part, error)
	UploadPart(context.Context, s3call.PutPart) (s3call.Part, error)
	CompleteMultipartUpload(context.Context, s3call.CompleteUpload) (s3call.Written, error)
	AbortMultipartUpload(context.Context, s3call.Upload) error
}

// Uploads remembers multipart uploads beyond the life of this process, so that
// [SweepUploads] finds those which a crash left open. Began is called without an
// id before the store is asked for an upload, and again with the id as soon as
// the store has named it and before any part; its error ends the upload. Ended
// is called, for each of the two, once nothing is left to be swept.
type Uploads interface {
	Began(context.Context, s3call.Upload) error
	Ended(context.Context, s3call.Upload) error
}
