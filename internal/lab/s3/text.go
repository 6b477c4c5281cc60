package s3

import (
	"encoding/base64"
	"mime"
	"strconv"
	"strings"

	"github.com/transship/transship/internal/lab/s3/reply"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func encodedWord(s string) string { return mime.BEncoding.Encode("UTF-8", s) }

// A continuation token is opaque to clients: it is the last entry of the page.
const tokenMark = "1"

func makeToken(last string) string {
	return tokenMark + base64.RawURLEncoding.EncodeToString([]byte(last))
}

func readToken(token string) (string, error) {
	rest, ok := strings.CutPrefix(token, tokenMark)
	last, err := base64.RawURLEncoding.DecodeString(rest)
	if !ok || err != nil {
		return "", reply.Argument("continuation-token", token, "The continuation token provided is incorrect")
	}
	return string(last), nil
}
