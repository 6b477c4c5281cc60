package s3wire

import (
	"strings"

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
			return &transship.Error{Code: transship.Invalid, Op: q.Op, Bucket: q.Bucket, Key: q.Key,
				Message: "the grant of " + g.Permission + " to " + g.GranteeType + " " + g.Grantee + " is not one of S3's"}
		}
		values[name] = append(values[name], kind+`="`+g.Grantee+`"`)
	}
	for name, v := range values {
		q.header(name, strings.Join(v, ", "))
	}
	return nil
}

// encodeTags is the form of x-amz-tagging. No tags and no header are the same.
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
