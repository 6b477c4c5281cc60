package s3wire

import (
	"context"
	"encoding/xml"
	"strconv"
	"strings"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
	"github.com/transship/transship/internal/s3wire/answer"
	"github.com/transship/transship/internal/s3wire/transport"
)

// HeadBucket asks whether a bucket is there and may be looked at. region is
// empty where the store does not say.
func (c *Client) HeadBucket(ctx context.Context, bucket string) (region string, err error) {
	q := &call{Call: answer.Call{Op: "HeadBucket", Bucket: bucket, Read: true}, method: "HEAD"}
	q.answer = func(h *transport.Header, _ []byte) error {
		region = string(h.Peek("x-amz-bucket-region"))
		return nil
	}
	q.failed = func(h *transport.Header) { region = string(h.Peek("x-amz-bucket-region")) }
	if err := q.check(false); err != nil {
		return "", err
	}
	err = c.do(ctx, q)
	return region, err
}

// CreateBucket makes a bucket in the client's Region. One that is there
// already is code Conflict, with S3Code BucketAlreadyOwnedByYou where it is
// the caller's own.
func (c *Client) CreateBucket(ctx context.Context, bucket string) error {
	q := &call{Call: answer.Call{Op: "CreateBucket", Bucket: bucket}, method: "PUT"}
	if region := c.cfg.Region; region != "us-east-1" {
		var b strings.Builder
		b.WriteString(`<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>`)
		xml.EscapeText(&b, []byte(region))
		b.WriteString(`</LocationConstraint></CreateBucketConfiguration>`)
		q.body = []byte(b.String())
	}
	if err := q.check(false); err != nil {
		return err
	}
	return c.do(ctx, q)
}

// GetBucketVersioning is Enabled, Suspended, or empty for a bucket that never
// had versioning.
func (c *Client) GetBucketVersioning(ctx context.Context, bucket string) (status string, err error) {
	q := &call{Call: answer.Call{Op: "GetBucketVersioning", Bucket: bucket, Read: true}, method: "GET"}
	q.param("versioning", "")
	q.answer = func(_ *transport.Header, body []byte) error {
		var err error
		status, err = q.Versioning(body)
		return err
	}
	if err := q.check(false); err != nil {
		return "", err
	}
	err = c.do(ctx, q)
	return status, err
}

// ListMultipartUploads lists all uploads under a prefix that are neither
// completed nor aborted, page after page. More than limit are an error.
func (c *Client) ListMultipartUploads(ctx context.Context, bucket, prefix string, limit int) ([]s3call.PendingUpload, error) {
	var out []s3call.PendingUpload
	key, id := "", ""
	for {
		page, next, err := c.uploads(ctx, bucket, prefix, key, id)
		if err != nil {
			return nil, err
		}
		if out = append(out, page...); len(out) > limit {
			return nil, &transship.Error{Code: transship.Invalid, Op: "ListMultipartUploads", Bucket: bucket, Key: prefix,
				Message: "there are more than " + strconv.Itoa(limit) + " open uploads"}
		}
		if next == (s3call.Upload{}) {
			return out, nil
		}
		if next.Key == key && next.ID == id {
			return nil, &transship.Error{Code: transship.Damaged, Op: "ListMultipartUploads", Bucket: bucket, Key: prefix,
				Message: "the store's listing does not go on"}
		}
		key, id = next.Key, next.ID
	}
}

// uploads is one page; next is zero after the last one.
func (c *Client) uploads(ctx context.Context, bucket, prefix, key, id string) (page []s3call.PendingUpload, next s3call.Upload, err error) {
	q := &call{Call: answer.Call{Op: "ListMultipartUploads", Bucket: bucket, Read: true}, method: "GET", limit: maxListing}
	q.param("uploads", "")
	q.param("encoding-type", "url")
	q.param("prefix", prefix)
	if key != "" {
		q.param("key-marker", key)
		q.param("upload-id-marker", id)
	}
	q.answer = func(_ *transport.Header, body []byte) error {
		var err error
		page, next, err = q.Uploads(body)
		return err
	}
	if err := q.check(false); err != nil {
		return nil, next, err
	}
	err = c.do(ctx, q)
	return page, next, err
}
