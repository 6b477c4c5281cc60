package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/transship/transship"
)

// Values of x-amz-content-sha256 that are not a hash.
const (
	headerSHA256          = "X-Amz-Content-Sha256"
	unsignedPayload       = "UNSIGNED-PAYLOAD"
	streamSigned          = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	streamSignedTrailer   = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
	streamUnsignedTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
)

// ContentEncoding is a Content-Encoding header without aws-chunked, which
// belongs to the transfer and not to the object.
func ContentEncoding(value string) string {
	var kept []string
	for part := range strings.SplitSeq(value, ",") {
		if part = strings.TrimSpace(part); part != "" && !strings.EqualFold(part, "aws-chunked") {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, ",")
}

func contentMismatch() *transship.Error {
	return refuse("XAmzContentSHA256Mismatch", http.StatusBadRequest,
		"The provided 'x-amz-content-sha256' header does not match what was computed.")
}

// anonymous hands on an unsigned request, whose body may be chunked and may
// claim a hash all the same.
func anonymous(r *http.Request) (*Verified, error) {
	v := &Verified{Anonymous: true, ContentLength: r.ContentLength}
	payload := r.Header.Get(headerSHA256)
	if payload == "" {
		payload = unsignedPayload
	}
	return v, v.wrap(r, payload, nil)
}

// wrap puts the reader that payload asks for around the request's body. ch is
// nil for an anonymous request.
func (v *Verified) wrap(r *http.Request, payload string, ch *chain) error {
	body := r.Body
	if body == nil {
		body = http.NoBody
	}
	switch payload {
	case unsignedPayload:
		v.Body = &plainBody{src: body, left: r.ContentLength}
		return nil
	case streamSigned, streamSignedTrailer:
		if ch == nil {
			return refuse("AccessDenied", http.StatusForbidden, "Access Denied")
		}
	case streamUnsignedTrailer:
		ch = nil
	default:
		want, err := hex.DecodeString(payload)
		if err != nil || len(want) != sha256.Size || payload != strings.ToLower(payload) {
			return refuse("InvalidArgument", http.StatusBadRequest,
				"x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.")
		}
		b := &plainBody{src: body, left: r.ContentLength, want: want, sum: sha256.New()}
		v.Body = b
		if r.ContentLength == 0 {
			return b.verify() // a handler may never read an empty body
		}
		return nil
	}
	declared := r.Header.Get("X-Amz-Decoded-Content-Length")
	length, err := strconv.ParseInt(declared, 10, 64)
	if declared == "" {
		return refuse("MissingContentLength", http.StatusLengthRequired, "You must provide the Content-Length HTTP header.")
	}
	if err != nil || length < 0 {
		return refuse("InvalidArgument", http.StatusBadRequest, "x-amz-decoded-content-length must be a number of bytes.")
	}
	names, err := trailerNames(r.Header, payload != streamSigned)
	if err != nil {
		return err
	}
	c := newChunked(body, length, ch, names, payload != streamSigned)
	v.Body, v.ContentLength, v.trailer = c, length, c.trailer
	if length == 0 { // a handler may never read an empty body
		if _, err := c.Read(make([]byte, 1)); err != io.EOF {
			return err
		}
	}
	return nil
}

// plainBody passes bytes through, checks their hash where there is one, and
// keeps the last bytes back when it does not match.
type plainBody struct {
	src  io.ReadCloser
	left int64 // -1: unknown
	want []byte
	sum  hash.Hash
	err  error
}

func (b *plainBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.src.Read(p)
	if b.sum != nil {
		b.sum.Write(p[:n])
	}
	if b.left >= 0 {
		b.left -= int64(n)
	}
	switch {
	case err == io.EOF && b.left > 0:
		err = incompleteBody("")
	case err == io.EOF || err == nil && b.left == 0 && n > 0:
		if bad := b.verify(); bad != nil {
			n, err = 0, bad
		}
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = incompleteBody("")
	}
	b.err = err
	return n, err
}

func (b *plainBody) verify() error {
	if b.sum != nil && string(b.sum.Sum(nil)) != string(b.want) {
		return contentMismatch()
	}
	return nil
}

func (b *plainBody) Close() error { return b.src.Close() }
