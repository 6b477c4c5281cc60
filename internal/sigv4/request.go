package sigv4

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// requestPath is the path as it came in the request line, also from the
// absolute form that a client sends to a proxy.
func requestPath(r *http.Request) string {
	target := r.RequestURI
	if target == "" { // not from a server
		return r.URL.EscapedPath()
	}
	if !strings.HasPrefix(target, "/") {
		_, rest, found := strings.Cut(target, "://")
		if !found {
			return r.URL.EscapedPath()
		}
		i := strings.IndexAny(rest, "/?")
		if i < 0 {
			return "/"
		}
		target = rest[i:]
	}
	path, _, _ := strings.Cut(target, "?")
	if path == "" {
		return "/"
	}
	return path
}

func (a *authorization) appendCanonical(dst []byte, r *http.Request, host string, path []byte, query, payload string) []byte {
	dst = append(dst, r.Method...)
	dst = append(dst, '\n')
	dst = appendCanonicalURI(dst, path, a.service)
	dst = append(dst, '\n')
	dst = append(dst, query...)
	dst = append(dst, '\n')
	for _, name := range a.headers {
		dst = append(dst, name...)
		dst = append(dst, ':')
		dst = appendHeader(dst, r, name, host)
		dst = append(dst, '\n')
	}
	dst = append(dst, '\n')
	for i, name := range a.headers {
		if i > 0 {
			dst = append(dst, ';')
		}
		dst = append(dst, name...)
	}
	dst = append(dst, '\n')
	return append(dst, payload...)
}

// appendHeader finds a signed header also where net/http has moved it.
func appendHeader(dst []byte, r *http.Request, name, host string) []byte {
	values := r.Header.Values(name)
	if len(values) == 0 {
		switch {
		case name == "host":
			values = []string{host}
		case name == "content-length" && r.ContentLength >= 0:
			values = []string{strconv.FormatInt(r.ContentLength, 10)}
		case name == "transfer-encoding":
			values = r.TransferEncoding
		}
	}
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendValue(dst, v)
	}
	return dst
}

func appendStringToSign(dst []byte, date string, s scope, canonical []byte) []byte {
	dst = append(dst, algorithm...)
	dst = append(dst, '\n')
	dst = append(dst, date...)
	dst = append(dst, '\n')
	dst = s.append(dst)
	dst = append(dst, '\n')
	return appendHexSHA256(dst, canonical)
}

// maxForm bounds the body of services that sign its hash without sending it.
const maxForm = 1 << 20

// payloadHash is the last line of the canonical request. For services other
// than S3 it reads the body, and gives it back.
func payloadHash(r *http.Request, a *authorization, query url.Values) (hash string, body io.ReadCloser, err error) {
	sent := r.Header.Get(headerSHA256)
	if s3Like(a.service) {
		if a.presigned && sent == "" {
			if sent = query.Get("X-Amz-Content-Sha256"); sent == "" {
				sent = unsignedPayload
			}
		}
		if sent == "" {
			return "", nil, refuse("InvalidRequest", http.StatusBadRequest, "Missing required header for this request: x-amz-content-sha256")
		}
		return sent, nil, nil
	}
	var data []byte
	if r.Body != nil {
		data, err = io.ReadAll(io.LimitReader(r.Body, maxForm+1))
		switch {
		case err != nil:
			return "", nil, incompleteBody("")
		case len(data) > maxForm:
			return "", nil, refuse("MaxMessageLengthExceeded", http.StatusBadRequest, "Your request was too big.")
		}
	}
	hash = string(appendHexSHA256(nil, data))
	if sent != "" && sent != unsignedPayload && sent != hash {
		return "", nil, contentMismatch()
	}
	if sent == unsignedPayload {
		hash = sent
	}
	return hash, io.NopCloser(bytes.NewReader(data)), nil
}
