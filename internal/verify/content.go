package verify

import (
	"fmt"
	"strings"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

type verdict int

const (
	equal verdict = iota
	different
	unknown
)

const fullObject = "FULL_OBJECT"

// content judges two objects of equal size by what HEAD says. A checksum over
// the whole object settles it either way. Equal ETags settle it where they are
// digests; ETags that differ settle it only between objects whose ETags were
// made in the same way: neither encrypted with a key of its own, and the same
// number of parts (S3 API reference, Object, ETag).
func content(s, d s3call.Head) (v verdict, kind Kind, reason string) {
	if a, b, ok := shared(s.Checksums, d.Checksums, func(c transship.Checksum) bool {
		return c.Type == fullObject || c.Type == "" && !strings.Contains(c.Value, "-")
	}); ok {
		if a.Value == b.Value {
			return equal, "", ""
		}
		return different, Checksum, ""
	}
	if a, b, ok := shared(s.Checksums, d.Checksums, func(transship.Checksum) bool { return true }); ok && a == b {
		return equal, "", "" // composites of the same parts
	}
	if s.ETag == "" || d.ETag == "" {
		return unknown, "", "an ETag is missing and no checksum is on both sides"
	}
	if s.ETag == d.ETag {
		return equal, "", ""
	}
	switch {
	case keyed(s) || keyed(d):
		return unknown, "", "the ETags differ, one side is encrypted with SSE-KMS or SSE-C (its ETag is no MD5), and no full checksum is on both sides"
	case parts(s.ETag) != parts(d.ETag):
		return unknown, "", "the ETags differ, the objects were uploaded in different numbers of parts, and no full checksum is on both sides"
	}
	return different, ETag, ""
}

// shared finds a checksum of one algorithm that both sides have.
func shared(s, d []transship.Checksum, fits func(transship.Checksum) bool) (a, b transship.Checksum, ok bool) {
	for _, a := range s {
		for _, b := range d {
			if a.Algorithm == b.Algorithm && a.Value != "" && b.Value != "" && fits(a) && fits(b) {
				return a, b, true
			}
		}
	}
	return a, b, false
}

// keyed reports whether an object is encrypted so that its ETag is not an MD5.
func keyed(h s3call.Head) bool { return h.SSE != "" && h.SSE != "AES256" }

// parts is the text behind the dash of a multipart ETag; empty: one part.
func parts(etag string) string {
	_, n, _ := strings.Cut(etag, "-")
	return n
}

func evidence(key string, kind Kind, s, d s3call.Head) Example {
	if kind == Checksum {
		a, b, _ := shared(s.Checksums, d.Checksums, func(c transship.Checksum) bool { return c.Type != "COMPOSITE" })
		return Example{key, a.Algorithm + " " + a.Value, b.Algorithm + " " + b.Value}
	}
	if kind == Bytes {
		return Example{key, fmt.Sprintf("%d bytes, ETag %s", s.Size, s.ETag), fmt.Sprintf("%d bytes, ETag %s; both were read and differ", d.Size, d.ETag)}
	}
	return Example{key, "ETag " + s.ETag, "ETag " + d.ETag}
}
