package sigv4

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/transship/transship"
)

// refuse makes an error as S3 answers it: code, HTTP status and message are
// those of the S3 API reference, "Error responses".
func refuse(s3code string, status int, message string) *transship.Error {
	code := transship.Invalid
	if status == http.StatusForbidden {
		code = transship.Denied
	}
	return &transship.Error{Code: code, S3Code: s3code, Status: status, Message: message}
}

// UnknownAccessKey is what a Lookup answers for a key that nobody has.
func UnknownAccessKey() *transship.Error {
	return refuse("InvalidAccessKeyId", http.StatusForbidden,
		"The AWS Access Key Id you provided does not exist in our records.")
}

// InvalidToken is what a Lookup answers for a session token that does not
// belong to the access key, or is missing for a temporary one.
func InvalidToken() *transship.Error {
	return refuse("InvalidToken", http.StatusBadRequest,
		"The provided token is malformed or otherwise invalid.")
}

// ExpiredToken is what a Lookup answers for a session that has ended.
func ExpiredToken() *transship.Error {
	return refuse("ExpiredToken", http.StatusBadRequest, "The provided token has expired.")
}

// Mismatch is the cause inside a SignatureDoesNotMatch: what the server
// computed, for the fields that S3 adds to this answer.
type Mismatch struct {
	AccessKey        string
	Signature        string // as sent
	StringToSign     string
	CanonicalRequest string // without the session token's value
}

// Error says for which access key.
func (m *Mismatch) Error() string { return "access key " + m.AccessKey }

func mismatch(m *Mismatch) *transship.Error {
	e := refuse("SignatureDoesNotMatch", http.StatusForbidden,
		"The request signature we calculated does not match the signature you provided. Check your key and signing method.")
	e.Err = m
	return e
}

// UnsignedHeaders is the cause inside an AccessDenied for headers that were
// sent and not signed.
type UnsignedHeaders struct {
	Names []string // lower case, sorted
}

// Error is the list of names.
func (u *UnsignedHeaders) Error() string { return strings.Join(u.Names, ", ") }

func malformed(presigned bool, format string, args ...any) *transship.Error {
	if presigned {
		return refuse("AuthorizationQueryParametersError", http.StatusBadRequest, fmt.Sprintf(format, args...))
	}
	return refuse("AuthorizationHeaderMalformed", http.StatusBadRequest,
		"The authorization header is malformed; "+fmt.Sprintf(format, args...))
}

func incompleteBody(message string) *transship.Error {
	if message == "" {
		message = "You did not provide the number of bytes specified by the Content-Length HTTP header"
	}
	return refuse("IncompleteBody", http.StatusBadRequest, message)
}

func malformedTrailer() *transship.Error {
	return refuse("MalformedTrailerError", http.StatusBadRequest,
		"The request contained trailing data that was not well-formed or did not conform to our published schema.")
}
