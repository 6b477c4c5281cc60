package sigv4

import (
	"sort"
	"strings"
)

const upperHex = "0123456789ABCDEF"

// unreserved reports whether SigV4 leaves b as it is (RFC 3986, section 2.3).
func unreserved(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' ||
		b == '-' || b == '.' || b == '_' || b == '~'
}

// AppendPath appends s to dst with everything but unreserved bytes and "/"
// percent-encoded: an object key as it stands in a request's path, and in the
// canonical request of service s3.
func AppendPath(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if b := s[i]; unreserved(b) || b == '/' {
			dst = append(dst, b)
		} else {
			dst = append(dst, '%', upperHex[b>>4], upperHex[b&15])
		}
	}
	return dst
}

// AppendQuery appends s to dst with everything but unreserved bytes
// percent-encoded: a name or a value of a query.
func AppendQuery(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if b := s[i]; unreserved(b) {
			dst = append(dst, b)
		} else {
			dst = append(dst, '%', upperHex[b>>4], upperHex[b&15])
		}
	}
	return dst
}

// unescape decodes %XX, and "+" to a space where plus is set. It answers false
// for a broken escape.
func unescape(s string, plus bool) (string, bool) {
	if !strings.ContainsAny(s, "%+") {
		return s, true
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '%':
			if i+2 >= len(s) {
				return "", false
			}
			hi, ok1 := fromHex(s[i+1])
			lo, ok2 := fromHex(s[i+2])
			if !ok1 || !ok2 {
				return "", false
			}
			out = append(out, hi<<4|lo)
			i += 2
		case s[i] == '+' && plus:
			out = append(out, ' ')
		default:
			out = append(out, s[i])
		}
	}
	return string(out), true
}

func fromHex(b byte) (byte, bool) {
	switch {
	case '0' <= b && b <= '9':
		return b - '0', true
	case 'a' <= b && b <= 'f':
		return b - 'a' + 10, true
	case 'A' <= b && b <= 'F':
		return b - 'A' + 10, true
	}
	return 0, false
}

// CanonicalQuery is the canonical form of a raw query: every name and value
// decoded ("+" is a space, as in net/url) and encoded again, sorted by name
// and then value, without the parameter named skip. It answers false for a
// broken escape.
func CanonicalQuery(raw, skip string) (string, bool) {
	if raw == "" {
		return "", true
	}
	type pair struct{ name, value string }
	pairs := make([]pair, 0, strings.Count(raw, "&")+1)
	var buf []byte
	for raw != "" {
		var part string
		part, raw, _ = strings.Cut(raw, "&")
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		name, ok1 := unescape(name, true)
		value, ok2 := unescape(value, true)
		if !ok1 || !ok2 {
			return "", false
		}
		if skip != "" && name == skip {
			continue
		}
		buf = AppendQuery(buf[:0], name)
		n := len(buf)
		buf = AppendQuery(buf, value)
		s := string(buf)
		pairs = append(pairs, pair{s[:n], s[n:]})
	}
	sort.SliceStable(pairs, func(i, j int) bool {
		if pairs[i].name != pairs[j].name {
			return pairs[i].name < pairs[j].name
		}
		return pairs[i].value < pairs[j].value
	})
	buf = buf[:0]
	for i, p := range pairs {
		if i > 0 {
			buf = append(buf, '&')
		}
		buf = append(buf, p.name...)
		buf = append(buf, '=')
		buf = append(buf, p.value...)
	}
	return string(buf), true
}

// appendValue appends a header's value trimmed, with runs of spaces made one.
func appendValue(dst []byte, v string) []byte {
	v = strings.Trim(v, " \t")
	space := false
	for i := 0; i < len(v); i++ {
		if v[i] == ' ' {
			if space {
				continue
			}
			space = true
		} else {
			space = false
		}
		dst = append(dst, v[i])
	}
	return dst
}

// s3Like reports whether a service signs its path encoded once and demands a
// payload hash in x-amz-content-sha256. S3 Control signs as service s3.
func s3Like(service string) bool {
	switch service {
	case "s3", "s3-outposts", "s3-object-lambda", "s3express":
		return true
	}
	return false
}

// appendCanonicalURI appends the canonical URI of a path as it stands in a
// request. S3 takes it as it is, every other service encodes it once more.
func appendCanonicalURI(dst, path []byte, service string) []byte {
	if len(path) == 0 {
		return append(dst, '/')
	}
	if s3Like(service) {
		return append(dst, path...)
	}
	return AppendPath(dst, string(path))
}

// redact takes a session token out of a canonical request.
func redact(canonical []byte) string {
	return hide(hide(string(canonical), "\nx-amz-security-token:", "\n"), "X-Amz-Security-Token=", "&\n")
}

// hide puts a mark in place of what stands between after and one of stops.
func hide(s, after, stops string) string {
	i := strings.Index(s, after)
	if i < 0 {
		return s
	}
	i += len(after)
	end := strings.IndexAny(s[i:], stops)
	if end < 0 {
		return s[:i] + "(left out)"
	}
	return s[:i] + "(left out)" + s[i+end:]
}
