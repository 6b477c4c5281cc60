package s3wire

import (
	"context"
	"encoding/xml"
	"strconv"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// HeadBucket asks whether a bucket is there and may be looked at. region is
// empty where the store does not say.
func (c *Client) HeadBucket(ctx context.Context, bucket string) (region string, err error) {
	q := &call{op: "HeadBucket", method: "HEAD", bucket: bucket, read: true}
	q.answer = func(h *fasthttp.ResponseHeader, _ []byte) error {
		region = string(peek(h, "x-amz-bucket-region"))
		return nil
	}
	q.failed = func(h *fasthttp.ResponseHeader) { region = string(peek(h, "x-amz-bucket-region")) }
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
	q := &call{op: "CreateBucket", method: "PUT", bucket: bucket}
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
	q := &call{op: "GetBucketVersioning", method: "GET", bucket: bucket, read: true}
	q.param("versioning", "")
	q.answer = func(_ *fasthttp.ResponseHeader, body []byte) error {
		status = ""
		return q.document(body, "VersioningConfiguration", func(_, name string, text []byte) error {
			if name == "Status" {
				status = string(text)
			}
			return nil
		})
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
	q := &call{op: "ListMultipartUploads", method: "GET", bucket: bucket, read: true, limit: maxListing}
	q.param("uploads", "")
	q.param("encoding-type", "url")
	q.param("prefix", prefix)
	if key != "" {
		q.param("key-marker", key)
		q.param("upload-id-marker", id)
	}
	const root = "ListMultipartUploadsResult"
	q.answer = func(_ *fasthttp.ResponseHeader, body []byte) error {
		page, next = nil, s3call.Upload{}
		var u s3call.PendingUpload
		truncated, encoded := false, false
		err := q.document(body, root, func(parent, name string, text []byte) error {
			switch {
			case parent == "Upload" && name == "Key":
				u.Key = string(text)
			case parent == "Upload" && name == "UploadId":
				u.ID = string(text)
			case parent == "Upload" && name == "Initiated":
				u.Initiated = isoTime(text)
			case parent == root && name == "Upload":
				u.Bucket = bucket
				page, u = append(page, u), s3call.PendingUpload{}
			case parent == root && name == "NextKeyMarker":
				next.Key = string(text)
			case parent == root && name == "NextUploadIdMarker":
				next.ID = string(text)
			case parent == root && name == "IsTruncated":
				truncated = string(text) == "true"
			case parent == root && name == "EncodingType":
				encoded = string(text) == "url"
			}
			return nil
		})
		if err != nil {
			return err
		}
		if !truncated {
			next = s3call.Upload{}
		} else if next.Key == "" {
			return q.damaged("the store's listing is not complete and does not say where it goes on")
		}
		if encoded {
			for i := range page {
				if page[i].Key, err = decoded(page[i].Key); err != nil {
					return q.damaged("the store's listing holds a key that is not URL-encoded")
				}
			}
			if next.Key, err = decoded(next.Key); err != nil {
				return q.damaged("the store's listing holds a key that is not URL-encoded")
			}
		}
		return nil
	}
	if err := q.check(false); err != nil {
		return nil, next, err
	}
	err = c.do(ctx, q)
	return page, next, err
}
