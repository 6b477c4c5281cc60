package s3wire

import (
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/xml"
	"strings"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
	"github.com/transship/transship/internal/s3wire/answer"
	"github.com/transship/transship/internal/s3wire/transport"
)

// GetObjectTagging lists an object's tags, in the order of the answer.
func (c *Client) GetObjectTagging(ctx context.Context, r s3call.Ref) ([]transship.Tag, error) {
	var out []transship.Tag
	q := &call{Call: answer.Call{Op: "GetObjectTagging", Bucket: r.Bucket, Key: r.Key, Read: true}, method: "GET"}
	q.param("tagging", "")
	if r.VersionID != "" {
		q.param("versionId", r.VersionID)
	}
	// Seen at gofakes3 1.2: a store that does not know tags answers with the
	// object. A list of tags has no ETag.
	q.other = func(h *transport.Header) error {
		if len(h.Peek("etag")) == 0 || len(h.Peek("last-modified")) == 0 {
			return nil
		}
		return &transship.Error{Code: transship.Unsupported, Op: q.Op, Bucket: q.Bucket, Key: q.Key, S3Code: "NotImplemented", Status: 501,
			Message: "the store answers with the object: it does not know tags"}
	}
	q.answer = func(_ *transport.Header, body []byte) error {
		var err error
		out, err = q.Tags(body)
		return err
	}
	if err := q.check(true); err != nil {
		return nil, err
	}
	err := c.do(ctx, q)
	return out, err
}

// PutObjectTagging replaces all tags of an object.
func (c *Client) PutObjectTagging(ctx context.Context, r s3call.Ref, tags []transship.Tag) error {
	q := &call{Call: answer.Call{Op: "PutObjectTagging", Bucket: r.Bucket, Key: r.Key}, method: "PUT"}
	q.param("tagging", "")
	if r.VersionID != "" {
		q.param("versionId", r.VersionID)
	}
	var b strings.Builder
	b.WriteString(`<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet>`)
	for _, t := range tags {
		b.WriteString("<Tag><Key>")
		xml.EscapeText(&b, []byte(t.Key))
		b.WriteString("</Key><Value>")
		xml.EscapeText(&b, []byte(t.Value))
		b.WriteString("</Value></Tag>")
	}
	b.WriteString("</TagSet></Tagging>")
	q.body = []byte(b.String())
	sum := md5.Sum(q.body)
	q.header("content-md5", base64.StdEncoding.EncodeToString(sum[:]))
	q.header("content-type", "application/xml")
	if err := q.check(true); err != nil {
		return err
	}
	return c.do(ctx, q)
}
