package access

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/transship/transship/iampolicy"
)

// Request is what an HTTP request itself brings to its conditions, whichever
// server read it. Empty fields and missing headers leave their keys absent,
// which is not the same as empty (AM-82).
type Request struct {
	Secure    bool      // TLS
	Time      time.Time // zero: aws:CurrentTime is absent
	SourceIP  string
	UserAgent string
	Referer   string
	Region    string // of the credential scope
	AuthType  string // "REST-HEADER", "REST-QUERY-STRING" or "POST"; empty: unsigned
	VersionID string // of the object asked about, for the Version actions

	Header func(name string) string         // nil: none
	Query  func(name string) (string, bool) // nil: none; false: not sent
}

// headerKeys are condition keys that hold a header as it was sent. They exist on
// writes only: the encryption that a bucket's default gives is not there (AM-270).
func headerKeys() []string {
	return []string{
		"x-amz-acl", "x-amz-copy-source", "x-amz-metadata-directive", "x-amz-storage-class",
		"x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id",
		"x-amz-grant-read", "x-amz-grant-write", "x-amz-grant-read-acp", "x-amz-grant-write-acp", "x-amz-grant-full-control",
		"x-amz-website-redirect-location",
	}
}

// Context is the request's condition keys for one action: a key that the
// action does not have stays absent (AM-272). Keys that follow from the caller
// and the bucket are added by Decide.
func (r Request) Context(action string) iampolicy.Context {
	ctx := iampolicy.Context{}
	set := func(key, value string) {
		if value != "" {
			ctx[key] = []string{value}
		}
	}
	ctx["aws:securetransport"] = []string{"false"}
	if r.Secure {
		ctx["aws:securetransport"] = []string{"true"}
	}
	if !r.Time.IsZero() {
		set("aws:currenttime", r.Time.UTC().Format(time.RFC3339))
		set("aws:epochtime", strconv.FormatInt(r.Time.Unix(), 10))
	}
	set("aws:sourceip", r.SourceIP)
	set("aws:useragent", r.UserAgent)
	set("aws:referer", r.Referer)
	set("aws:requestedregion", r.Region)
	action = strings.ToLower(action)
	if !strings.HasPrefix(action, "s3:") {
		return ctx
	}
	set("s3:authtype", r.AuthType)
	if r.AuthType != "" {
		set("s3:signatureversion", "AWS4-HMAC-SHA256")
	}
	if strings.Contains(action, "version") && !strings.HasPrefix(action, "s3:listbucket") {
		set("s3:versionid", r.VersionID)
	}
	switch action {
	case "s3:putobject":
		r.headers(set)
		r.tags(ctx)
	case "s3:putobjecttagging", "s3:putobjectversiontagging":
		r.tags(ctx)
	case "s3:putobjectacl", "s3:putobjectversionacl", "s3:putbucketacl", "s3:createbucket":
		for _, name := range headerKeys() {
			if r.Header != nil && (name == "x-amz-acl" || strings.HasPrefix(name, "x-amz-grant-")) {
				set("s3:"+name, r.Header(name))
			}
		}
	case "s3:listbucket", "s3:listbucketversions":
		for parameter, key := range map[string]string{"prefix": "s3:prefix", "delimiter": "s3:delimiter", "max-keys": "s3:max-keys"} {
			// Sent but empty is a value (AM-271).
			if r.Query == nil {
				continue
			}
			if v, sent := r.Query(parameter); sent {
				ctx[key] = []string{v}
			}
		}
	}
	return ctx
}

func (r Request) headers(set func(key, value string)) {
	if r.Header == nil {
		return
	}
	for _, name := range headerKeys() {
		v := r.Header(name)
		if name == "x-amz-copy-source" && v != "" {
			// Policies write /bucket/key; clients may leave out the slash.
			v = "/" + strings.TrimPrefix(v, "/")
		}
		set("s3:"+name, v)
	}
}

// tags are the tags that a write sets by its header.
func (r Request) tags(ctx iampolicy.Context) {
	if r.Header == nil {
		return
	}
	values, err := url.ParseQuery(r.Header("x-amz-tagging"))
	if err != nil {
		return // the call itself is refused for it
	}
	for k, v := range values {
		ctx["s3:requestobjecttag/"+strings.ToLower(k)] = v
		ctx["s3:requestobjecttagkeys"] = append(ctx["s3:requestobjecttagkeys"], k)
	}
}
