package s3wire

import (
	"strings"

	"github.com/transship/transship/internal/sigv4"
)

// place is the host and the path of a bucket or an object.
func (c *Client) place(bucket, key string) (host string, path []byte) {
	path = make([]byte, 0, len(bucket)+len(key)+len(key)/4+8)
	if c.pathStyle || !hostLabel(bucket, c.scheme) {
		path = append(path, '/')
		path = sigv4.AppendQuery(path, bucket)
		host = c.host
	} else {
		host = bucket + "." + c.host
	}
	if key != "" || len(path) == 0 {
		path = append(path, '/')
		path = sigv4.AppendPath(path, key)
	}
	return host, path
}

// hostLabel reports whether a bucket's name can stand before a host. A dot in
// it does not fit a wildcard certificate.
func hostLabel(bucket, scheme string) bool {
	if scheme == "https" && strings.Contains(bucket, ".") || strings.Contains(bucket, "..") {
		return false
	}
	return bucket == "" || strings.Trim(bucket, "abcdefghijklmnopqrstuvwxyz0123456789-.") == "" && strings.Trim(bucket, "-.") == bucket
}
