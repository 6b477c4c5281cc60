package store

import "github.com/transship/transship/internal/lab/s3/store/record"

// What is stored, see package record.
type (
	Version  = record.Version
	Detail   = record.Detail
	PartSize = record.PartSize
	Segment  = record.Segment
	Bucket   = record.Bucket
	Upload   = record.Upload
	Part     = record.Part
	ID       = record.ID
	BodyID   = record.BodyID
)
