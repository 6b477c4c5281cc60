package sigv4

import (
	"net/http"
	"sort"
	"strings"
	"time"
)

// UnsignedPayload and UnsignedTrailer are payload hashes that leave the body
// out of the signature; the second one announces an aws-chunked body with
// trailers.
const (
	UnsignedPayload = unsignedPayload
	UnsignedTrailer = streamUnsignedTrailer
	EmptyPayload    = emptySHA256
)

// Credentials sign requests. SessionToken is empty for a long-term key.
type Credentials struct {
	AccessKey    string
	Secret       string
	SessionToken string
}

// String leaves the secrets out.
func (c Credentials) String() string { return c.AccessKey }

// GoString leaves the secrets out.
func (c Credentials) GoString() string { return c.AccessKey }

// Signer signs requests for one service in one Region. It is safe for use by
// many goroutines and must not be copied.
type Signer struct {
	Region  string
	Service string // s3, sts, iam; S3 Control is s3

	keys keyCache
}

// Header is one header of a request that is signed.
type Header struct {
	Name  string // lower case
	Value string
}

// Request is a request as the lean client holds it, ready for the canonical
// form: Path as AppendPath makes it, Query sorted and encoded as AppendQuery
// does, Headers sorted by name, with host, x-amz-date, x-amz-content-sha256
// (and x-amz-security-token where there is one) among them.
type Request struct {
	Method  string
	Path    []byte
	Query   []byte
	Headers []Header
	Payload string // hex SHA-256 of the body, or one of the constants above
}

// Date appends the form of t that x-amz-date has.
func Date(dst []byte, t time.Time) []byte { return t.UTC().AppendFormat(dst, timeFormat) }

// Append appends the value of the Authorization header for r to dst. date is
// the value of its x-amz-date header.
func (s *Signer) Append(dst []byte, c *Credentials, date string, r *Request) []byte {
	sc := scope{date: date[:8], region: s.Region, service: s.Service}
	key := s.keys.get(keyID{c.Secret, sc})

	var room [2048]byte
	b := append(room[:0], r.Method...)
	b = append(b, '\n')
	b = appendCanonicalURI(b, r.Path, s.Service)
	b = append(b, '\n')
	b = append(b, r.Query...)
	b = append(b, '\n')
	for i := range r.Headers {
		b = append(b, r.Headers[i].Name...)
		b = append(b, ':')
		b = appendValue(b, r.Headers[i].Value)
		b = append(b, '\n')
	}
	b = append(b, '\n')
	b = appendNames(b, r.Headers)
	b = append(b, '\n')
	b = append(b, r.Payload...)

	var text [256]byte
	toSign := appendStringToSign(text[:0], date, sc, b)

	dst = append(dst, algorithm+" Credential="...)
	dst = append(dst, c.AccessKey...)
	dst = append(dst, '/')
	dst = sc.append(dst)
	dst = append(dst, ", SignedHeaders="...)
	dst = appendNames(dst, r.Headers)
	dst = append(dst, ", Signature="...)
	return key.appendSignature(dst, toSign)
}

func appendNames(dst []byte, headers []Header) []byte {
	for i := range headers {
		if i > 0 {
			dst = append(dst, ';')
		}
		dst = append(dst, headers[i].Name...)
	}
	return dst
}

// Sign signs r at t: it sets X-Amz-Date, X-Amz-Security-Token, for S3
// X-Amz-Content-Sha256, and Authorization. payload is the hex SHA-256 of the
// body or one of the constants. Every header that r has by then is signed,
// but for those that proxies change. The raw query must be sent as it is.
func (s *Signer) Sign(r *http.Request, c Credentials, payload string, t time.Time) {
	date := string(Date(nil, t))
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Del("Authorization")
	r.Header.Set("X-Amz-Date", date)
	if c.SessionToken != "" {
		r.Header.Set("X-Amz-Security-Token", c.SessionToken)
	}
	if s3Like(s.Service) {
		r.Header.Set(headerSHA256, payload)
	}
	query, _ := CanonicalQuery(r.URL.RawQuery, "")
	req := Request{Method: r.Method, Path: []byte(r.URL.EscapedPath()), Query: []byte(query),
		Headers: signedHeaders(r), Payload: payload}
	r.Header.Set("Authorization", string(s.Append(nil, &c, date, &req)))
}

// signedHeaders lists what Sign signs, sorted.
func signedHeaders(r *http.Request) []Header {
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	out := []Header{{"host", host}}
	for name, values := range r.Header {
		name = strings.ToLower(name)
		switch name {
		case "host", "user-agent", "expect", "transfer-encoding", "x-amzn-trace-id", "connection", "accept-encoding":
			continue
		}
		value := ""
		for i, v := range values {
			if i > 0 {
				value += ","
			}
			value += string(appendValue(nil, v))
		}
		out = append(out, Header{name, value})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// HashPayload is the hex SHA-256 of a body.
func HashPayload(body []byte) string {
	var room [64]byte
	return string(appendHexSHA256(room[:0], body))
}
