package s3wire

import (
	"context"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"

	"github.com/transship/transship/internal/s3call"
	"github.com/transship/transship/internal/s3wire/answer"
	"github.com/transship/transship/internal/s3wire/transport"
)

// CreateMultipartUpload begins an upload.
func (c *Client) CreateMultipartUpload(ctx context.Context, p s3call.CreateUpload) (s3call.Upload, error) {
	out := s3call.Upload{Bucket: p.Bucket, Key: p.Key}
	q := &call{Call: answer.Call{Op: "CreateMultipartUpload", Bucket: p.Bucket, Key: p.Key}, method: "POST"}
	q.param("uploads", "")
	q.attributes(&p.Attributes)
	if err := q.access(p.ACL, p.Grants); err != nil {
		return out, err
	}
	q.header("x-amz-tagging", encodeTags(p.Tags))
	q.header("x-amz-checksum-algorithm", p.ChecksumAlgorithm)
	q.header("x-amz-checksum-type", p.ChecksumType)
	q.flag("x-amz-request-payer", p.RequesterPays, "requester")
	q.answer = func(_ *transport.Header, body []byte) error {
		var err error
		out.ID, err = q.UploadID(body)
		return err
	}
	if err := q.check(true); err != nil {
		return out, err
	}
	err := c.do(ctx, q)
	return out, err
}

func (q *call) part(u s3call.Upload, number int) {
	q.param("partNumber", strconv.Itoa(number))
	q.param("uploadId", u.ID)
}

// UploadPart writes a part, in the forms that PutObject has, but with a
// checksum only where an algorithm is named: S3 refuses one that the upload
// was not begun with.
func (c *Client) UploadPart(ctx context.Context, p s3call.PutPart) (s3call.Part, error) {
	out := s3call.Part{Number: p.Number, Size: p.Size}
	q := &call{Call: answer.Call{Op: "UploadPart", Bucket: p.Bucket, Key: p.Key}, method: "PUT"}
	q.part(p.Upload, p.Number)
	q.answer = func(h *transport.Header, _ []byte) error { out.Written = answer.Written(h); return nil }
	if err := q.check(true); err != nil {
		return out, err
	}
	if err := q.payload(c.payloads, p.Body, p.Size, p.ChecksumAlgorithm, ""); err != nil {
		return out, err
	}
	err := c.do(ctx, q)
	return out, err
}

// UploadPartCopy copies a range into a part. The same holds for its answer as
// for CopyObject's.
func (c *Client) UploadPartCopy(ctx context.Context, p s3call.PartCopy) (s3call.Part, error) {
	out := s3call.Part{Number: p.Number, Size: p.Length}
	q := &call{Call: answer.Call{Op: "UploadPartCopy", Bucket: p.Bucket, Key: p.Key}, method: "PUT", long: true}
	if p.Source.Bucket == "" || p.Source.Key == "" || p.Length <= 0 || p.First < 0 {
		return out, q.Invalid("the source has no bucket, no key or no bytes")
	}
	q.part(p.Upload, p.Number)
	q.header("x-amz-copy-source", copySource(p.Source))
	q.header("x-amz-copy-source-range", fmt.Sprintf("bytes=%d-%d", p.First, p.First+p.Length-1))
	q.header("x-amz-copy-source-if-match", quoted(p.SourceIfMatch))
	q.flag("x-amz-request-payer", p.RequesterPays, "requester")
	q.answer = func(h *transport.Header, body []byte) error {
		out.Written = s3call.Written{VersionID: string(h.Peek("x-amz-copy-source-version-id"))}
		return q.Copied(body, "CopyPartResult", &out.Written, nil)
	}
	if err := q.check(true); err != nil {
		return out, err
	}
	err := c.do(ctx, q)
	return out, err
}

// CompleteMultipartUpload makes the object of its parts, in the order given.
func (c *Client) CompleteMultipartUpload(ctx context.Context, p s3call.CompleteUpload) (s3call.Written, error) {
	var out s3call.Written
	q := &call{Call: answer.Call{Op: "CompleteMultipartUpload", Bucket: p.Bucket, Key: p.Key}, method: "POST", long: true}
	q.param("uploadId", p.ID)
	q.header("content-type", "application/xml")
	q.flag("if-none-match", p.IfNoneMatch, "*")
	q.body = completion(p.Parts)
	q.answer = func(h *transport.Header, body []byte) error {
		out = answer.Written(h)
		return q.Copied(body, "CompleteMultipartUploadResult", &out, nil)
	}
	if err := q.check(true); err != nil {
		return out, err
	}
	err := c.do(ctx, q)
	return out, err
}

// completion is the document that lists the parts.
func completion(parts []s3call.Part) []byte {
	var b strings.Builder
	b.WriteString(`<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`)
	for _, p := range parts {
		fmt.Fprintf(&b, "<Part><PartNumber>%d</PartNumber><ETag>&quot;", p.Number)
		xml.EscapeText(&b, []byte(p.ETag))
		b.WriteString("&quot;</ETag>")
		if p.Checksum.Value != "" {
			name := "Checksum" + p.Checksum.Algorithm
			b.WriteString("<" + name + ">")
			xml.EscapeText(&b, []byte(p.Checksum.Value))
			b.WriteString("</" + name + ">")
		}
		b.WriteString("</Part>")
	}
	b.WriteString("</CompleteMultipartUpload>")
	return []byte(b.String())
}

// AbortMultipartUpload gives an upload up. One that is not there any more is
// code NotFound, S3Code NoSuchUpload.
func (c *Client) AbortMultipartUpload(ctx context.Context, u s3call.Upload) error {
	q := &call{Call: answer.Call{Op: "AbortMultipartUpload", Bucket: u.Bucket, Key: u.Key}, method: "DELETE"}
	q.param("uploadId", u.ID)
	if err := q.check(true); err != nil {
		return err
	}
	return c.do(ctx, q)
}
