package call

import (
	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/request"
	"github.com/transship/transship/internal/lab/s3/store"
)

// Source is what a copy reads.
type Source struct {
	request.CopySource
	Record  *store.Bucket
	Version *store.Version
}

// CopySource finds the source, asks for it and evaluates its conditions. tags:
// they are taken along.
func (c *Call) CopySource(tags bool) (Source, error) {
	var src Source
	var err error
	if src.CopySource, err = request.ParseCopySource(c.Header.Get("X-Amz-Copy-Source")); err != nil {
		return src, err
	}
	b, ab, err := c.LookUp(src.Bucket)
	if err != nil {
		return src, err
	}
	src.Record = b
	if err := ExpectOwner(c.Header.Get("X-Amz-Source-Expected-Bucket-Owner"), b); err != nil {
		return src, err
	}
	v, err := c.Readable(src.Target, ab, src.VersionID, access.ReadObject(src.VersionID != ""))
	if err != nil {
		if f := reply.From(err); f.Code == "MethodNotAllowed" {
			return src, reply.Say("InvalidRequest", "The source of a copy request may not specifically refer to a delete marker by version id.")
		}
		return src, err
	}
	src.Version = &v
	if tags && len(v.Tags) > 0 { // AM-142
		if err := c.May(Question{Action: access.ReadTags(src.VersionID != ""), Bucket: ab, Key: src.Key, Object: &v}); err != nil {
			return src, err
		}
	}
	if err := request.ParseConditions(c.Header, "X-Amz-Copy-Source-").Check(v.ETag, v.Modified); err != nil {
		return src, err
	}
	if request.Archived(v.StorageClass) {
		return src, reply.Say("ObjectNotInActiveTierError", "The source object of the COPY action is not in the active tier and is only stored in Amazon S3 Glacier.")
	}
	return src, nil
}

// TooLargeToCopy is AM-144.
func (c *Call) TooLargeToCopy() error {
	return reply.Say("InvalidRequest", "The specified copy source is larger than the maximum allowable size for a copy source: "+Itoa(c.CopyLimit))
}
