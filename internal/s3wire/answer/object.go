package answer

import (
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
	"github.com/transship/transship/internal/s3wire/transport"
	"github.com/transship/transship/internal/sigv4"
)

// Head is an object as the headers of HEAD and GET show it. User metadata
// stays as it was sent: S3 gives what is not ASCII in the form of RFC 2047 and
// takes the same form back.
func Head(h *transport.Header) s3call.Head {
	var o s3call.Head
	o.Size = int64(max(h.Length(), 0))
	kind := ""
	h.Each(func(name string, value []byte) {
		v := string(value)
		switch name {
		case "cache-control":
			o.CacheControl = v
		case "content-disposition":
			o.ContentDisposition = v
		case "content-encoding":
			o.ContentEncoding = sigv4.ContentEncoding(v)
		case "content-language":
			o.ContentLanguage = v
		case "content-type":
			o.ContentType = v
		case "content-length":
			if n, err := strconv.ParseInt(v, 10, 64); err == nil {
				o.Size = n
			}
		case "expires":
			o.Expires = v
		case "etag":
			o.ETag = Unquoted(v)
		case "last-modified":
			o.LastModified = httpTime(v)
		case "date":
			o.Date = httpTime(v)
		case "x-amz-version-id":
			o.VersionID = v
		case "x-amz-delete-marker":
			o.DeleteMarker = v == "true"
		case "x-amz-tagging-count":
			o.TagCount, _ = strconv.Atoi(v)
		case "x-amz-storage-class":
			o.StorageClass = v
		case "x-amz-server-side-encryption":
			o.SSE = v
		case "x-amz-server-side-encryption-aws-kms-key-id":
			o.SSEKMSKeyID = v
		case "x-amz-server-side-encryption-bucket-key-enabled":
			o.BucketKeyEnabled = v == "true"
		case "x-amz-website-redirect-location":
			o.RedirectLocation = v
		case "x-amz-object-lock-legal-hold":
			o.LegalHold = v
		case "x-amz-object-lock-mode":
			o.LockMode = v
		case "x-amz-object-lock-retain-until-date":
			if t, err := time.Parse(time.RFC3339, v); err == nil {
				o.RetainUntil = &t
			}
		case "x-amz-checksum-type":
			kind = v
		default:
			if meta, ok := strings.CutPrefix(name, "x-amz-meta-"); ok {
				if o.UserMetadata == nil {
					o.UserMetadata = map[string]string{}
				}
				if old, twice := o.UserMetadata[meta]; twice {
					v = old + "," + v
				}
				o.UserMetadata[meta] = v
			} else if c, ok := readChecksum(name, v); ok {
				o.Checksums = append(o.Checksums, c)
			}
		}
	})
	for i := range o.Checksums {
		o.Checksums[i].Type = checksumType(o.Checksums[i].Value, kind)
	}
	sort.Slice(o.Checksums, func(i, j int) bool { return o.Checksums[i].Algorithm < o.Checksums[j].Algorithm })
	return o
}

func httpTime(v string) time.Time {
	t, err := time.Parse(time.RFC1123, v)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// readChecksum reads a header x-amz-checksum-ALGORITHM.
func readChecksum(name, value string) (transship.Checksum, bool) {
	alg, ok := strings.CutPrefix(name, "x-amz-checksum-")
	if !ok {
		return transship.Checksum{}, false
	}
	switch alg = strings.ToUpper(alg); alg {
	case "CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256":
		return transship.Checksum{Algorithm: alg, Value: value}, true
	}
	return transship.Checksum{}, false
}

// checksumType is what the store says, or what the value shows.
func checksumType(value, said string) string {
	switch {
	case said != "":
		return said
	case strings.Contains(value, "-"):
		return "COMPOSITE"
	}
	return "FULL_OBJECT"
}

// Written is what headers say of a new object or part.
func Written(h *transport.Header) s3call.Written {
	var w s3call.Written
	kind := ""
	h.Each(func(name string, v []byte) {
		switch name {
		case "etag":
			w.ETag = Unquoted(string(v))
		case "x-amz-version-id":
			w.VersionID = string(v)
		case "x-amz-checksum-type":
			kind = string(v)
		default:
			if c, ok := readChecksum(name, string(v)); ok {
				w.Checksum = c
			}
		}
	})
	if w.Checksum.Value != "" {
		w.Checksum.Type = checksumType(w.Checksum.Value, kind)
	}
	return w
}

func Unquoted(etag string) string {
	etag = strings.TrimPrefix(etag, "W/")
	return strings.Trim(etag, `"`)
}
