package s3wire

import (
	"bytes"
	"context"
	"strconv"

	"github.com/valyala/fasthttp"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// maxListing bounds a page: 1,000 keys of 1,024 bytes, each three times as
// long when encoded, and what stands around them.
const maxListing = 16 << 20

func (q *call) listing(prefix, delimiter string, max int, pays bool) {
	q.read, q.limit = true, maxListing
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
	var out s3call.Page
	q := &call{op: "ListObjectsV2", method: "GET", bucket: l.Bucket}
	q.listing(l.Prefix, l.Delimiter, l.MaxKeys, l.RequesterPays)
	q.param("list-type", "2")
	if l.StartAfter != "" {
		q.param("start-after", l.StartAfter)
	}
	if l.Token != "" {
		q.param("continuation-token", l.Token)
	}
	q.answer = func(_ *fasthttp.ResponseHeader, body []byte) error {
		return q.page(body, "ListBucketResult", &out)
	}
	if err := q.check(false); err != nil {
		return out, err
	}
	if err := c.do(ctx, q); err != nil {
		return s3call.Page{}, err
	}
	return out, nil
}

// ListObjectVersions lists one page of versions and delete markers, in the
// order of the answer.
func (c *Client) ListObjectVersions(ctx context.Context, l s3call.ListVersions) (s3call.Page, error) {
	var out s3call.Page
	q := &call{op: "ListObjectVersions", method: "GET", bucket: l.Bucket}
	q.listing(l.Prefix, l.Delimiter, l.MaxKeys, l.RequesterPays)
	q.param("versions", "")
	if l.KeyMarker != "" {
		q.param("key-marker", l.KeyMarker)
	}
	if l.VersionMarker != "" {
		q.param("version-id-marker", l.VersionMarker)
	}
	q.answer = func(_ *fasthttp.ResponseHeader, body []byte) error {
		return q.page(body, "ListVersionsResult", &out)
	}
	if err := q.check(false); err != nil {
		return out, err
	}
	if err := c.do(ctx, q); err != nil {
		return s3call.Page{}, err
	}
	return out, nil
}

// page reads both kinds of listing.
func (q *call) page(body []byte, root string, out *s3call.Page) error {
	*out = s3call.Page{}
	encoded := false
	o := transship.Object{Bucket: q.bucket}
	truncated := ""
	err := q.document(body, root, func(parent, name string, text []byte) error {
		switch parent {
		case root:
			switch name {
			case "Contents", "Version", "DeleteMarker":
				if o.Key == "" {
					return errXML
				}
				o.IsDeleteMarker = name == "DeleteMarker"
				if out.Objects == nil {
					out.Objects = make([]transship.Object, 0, 1000)
				}
				out.Objects = append(out.Objects, o)
				o = transship.Object{Bucket: q.bucket}
			case "IsTruncated":
				truncated = string(text)
			case "NextContinuationToken":
				out.Token = string(text)
			case "NextKeyMarker":
				out.NextKeyMarker = string(text)
			case "NextVersionIdMarker":
				out.NextVersionMarker = string(text)
			case "EncodingType":
				encoded = string(text) == "url"
			}
		case "CommonPrefixes":
			if name == "Prefix" {
				out.Prefixes = append(out.Prefixes, string(text))
			}
		case "Contents", "Version", "DeleteMarker":
			return field(&o, name, text)
		case "Owner":
			if name == "ID" {
				o.Owner = string(text)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	out.Truncated = truncated == "true"
	if truncated != "true" && truncated != "false" {
		return q.damaged("the store's listing does not say whether it is complete")
	}
	if root == "ListBucketResult" && out.Truncated && out.Token == "" || root == "ListVersionsResult" && out.Truncated && out.NextKeyMarker == "" {
		return q.damaged("the store's listing is not complete and does not say where it goes on")
	}
	if encoded {
		return q.decode(out)
	}
	return nil
}

// field sets one field of a listed object.
func field(o *transship.Object, name string, text []byte) error {
	switch name {
	case "Key":
		o.Key = string(text)
	case "VersionId":
		o.VersionID = string(text)
	case "IsLatest":
		o.IsLatest = string(text) == "true"
	case "LastModified":
		o.LastModified = isoTime(text)
	case "ETag":
		o.ETag = string(bytes.Trim(text, `"`))
	case "Size":
		n, err := strconv.ParseInt(string(text), 10, 64)
		if err != nil || n < 0 {
			return errXML
		}
		o.Size = n
	case "StorageClass":
		o.StorageClass = intern(text)
	case "ChecksumAlgorithm":
		o.Checksum.Algorithm = intern(text)
	case "ChecksumType":
		o.Checksum.Type = intern(text)
	}
	return nil
}

// decode undoes encoding-type=url, which a store that does not know it has not
// said in its answer.
func (q *call) decode(out *s3call.Page) error {
	var bad error
	undo := func(s *string) {
		d, err := decoded(*s)
		if err != nil && bad == nil {
			bad = q.damaged("the store's listing holds a key that is not URL-encoded: " + strconv.Quote(*s))
		}
		*s = d
	}
	for i := range out.Objects {
		undo(&out.Objects[i].Key)
	}
	for i := range out.Prefixes {
		undo(&out.Prefixes[i])
	}
	undo(&out.NextKeyMarker)
	return bad
}

// document walks an answer that must have the root given. An Error inside an
// answer of status 200 comes back as what it says.
func (q *call) document(body []byte, root string, f func(parent, name string, text []byte) error) error {
	found := ""
	var bad error
	err := elements(body, &found, func(parent, name string, text []byte) {
		if bad == nil {
			bad = f(parent, name, text)
		}
	})
	switch {
	case err == nil && found == "Error":
		if inside := q.inside(body); inside != nil {
			return inside
		}
	case err == nil && found == root && bad == nil:
		return nil
	}
	if q.read {
		return q.broken(root)
	}
	return q.damaged("the store's answer is not a whole " + root)
}

// broken is worth another attempt, since reading changes nothing.
func (q *call) broken(root string) error {
	return &transship.Error{Code: transship.Unavailable, Op: q.op, Bucket: q.bucket, Key: q.key,
		Message: "the store's answer is not a whole " + root}
}
