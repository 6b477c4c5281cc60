package request

import (
	"net"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/transship/transship/internal/lab/s3/reply"
)

// MaxKey is the length of the longest key in bytes.
const MaxKey = 1024

// Target is what a request is about: a key in a bucket, a bucket (no key), or
// the service (neither).
type Target struct {
	Bucket, Key string
}

// ParseTarget takes the target out of a Host header and the path as it came,
// still escaped. Virtual-hosted are BUCKET.localhost and BUCKET.s3.ANYTHING
// (also s3-...); every other host is path style.
func ParseTarget(host, path string) (Target, error) {
	path = strings.TrimPrefix(path, "/")
	bucket := hostedBucket(host)
	rawKey := path
	if bucket == "" {
		var rawBucket string
		rawBucket, rawKey, _ = strings.Cut(path, "/")
		var err error
		if bucket, err = url.PathUnescape(rawBucket); err != nil {
			return Target{}, reply.New("InvalidURI")
		}
	}
	key, err := url.PathUnescape(rawKey)
	if err != nil {
		return Target{}, reply.New("InvalidURI")
	}
	if bucket == "" && key != "" {
		return Target{}, reply.New("InvalidBucketName").With("BucketName", "")
	}
	return Target{bucket, key}, CheckKey(key)
}

// CheckKey says whether a key is legal; the empty one is not looked at.
func CheckKey(key string) error {
	if len(key) > MaxKey {
		return reply.New("KeyTooLongError").With("Size", strconv.Itoa(len(key))).With("MaxSizeAllowed", strconv.Itoa(MaxKey))
	}
	if !utf8.ValidString(key) {
		return reply.New("InvalidURI")
	}
	return nil
}

func hostedBucket(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if strings.HasPrefix(host, "s3.") || strings.HasPrefix(host, "s3-") {
		return ""
	}
	for _, mark := range []string{".s3.", ".s3-"} {
		if i := strings.LastIndex(host, mark); i > 0 {
			return host[:i]
		}
	}
	if b, ok := strings.CutSuffix(host, ".localhost"); ok {
		return b
	}
	return ""
}

// CheckBucketName says whether a bucket of that name may be made (S3 user
// guide, general purpose bucket naming rules).
func CheckBucketName(name string) error {
	bad := len(name) < 3 || len(name) > 63 || strings.Contains(name, "..") || net.ParseIP(name) != nil ||
		strings.HasPrefix(name, "xn--") || strings.HasPrefix(name, "sthree-") || strings.HasPrefix(name, "amzn-s3-demo-") ||
		strings.HasSuffix(name, "-s3alias") || strings.HasSuffix(name, "--ol-s3") || strings.HasSuffix(name, ".mrap") ||
		strings.HasSuffix(name, "--x-s3") || strings.HasSuffix(name, "--table-s3")
	for i := 0; i < len(name) && !bad; i++ {
		c := name[i]
		alnum := 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
		edge := i == 0 || i == len(name)-1
		bad = !alnum && (edge || c != '-' && c != '.')
	}
	if bad {
		return reply.New("InvalidBucketName").With("BucketName", name)
	}
	return nil
}

// CopySource is the value of x-amz-copy-source.
type CopySource struct {
	Target
	VersionID string
}

// ParseCopySource reads BUCKET/KEY or /BUCKET/KEY, URL-encoded, with an
// optional ?versionId=ID. A plus sign is a blank here, other than in paths, as
// S3 reads it: some clients write it for one, and a key's own plus must come
// as %2B.
func ParseCopySource(value string) (CopySource, error) {
	bad := func() (CopySource, error) {
		return CopySource{}, reply.Argument("x-amz-copy-source", value, "Invalid copy source object key")
	}
	path, query, _ := strings.Cut(value, "?")
	if strings.HasPrefix(path, "arn:") {
		return CopySource{}, reply.Say("NotImplemented", "A copy source given as an ARN (access point) is not implemented.")
	}
	decoded, err := url.QueryUnescape(path)
	if err != nil {
		return bad()
	}
	bucket, key, found := strings.Cut(strings.TrimPrefix(decoded, "/"), "/")
	if !found || bucket == "" || key == "" {
		return bad()
	}
	if err := CheckKey(key); err != nil {
		return CopySource{}, err
	}
	s := CopySource{Target: Target{bucket, key}}
	if query != "" {
		q, err := url.ParseQuery(query)
		if err != nil || len(q) != 1 || q.Get("versionId") == "" {
			return bad()
		}
		s.VersionID = q.Get("versionId")
	}
	return s, nil
}
