package sigv4

import (
	"crypto/hmac"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/transship/transship"
)

// Verifier checks the signatures of incoming requests. It is safe for use by
// many goroutines once its fields are set.
type Verifier struct {
	// Lookup answers the secret of an access key, or an error: a
	// *transship.Error goes to the caller as it is (see UnknownAccessKey,
	// InvalidToken, ExpiredToken), any other becomes an internal one.
	Lookup   func(accessKey, sessionToken string) (secret string, err error)
	Now      func() time.Time // nil: time.Now
	Services []string         // accepted in the credential's scope; nil: any

	keys keyCache
}

// Verified is what a request turned out to be.
type Verified struct {
	Anonymous     bool // no signature at all; only Body and ContentLength are set
	AccessKey     string
	SessionToken  string
	Region        string
	Service       string
	Presigned     bool
	SignedHeaders []string
	ContentLength int64 // bytes that Body gives, decoded; -1: unknown

	// Body stands in for the request's. It fails, at the latest with its last
	// bytes, when the payload is not what was signed; nothing that was read
	// may be kept then.
	Body io.ReadCloser

	trailer func() http.Header
}

// Trailer is what an aws-chunked body carried after its data, complete once
// Body has given its last byte; nil before, and where there is none.
func (v *Verified) Trailer() http.Header {
	if v.trailer == nil {
		return nil
	}
	return v.trailer()
}

// Verify checks who signed r and takes over its body. Path and query are
// taken as they came. Every refusal is a *transship.Error with S3's code,
// status and message. Presigned requests are those with X-Amz-Signature in the
// query. A browser's POST form, signed inside its body, counts as anonymous.
func (v *Verifier) Verify(r *http.Request) (*Verified, error) {
	header := r.Header["Authorization"]
	query, err := parseParams(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	_, presigned := query["X-Amz-Signature"]
	_, second := query["Signature"]
	if _, key := query["AWSAccessKeyId"]; second && key {
		return nil, refuse("InvalidRequest", http.StatusBadRequest,
			"The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.")
	}
	var a *authorization
	switch {
	case len(header) > 1 || len(header) == 1 && presigned:
		return nil, refuse("InvalidArgument", http.StatusBadRequest,
			"Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified")
	case len(header) == 1:
		if a, err = parseHeader(header[0]); err == nil {
			err = a.readHeaders(r.Header)
		}
	case presigned:
		a, err = parseQuery(query)
	default:
		return anonymous(r)
	}
	if err != nil {
		return nil, err
	}
	return v.check(r, a, query)
}

// parseParams decodes a raw query as net/url does, but a broken escape is an
// error, so that what was signed is what a handler reads.
func parseParams(raw string) (url.Values, error) {
	q, err := url.ParseQuery(raw)
	if err != nil {
		return nil, refuse("InvalidURI", http.StatusBadRequest, "Couldn't parse the specified URI.")
	}
	return q, nil
}

// readHeaders takes date and token from the headers.
func (a *authorization) readHeaders(h http.Header) error {
	a.token = h.Get("X-Amz-Security-Token")
	a.date = h.Get("X-Amz-Date")
	if a.date == "" {
		d, err := http.ParseTime(h.Get("Date"))
		if err != nil {
			if d, err = time.Parse(timeFormat, h.Get("Date")); err != nil {
				return noDate()
			}
		}
		a.date = d.UTC().Format(timeFormat)
	}
	return a.setDate()
}

func (v *Verifier) check(r *http.Request, a *authorization, query url.Values) (*Verified, error) {
	if len(v.Services) > 0 && !slices.Contains(v.Services, a.service) {
		return nil, malformed(a.presigned, "incorrect service %q. This endpoint belongs to %q.", a.service, strings.Join(v.Services, ", "))
	}
	now := time.Now
	if v.Now != nil {
		now = v.Now
	}
	if err := a.checkTime(now()); err != nil {
		return nil, err
	}
	if err := a.checkSigned(r.Header); err != nil {
		return nil, err
	}
	secret, err := v.Lookup(a.accessKey, a.token)
	if err != nil {
		var e *transship.Error
		if errors.As(err, &e) {
			return nil, err
		}
		return nil, &transship.Error{Code: transship.Internal, S3Code: "InternalError", Status: http.StatusInternalServerError,
			Message: "We encountered an internal error. Please try again.", Err: fmt.Errorf("look up access key %s: %w", a.accessKey, err)}
	}
	payload, body, err := payloadHash(r, a, query)
	if err != nil {
		return nil, err
	}
	key := v.keys.get(keyID{secret, a.scope})
	if err := v.compare(r, a, key, payload); err != nil {
		return nil, err
	}
	out := &Verified{AccessKey: a.accessKey, SessionToken: a.token, Region: a.region, Service: a.service,
		Presigned: a.presigned, SignedHeaders: a.headers, ContentLength: r.ContentLength, Body: body}
	if body != nil { // read and hashed already
		return out, nil
	}
	return out, out.wrap(r, payload, &chain{key: key, date: a.date, scope: a.scope, previous: a.signature})
}

// compare tries the canonical forms that mean the same request: a client may
// sign a character that it sends bare as if encoded, and leave out a default
// port.
func (v *Verifier) compare(r *http.Request, a *authorization, key *signingKey, payload string) error {
	skip := ""
	if a.presigned {
		skip = "X-Amz-Signature"
	}
	query, ok := CanonicalQuery(r.URL.RawQuery, skip)
	path := requestPath(r)
	decoded, ok2 := unescape(path, false)
	if !ok || !ok2 {
		return refuse("InvalidURI", http.StatusBadRequest, "Couldn't parse the specified URI.")
	}
	paths := [][]byte{AppendPath(nil, decoded)}
	if string(paths[0]) != path {
		paths = append(paths, []byte(path))
	}
	hosts := []string{r.Host}
	if bare, ok := strings.CutSuffix(r.Host, ":80"); ok {
		hosts = append(hosts, bare)
	} else if bare, ok := strings.CutSuffix(r.Host, ":443"); ok {
		hosts = append(hosts, bare)
	}
	var first *Mismatch
	buf := make([]byte, 0, 2048)
	var sig [64]byte
	for _, host := range hosts {
		for _, p := range paths {
			buf = a.appendCanonical(buf[:0], r, host, p, query, payload)
			text := appendStringToSign(nil, a.date, a.scope, buf)
			if hmac.Equal(key.appendSignature(sig[:0], text), []byte(a.signature)) {
				return nil
			}
			if first == nil {
				first = &Mismatch{AccessKey: a.accessKey, Signature: a.signature, StringToSign: string(text), CanonicalRequest: redact(buf)}
			}
		}
	}
	return mismatch(first)
}

// checkSigned demands that host and every x-amz- header that came be signed.
func (a *authorization) checkSigned(h http.Header) error {
	var missing []string
	if !slices.Contains(a.headers, "host") {
		missing = append(missing, "host")
	}
	for name := range h {
		if len(name) > 6 && strings.EqualFold(name[:6], "x-amz-") && !slices.Contains(a.headers, strings.ToLower(name)) {
			missing = append(missing, strings.ToLower(name))
		}
	}
	if missing == nil {
		return nil
	}
	sort.Strings(missing)
	e := refuse("AccessDenied", http.StatusForbidden, "There were headers present in the request which were not signed")
	e.Err = &UnsignedHeaders{Names: missing}
	return e
}
