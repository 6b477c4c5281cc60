package s3wire

import (
	"net/url"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
	"github.com/transship/transship/internal/sigv4"
)

// attributes adds an object's headers to a request.
func (q *call) attributes(a *s3call.Attributes) {
	q.header("cache-control", a.CacheControl)
	q.header("content-disposition", a.ContentDisposition)
	q.header("content-encoding", a.ContentEncoding)
	q.header("content-language", a.ContentLanguage)
	q.header("content-type", a.ContentType)
	q.header("expires", a.Expires)
	q.header("x-amz-storage-class", a.StorageClass)
	q.header("x-amz-server-side-encryption", a.SSE)
	q.header("x-amz-server-side-encryption-aws-kms-key-id", a.SSEKMSKeyID)
	q.flag("x-amz-server-side-encryption-bucket-key-enabled", a.BucketKeyEnabled, "true")
	q.header("x-amz-website-redirect-location", a.RedirectLocation)
	q.header("x-amz-object-lock-legal-hold", a.LegalHold)
	q.header("x-amz-object-lock-mode", a.LockMode)
	if a.RetainUntil != nil {
		q.header("x-amz-object-lock-retain-until-date", a.RetainUntil.UTC().Format("2006-01-02T15:04:05.000Z"))
	}
	for name, value := range a.UserMetadata {
		// An empty value is metadata too.
		q.headers = append(q.headers, sigv4.Header{Name: "x-amz-meta-" + strings.ToLower(name), Value: value})
	}
}

// access adds an ACL: a canned one, or grants by header.
func (q *call) access(canned string, grants []transship.Grant) error {
	q.header("x-amz-acl", canned)
	if len(grants) == 0 {
		return nil
	}
	names := map[string]string{"FULL_CONTROL": "x-amz-grant-full-control", "READ": "x-amz-grant-read",
		"WRITE": "x-amz-grant-write", "READ_ACP": "x-amz-grant-read-acp", "WRITE_ACP": "x-amz-grant-write-acp"}
	types := map[string]string{"id": "id", "emailAddress": "emailAddress", "uri": "uri"}
	values := map[string][]string{}
	for _, g := range grants {
		name, kind := names[g.Permission], types[g.GranteeType]
		if name == "" || kind == "" || strings.Contains(g.Grantee, `"`) {
			return &transship.Error{Code: transship.Invalid, Op: q.op, Bucket: q.bucket, Key: q.key,
				Message: "the grant of " + g.Permission + " to " + g.GranteeType + " " + g.Grantee + " is not one of S3's"}
		}
		values[name] = append(values[name], kind+`="`+g.Grantee+`"`)
	}
	for name, v := range values {
		q.header(name, strings.Join(v, ", "))
	}
	return nil
}

// tags is the form of x-amz-tagging. No tags and no header are the same.
func encodeTags(tags []transship.Tag) string {
	var b []byte
	for i, t := range tags {
		if i > 0 {
			b = append(b, '&')
		}
		b = sigv4.AppendQuery(b, t.Key)
		b = append(b, '=')
		b = sigv4.AppendQuery(b, t.Value)
	}
	return string(b)
}

func quoted(etag string) string {
	if etag == "" || etag == "*" {
		return etag
	}
	return `"` + etag + `"`
}

func unquoted(etag string) string {
	etag = strings.TrimPrefix(etag, "W/")
	return strings.Trim(etag, `"`)
}

// copySource is the value of x-amz-copy-source.
func copySource(r s3call.Ref) string {
	b := make([]byte, 0, len(r.Bucket)+len(r.Key)+len(r.VersionID)+32)
	b = append(b, r.Bucket...)
	b = append(b, '/')
	b = sigv4.AppendPath(b, r.Key)
	if r.VersionID != "" {
		b = append(b, "?versionId="...)
		b = sigv4.AppendQuery(b, r.VersionID)
	}
	return string(b)
}

// peek finds a header whatever the case of its name.
func peek(h *fasthttp.ResponseHeader, name string) []byte {
	for k, v := range h.All() {
		if len(k) == len(name) && strings.EqualFold(string(k), name) {
			return v
		}
	}
	return nil
}

// each gives every header with its name in lower case, both valid until f
// returns.
func each(h *fasthttp.ResponseHeader, f func(name string, value []byte)) {
	var room [64]byte
	for k, v := range h.All() {
		if name := known(k); name != "" {
			f(name, v)
			continue
		}
		name := room[:0]
		for _, c := range k {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			name = append(name, c)
		}
		f(string(name), v)
	}
}

// known spares a new string for the headers of every answer, in the forms in
// which stores send them.
func known(k []byte) string {
	switch string(k) {
	case "ETag", "Etag", "etag":
		return "etag"
	case "x-amz-version-id", "X-Amz-Version-Id":
		return "x-amz-version-id"
	case "x-amz-request-id", "X-Amz-Request-Id":
		return "x-amz-request-id"
	case "x-amz-id-2", "X-Amz-Id-2":
		return "x-amz-id-2"
	case "Date", "date":
		return "date"
	case "Content-Type", "content-type":
		return "content-type"
	case "Content-Length", "content-length":
		return "content-length"
	case "Last-Modified", "last-modified":
		return "last-modified"
	case "Accept-Ranges", "accept-ranges":
		return "accept-ranges"
	case "Server", "server":
		return "server"
	case "Connection", "connection":
		return "connection"
	}
	return ""
}

// readHead is an object as the headers of HEAD and GET show it. User metadata
// stays as it was sent: S3 gives what is not ASCII in the form of RFC 2047 and
// takes the same form back.
func readHead(h *fasthttp.ResponseHeader) s3call.Head {
	var o s3call.Head
	o.Size = int64(max(h.ContentLength(), 0))
	kind := ""
	each(h, func(name string, value []byte) {
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
			o.ETag = unquoted(v)
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

// readWritten is what headers say of a new object or part.
func readWritten(h *fasthttp.ResponseHeader) s3call.Written {
	var w s3call.Written
	kind := ""
	each(h, func(name string, v []byte) {
		switch name {
		case "etag":
			w.ETag = unquoted(string(v))
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

// decoded undoes encoding-type=url.
func decoded(s string) (string, error) {
	if !strings.ContainsAny(s, "%+") {
		return s, nil
	}
	return url.QueryUnescape(s)
}
