package s3wire

import (
	"context"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// CopyObject copies within the store. An error inside an answer that began
// with status 200 is an error; an answer that breaks off is one whose outcome
// is unknown (code Unavailable, Status 0).
func (c *Client) CopyObject(ctx context.Context, p s3call.Copy) (s3call.Copied, error) {
	var out s3call.Copied
	q := &call{op: "CopyObject", method: "PUT", bucket: p.Bucket, key: p.Key, long: true}
	if p.Source.Bucket == "" || p.Source.Key == "" {
		return out, q.invalid("the source has no bucket or no key")
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
	q.answer = func(h *fasthttp.ResponseHeader, body []byte) error {
		out = s3call.Copied{Written: readWritten(h), SourceVersionID: string(peek(h, "x-amz-copy-source-version-id"))}
		return q.copied(body, "CopyObjectResult", &out.Written, &out.LastModified)
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

// copied reads the document that ends a copy or a multipart upload.
func (q *call) copied(body []byte, want string, w *s3call.Written, modified *time.Time) error {
	root, kind := "", ""
	err := elements(body, &root, func(parent, name string, text []byte) {
		if parent != want {
			return
		}
		switch name {
		case "ETag":
			w.ETag = unquoted(string(text))
		case "LastModified":
			if modified != nil {
				*modified = isoTime(text)
			}
		case "ChecksumType":
			kind = string(text)
		default:
			if alg, ok := strings.CutPrefix(name, "Checksum"); ok && len(text) > 0 {
				if c, ok := readChecksum("x-amz-checksum-"+strings.ToLower(alg), string(text)); ok {
					w.Checksum = c
				}
			}
		}
	})
	if err == nil && root == "Error" {
		if inside := q.inside(body); inside != nil {
			return inside
		}
	}
	if err != nil || root != want || w.ETag == "" {
		return &transship.Error{Code: transship.Unavailable, Op: q.op, Bucket: q.bucket, Key: q.key,
			Message: "the store's answer is not a whole " + want + "; whether the object was written is not known"}
	}
	if w.Checksum.Value != "" {
		w.Checksum.Type = checksumType(w.Checksum.Value, kind)
	}
	return nil
}
