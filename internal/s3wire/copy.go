package s3wire

import (
	"context"
	"time"

	"github.com/transship/transship/internal/s3call"
	"github.com/transship/transship/internal/s3wire/answer"
	"github.com/transship/transship/internal/s3wire/transport"
)

// CopyObject copies within the store. An error inside an answer that began
// with status 200 is an error; an answer that breaks off is one whose outcome
// is unknown (code Unavailable, Status 0).
func (c *Client) CopyObject(ctx context.Context, p s3call.Copy) (s3call.Copied, error) {
	var out s3call.Copied
	q := &call{Call: answer.Call{Op: "CopyObject", Bucket: p.Bucket, Key: p.Key}, method: "PUT", long: true}
	if p.Source.Bucket == "" || p.Source.Key == "" {
		return out, q.Invalid("the source has no bucket or no key")
	}
	q.header("x-amz-copy-source", copySource(p.Source))
	q.header("x-amz-metadata-directive", p.MetadataDirective)
	q.header("x-amz-tagging-directive", p.TaggingDirective)
	q.header("x-amz-tagging", encodeTags(p.Tags))
	q.attributes(&p.Attributes)
	if err := q.access(p.ACL, p.Grants); err != nil {
		return out, err
	}
	q.header("x-amz-checksum-algorithm", p.ChecksumAlgorithm)
	q.header("x-amz-copy-source-if-match", quoted(p.SourceIfMatch))
	q.when("x-amz-copy-source-if-modified-since", p.SourceModifiedSince)
	q.when("x-amz-copy-source-if-unmodified-since", p.SourceUnmodifiedSince)
	q.flag("if-none-match", p.IfNoneMatch, "*")
	q.flag("x-amz-request-payer", p.RequesterPays, "requester")
	q.header("x-amz-expected-bucket-owner", p.ExpectedOwner)
	q.header("x-amz-source-expected-bucket-owner", p.ExpectedSourceOwner)
	q.answer = func(h *transport.Header, body []byte) error {
		out = s3call.Copied{Written: answer.Written(h), SourceVersionID: string(h.Peek("x-amz-copy-source-version-id"))}
		return q.Copied(body, "CopyObjectResult", &out.Written, &out.LastModified)
	}
	if err := q.check(true); err != nil {
		return out, err
	}
	err := c.do(ctx, q)
	return out, err
}

func (q *call) when(name string, t *time.Time) {
	if t != nil {
		q.header(name, t.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"))
	}
}
