package s3control

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/transship/transship"
)

// authenticate checks the signature. What it answers has a body that fails
// when it is not the one that was signed.
func (h *Handler) authenticate(r *http.Request) (*call, io.ReadCloser, error) {
	v, err := h.verifier.Verify(r)
	switch {
	case err != nil:
		return nil, nil, signatureError(err)
	case v.Anonymous:
		return nil, nil, denied("Access Denied: the request is not signed")
	case v.Presigned:
		return nil, nil, denied("Access Denied: sign in the Authorization header; presigned calls are not taken here")
	}
	// Without its hash a body is protected by TLS only. Job calls send the hash
	// (reference 1.1).
	if len(r.Header.Get("X-Amz-Content-Sha256")) != 64 && r.TLS == nil && r.ContentLength != 0 {
		return nil, nil, denied("Access Denied: x-amz-content-sha256 must be the hash of the body when the connection is not encrypted")
	}
	who, _, err := h.Callers.Authenticate(v.AccessKey, v.SessionToken)
	if err != nil {
		return nil, nil, signatureError(err)
	}
	return &call{who: who}, v.Body, nil
}

// signatureError hands on S3's own code and status (sigv4 has them).
func signatureError(err error) error {
	var e *transship.Error
	if !errors.As(err, &e) || e.S3Code == "" || e.Status < 400 || e.Status >= 500 {
		return err
	}
	message := e.Message
	if hints := transship.HintsOf(err); len(hints) > 0 {
		message += "; " + strings.Join(hints, "; ")
	}
	return &apiError{e.Status, e.S3Code, message}
}

// accountOf reads x-amz-account-id. The host is looked at only for another
// account's id in front of it, which is a mistake of the client's.
func accountOf(r *http.Request) (string, error) {
	ids := r.Header.Values("x-amz-account-id")
	if len(ids) != 1 {
		return "", badRequest("the request must have exactly one header x-amz-account-id")
	}
	if err := transship.CheckAccountID(ids[0]); err != nil {
		return "", badRequest("x-amz-account-id: %s", err)
	}
	label, _, _ := strings.Cut(r.Host, ".")
	if transship.CheckAccountID(label) == nil && label != ids[0] {
		return "", badRequest("the host names account %s, but x-amz-account-id names %s", label, ids[0])
	}
	return ids[0], nil
}
