package answer

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3wire/transport"
)

// codeOf maps a store's answer to a kind of error.
func codeOf(status int, s3code string) transship.Code {
	switch s3code {
	case "SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequests", "ServiceUnavailable":
		return transship.Throttled
	case "RequestTimeout", "InternalError":
		return transship.Unavailable
	case "NotImplemented":
		return transship.Unsupported
	}
	switch status {
	case http.StatusNotFound:
		return transship.NotFound
	case http.StatusForbidden, http.StatusUnauthorized:
		return transship.Denied
	case http.StatusPreconditionFailed, http.StatusNotModified:
		return transship.Precondition
	case http.StatusConflict:
		return transship.Conflict
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		return transship.Throttled
	case http.StatusNotImplemented:
		return transship.Unsupported
	case http.StatusRequestTimeout:
		return transship.Unavailable
	}
	if status >= 500 {
		return transship.Unavailable
	}
	return transship.Invalid
}

// statusOf is the status that S3 gives with a code, for errors inside an
// answer that began with 200.
func statusOf(s3code string) int {
	switch s3code {
	case "SlowDown", "ServiceUnavailable":
		return http.StatusServiceUnavailable
	case "AccessDenied":
		return http.StatusForbidden
	case "NoSuchKey", "NoSuchBucket", "NoSuchVersion", "NoSuchUpload":
		return http.StatusNotFound
	case "PreconditionFailed":
		return http.StatusPreconditionFailed
	case "OperationAborted", "ConditionalRequestConflict":
		return http.StatusConflict
	case "NotImplemented":
		return http.StatusNotImplemented
	case "InternalError":
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}

// Refusal is the error that a store's answer says. HEAD has no body; its code
// is then made of the status.
func (q *Call) Refusal(h *transport.Header, body []byte) error {
	status := h.Status()
	e := &transship.Error{Op: q.Op, Bucket: q.Bucket, Key: q.Key, Status: status}
	region := string(h.Peek("x-amz-bucket-region"))
	found := q.parseError(e, body, &region)
	if !found {
		e.S3Code = strings.ReplaceAll(http.StatusText(status), " ", "")
		if text := strings.TrimSpace(string(body[:min(len(body), 200)])); text != "" && utf8.ValidString(text) && !strings.HasPrefix(text, "<") {
			e.Message = text
		}
	}
	e.Code = codeOf(status, e.S3Code)
	q.hint(e, region)
	return e
}

// parseError takes code and message of an Error document.
func (q *Call) parseError(e *transship.Error, body []byte, region *string) bool {
	root := ""
	err := elements(body, &root, func(parent, name string, text []byte) {
		if parent != "Error" {
			return
		}
		switch name {
		case "Code":
			e.S3Code = string(text)
		case "Message":
			e.Message = string(text)
		case "Region":
			*region = string(text)
		}
	})
	return err == nil && root == "Error" && e.S3Code != ""
}

// inside is the error within an answer of status 200 (S3 API reference,
// CopyObject: "a 200 OK response can contain either a success or an error").
// Its Status is the one that goes with the code.
func (q *Call) inside(body []byte) error {
	e := &transship.Error{Op: q.Op, Bucket: q.Bucket, Key: q.Key}
	region := ""
	if !q.parseError(e, body, &region) {
		return nil
	}
	e.Status = statusOf(e.S3Code)
	e.Code = codeOf(e.Status, e.S3Code)
	q.hint(e, region)
	return e
}

// hint says what to do about the refusals whose cure is on this side.
func (q *Call) hint(e *transship.Error, region string) {
	switch e.S3Code {
	case "PermanentRedirect", "MovedPermanently", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "TemporaryRedirect":
		if region != "" {
			e.Hint = "bucket " + q.Bucket + " is in Region " + region + ": use --region " + region
		} else {
			e.Hint = "use the Region and the endpoint of bucket " + q.Bucket
		}
	case "RequestTimeTooSkewed":
		e.Hint = "set this machine's clock"
	case "SignatureDoesNotMatch":
		e.Hint = "check the secret access key; a proxy that changes requests has the same effect"
	case "ExpiredToken", "TokenRefreshRequired":
		e.Hint = "the session has ended: get new credentials"
	}
}
