package s3wire

import (
	"context"
	"strconv"

	"github.com/transship/transship/internal/s3call"
	"github.com/transship/transship/internal/s3wire/answer"
	"github.com/transship/transship/internal/s3wire/transport"
)

// maxListing bounds a page: 1,000 keys of 1,024 bytes, each three times as
// long when encoded, and what stands around them.
const maxListing = 16 << 20

func (q *call) listing(prefix, delimiter string, max int, pays bool) {
	q.Read, q.limit = true, maxListing
	q.param("encoding-type", "url")
	q.param("prefix", prefix)
	if delimiter != "" {
		q.param("delimiter", delimiter)
	}
	if max > 0 {
		q.param("max-keys", strconv.Itoa(max))
	}
	q.flag("x-amz-request-payer", pays, "requester")
}

// ListObjectsV2 lists one page. A page that breaks off, or is not a listing,
// is an error and never an empty page.
func (c *Client) ListObjectsV2(ctx context.Context, l s3call.List) (s3call.Page, error) {
	q := &call{Call: answer.Call{Op: "ListObjectsV2", Bucket: l.Bucket}, method: "GET"}
	q.listing(l.Prefix, l.Delimiter, l.MaxKeys, l.RequesterPays)
	q.param("list-type", "2")
	if l.StartAfter != "" {
		q.param("start-after", l.StartAfter)
	}
	if l.Token != "" {
		q.param("continuation-token", l.Token)
	}
	return c.page(ctx, q, "ListBucketResult")
}

// ListObjectVersions lists one page of versions and delete markers, in the
// order of the answer.
func (c *Client) ListObjectVersions(ctx context.Context, l s3call.ListVersions) (s3call.Page, error) {
	q := &call{Call: answer.Call{Op: "ListObjectVersions", Bucket: l.Bucket}, method: "GET"}
	q.listing(l.Prefix, l.Delimiter, l.MaxKeys, l.RequesterPays)
	q.param("versions", "")
	if l.KeyMarker != "" {
		q.param("key-marker", l.KeyMarker)
	}
	if l.VersionMarker != "" {
		q.param("version-id-marker", l.VersionMarker)
	}
	return c.page(ctx, q, "ListVersionsResult")
}

// page makes a listing call whose answer has the given root element.
func (c *Client) page(ctx context.Context, q *call, root string) (s3call.Page, error) {
	var out s3call.Page
	q.answer = func(_ *transport.Header, body []byte) error {
		return q.Page(body, root, &out)
	}
	if err := q.check(false); err != nil {
		return out, err
	}
	if err := c.do(ctx, q); err != nil {
		return s3call.Page{}, err
	}
	return out, nil
}
