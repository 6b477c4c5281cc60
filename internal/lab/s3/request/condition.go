package request

import (
	"net/http"
	"strings"
	"time"

	"github.com/transship/transship/internal/lab/s3/reply"
)

// Conditions are the four conditional headers, of the request itself or of a
// copy's source.
type Conditions struct {
	IfMatch, IfNoneMatch               string
	IfModifiedSince, IfUnmodifiedSince time.Time // zero: none, or not a date
	prefix                             string
}

// ParseConditions reads the headers; prefix is empty or "x-amz-copy-source-".
func ParseConditions(h http.Header, prefix string) Conditions {
	date := func(name string) time.Time {
		v := h.Get(prefix + name)
		if v == "" {
			return time.Time{}
		}
		if t, err := http.ParseTime(v); err == nil {
			return t
		}
		if t, err := time.Parse(time.RFC3339, v); err == nil { // as old SDKs send it
			return t
		}
		return time.Time{}
	}
	return Conditions{
		IfMatch: h.Get(prefix + "If-Match"), IfNoneMatch: h.Get(prefix + "If-None-Match"),
		IfModifiedSince: date("If-Modified-Since"), IfUnmodifiedSince: date("If-Unmodified-Since"), prefix: prefix,
	}
}

// Check evaluates the conditions in the order of RFC 9110, 13.2.2: a match of
// the entity tag outranks the date beside it. What fails a read with If-None-
// Match or If-Modified-Since is NotModified; for copies it is a failed
// precondition (S3 API reference, CopyObject).
func (c Conditions) Check(etag string, modified time.Time) error {
	modified = modified.Truncate(time.Second)
	switch {
	case c.IfMatch != "":
		if !MatchETag(c.IfMatch, etag) {
			return failed(c.prefix + "If-Match")
		}
	case !c.IfUnmodifiedSince.IsZero() && modified.After(c.IfUnmodifiedSince):
		return failed(c.prefix + "If-Unmodified-Since")
	}
	notModified := func(name string) error {
		if c.prefix != "" {
			return failed(c.prefix + name)
		}
		return reply.New("NotModified")
	}
	switch {
	case c.IfNoneMatch != "":
		if MatchETag(c.IfNoneMatch, etag) {
			return notModified("If-None-Match")
		}
	case !c.IfModifiedSince.IsZero() && !modified.After(c.IfModifiedSince):
		return notModified("If-Modified-Since")
	}
	return nil
}

// MatchETag reports whether a list of entity tags, or *, has this one.
func MatchETag(list, etag string) bool {
	for tag := range strings.SplitSeq(list, ",") {
		tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
		if tag == "*" || strings.Trim(tag, `"`) == etag {
			return true
		}
	}
	return false
}

func failed(condition string) error {
	return reply.New("PreconditionFailed").With("Condition", condition)
}

// Unmet is the fault of a write whose condition failed.
func Unmet(condition string) error { return failed(condition) }
