package call

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/transship/transship/internal/lab/s3/reply"
)

// Itoa is a number in decimal digits.
func Itoa(n int64) string { return strconv.FormatInt(n, 10) }

// A continuation token is opaque to clients: it is the last entry of the page.
const tokenMark = "1"

// MakeToken is the token of the page behind last.
func MakeToken(last string) string {
	return tokenMark + base64.RawURLEncoding.EncodeToString([]byte(last))
}

// ReadToken is the last entry of the page before.
func ReadToken(token string) (string, error) {
	rest, ok := strings.CutPrefix(token, tokenMark)
	last, err := base64.RawURLEncoding.DecodeString(rest)
	if !ok || err != nil {
		return "", reply.Argument("continuation-token", token, "The continuation token provided is incorrect")
	}
	return string(last), nil
}
