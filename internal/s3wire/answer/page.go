package answer

import (
	"bytes"
	"net/url"
	"strconv"
	"strings"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// Page reads both kinds of listing, of which root is one:
// ListBucketResult or ListVersionsResult. A page that breaks off, or is not a
// listing, is an error and never an empty page.
func (q *Call) Page(body []byte, root string, out *s3call.Page) error {
	*out = s3call.Page{}
	encoded := false
	o := transship.Object{Bucket: q.Bucket}
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
				o = transship.Object{Bucket: q.Bucket}
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
		return q.Damaged("the store's listing does not say whether it is complete")
	}
	if root == "ListBucketResult" && out.Truncated && out.Token == "" || root == "ListVersionsResult" && out.Truncated && out.NextKeyMarker == "" {
		return q.Damaged("the store's listing is not complete and does not say where it goes on")
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
func (q *Call) decode(out *s3call.Page) error {
	var bad error
	undo := func(s *string) {
		d, err := decoded(*s)
		if err != nil && bad == nil {
			bad = q.Damaged("the store's listing holds a key that is not URL-encoded: " + strconv.Quote(*s))
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

// decoded undoes encoding-type=url.
func decoded(s string) (string, error) {
	if !strings.ContainsAny(s, "%+") {
		return s, nil
	}
	return url.QueryUnescape(s)
}
