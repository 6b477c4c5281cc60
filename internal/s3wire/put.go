package s3wire

import (
	"context"

	"github.com/transship/transship/internal/s3call"
	"github.com/transship/transship/internal/s3wire/answer"
	"github.com/transship/transship/internal/s3wire/transport"
)

// PutObject writes an object in one request. Bodies up to 128 KiB are signed
// whole and carry their checksum (CRC32 where none is asked for). Longer ones
// are streamed: with the checksum as a trailer to AWS and where an algorithm
// is asked for, in signed chunks to other stores. The answer's checksum is
// empty where the store keeps none.
func (c *Client) PutObject(ctx context.Context, p s3call.Put) (s3call.Written, error) {
	var out s3call.Written
	q := &call{Call: answer.Call{Op: "PutObject", Bucket: p.Bucket, Key: p.Key}, method: "PUT"}
	q.attributes(&p.Attributes)
	if err := q.access(p.ACL, p.Grants); err != nil {
		return out, err
	}
	q.header("x-amz-tagging", encodeTags(p.Tags))
	q.flag("if-none-match", p.IfNoneMatch, "*")
	q.header("x-amz-expected-bucket-owner", p.ExpectedOwner)
	q.answer = func(h *transport.Header, _ []byte) error { out = answer.Written(h); return nil }
	if err := q.check(true); err != nil {
		return out, err
	}
	if err := q.payload(c.payloads, p.Body, p.Size, p.ChecksumAlgorithm, "CRC32"); err != nil {
		return out, err
	}
	err := c.do(ctx, q)
	return out, err
}

// DeleteObject deletes a version, or sets a delete marker where the bucket has
// versioning and r names none.
func (c *Client) DeleteObject(ctx context.Context, r s3call.Ref) error {
	q := &call{Call: answer.Call{Op: "DeleteObject", Bucket: r.Bucket, Key: r.Key}, method: "DELETE"}
	if r.VersionID != "" {
		q.param("versionId", r.VersionID)
	}
	if err := q.check(true); err != nil {
		return err
	}
	return c.do(ctx, q)
}
