package call

import (
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/transship/transship/iampolicy"
)

// Context holds the condition keys that every call has. It must not be
// changed: it is made once.
func (c *Call) Context() iampolicy.Context {
	if c.base == nil {
		c.base = c.makeContext()
	}
	return c.base
}

func (c *Call) makeContext() iampolicy.Context {
	now := c.Now().UTC()
	ctx := iampolicy.Context{
		"aws:securetransport": {"false"},
		"aws:requestedregion": {c.Region},
		"aws:currenttime":     {now.Format("2006-01-02T15:04:05Z")},
		"aws:epochtime":       {strconv.FormatInt(now.Unix(), 10)},
		"aws:viaawsservice":   {"false"},
	}
	if c.R.TLS != nil {
		ctx["aws:securetransport"] = []string{"true"}
	}
	if host, _, err := net.SplitHostPort(c.R.RemoteAddr); err == nil {
		ctx["aws:sourceip"] = []string{host}
	}
	for key, header := range map[string]string{"aws:useragent": "User-Agent", "aws:referer": "Referer"} {
		if v := c.Header.Get(header); v != "" {
			ctx[key] = []string{v}
		}
	}
	if !c.Caller.Anonymous() && c.Verified != nil {
		ctx["s3:signatureversion"] = []string{"AWS4-HMAC-SHA256"}
		ctx["s3:authtype"] = []string{"REST-HEADER"}
		if c.Verified.Presigned {
			ctx["s3:authtype"] = []string{"REST-QUERY-STRING"}
		}
		if v := c.Header.Get("X-Amz-Content-Sha256"); v != "" {
			ctx["s3:x-amz-content-sha256"] = []string{v}
		}
	}
	return ctx
}

// HeaderContext adds the keys of request headers that are there.
func (c *Call) HeaderContext(names ...string) iampolicy.Context {
	ctx := iampolicy.Context{}
	for _, name := range names {
		if v := c.Header.Get(name); v != "" {
			ctx["s3:"+name] = []string{v}
		}
	}
	if v, sent := ctx["s3:x-amz-copy-source"]; sent {
		ctx["s3:x-amz-copy-source"] = []string{copySourceKey(v[0])}
	}
	return ctx
}

// copySourceKey is a source as policies write it, BUCKET/KEY (S3 user guide,
// "Granting s3:PutObject permission to copy objects with a restriction on the
// copy source"), whichever way the client spelled it.
func copySourceKey(header string) string {
	path, _, _ := strings.Cut(header, "?")
	if decoded, err := url.PathUnescape(path); err == nil {
		path = decoded
	}
	return strings.TrimPrefix(path, "/")
}
