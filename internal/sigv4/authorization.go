package sigv4

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/transship/transship"
)

// maxPresign is the longest life of a presigned request (S3 API reference,
// "Authenticating requests: using query parameters").
const maxPresign = 7 * 24 * 60 * 60

// authorization is what a request says of its signature.
type authorization struct {
	accessKey string
	scope
	token     string
	headers   []string // lower case, in the order of the request
	signature string   // 64 hex digits
	presigned bool
	date      string // as sent, YYYYMMDDTHHMMSSZ
	at        time.Time
	expires   time.Duration // presigned only
}

// parseHeader reads an Authorization header of AWS4-HMAC-SHA256.
func parseHeader(value string) (*authorization, error) {
	kind, rest, _ := strings.Cut(strings.TrimSpace(value), " ")
	switch {
	case kind == algorithm:
	case kind == "AWS" || strings.HasPrefix(kind, "AWS4-"):
		return nil, refuse("InvalidRequest", http.StatusBadRequest,
			"The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.")
	default:
		return nil, refuse("InvalidArgument", http.StatusBadRequest, "Unsupported Authorization Type")
	}
	a := &authorization{}
	var credential, signed string
	for rest != "" {
		var part string
		part, rest, _ = strings.Cut(rest, ",")
		name, value, found := strings.Cut(strings.TrimSpace(part), "=")
		var field *string
		switch name {
		case "Credential":
			field = &credential
		case "SignedHeaders":
			field = &signed
		case "Signature":
			field = &a.signature
		}
		if !found || field == nil || *field != "" {
			return nil, malformed(false, "the Authorization header requires exactly Credential, SignedHeaders and Signature.")
		}
		*field = value
	}
	if credential == "" || signed == "" || a.signature == "" {
		return nil, malformed(false, "the Authorization header requires exactly Credential, SignedHeaders and Signature.")
	}
	return a, a.fill(credential, signed)
}

// parseQuery reads the X-Amz- parameters of a presigned request.
func parseQuery(q map[string][]string) (*authorization, error) {
	one := func(name string) string {
		if v := q[name]; len(v) == 1 {
			return v[0]
		}
		return ""
	}
	a := &authorization{presigned: true, signature: one("X-Amz-Signature"), date: one("X-Amz-Date"), token: one("X-Amz-Security-Token")}
	credential, signed, expires := one("X-Amz-Credential"), one("X-Amz-SignedHeaders"), one("X-Amz-Expires")
	switch alg := one("X-Amz-Algorithm"); {
	case alg == "" || credential == "" || signed == "" || expires == "" || a.date == "" || a.signature == "":
		return nil, malformed(true, "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.")
	case alg != algorithm:
		return nil, malformed(true, "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"")
	}
	seconds, err := strconv.ParseInt(expires, 10, 64)
	switch {
	case err != nil:
		return nil, malformed(true, "X-Amz-Expires should be a number")
	case seconds < 0:
		return nil, malformed(true, "X-Amz-Expires must be non-negative")
	case seconds > maxPresign:
		return nil, malformed(true, "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds")
	}
	a.expires = time.Duration(seconds) * time.Second
	if err := a.fill(credential, signed); err != nil {
		return nil, err
	}
	return a, a.setDate()
}

// fill splits the credential and the names of the signed headers.
func (a *authorization) fill(credential, signed string) error {
	// From the right: an access key of another store may hold a slash.
	parts := strings.Split(credential, "/")
	n := len(parts)
	if n < 5 {
		return malformed(a.presigned, "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".")
	}
	a.accessKey = strings.Join(parts[:n-4], "/")
	a.scope = scope{date: parts[n-4], region: parts[n-3], service: parts[n-2]}
	switch {
	case a.accessKey == "" || a.region == "" || a.service == "":
		return malformed(a.presigned, "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".")
	case parts[n-1] != terminator:
		return malformed(a.presigned, "incorrect terminal %q. This endpoint uses \"aws4_request\".", parts[n-1])
	}
	if _, err := time.Parse("20060102", a.scope.date); err != nil {
		return malformed(a.presigned, "incorrect date format %q. This date in the credential must be in the format \"yyyyMMdd\".", a.scope.date)
	}
	if len(a.signature) != 64 || strings.Trim(a.signature, "0123456789abcdef") != "" {
		return mismatch(&Mismatch{AccessKey: a.accessKey, Signature: a.signature})
	}
	a.headers = strings.Split(signed, ";")
	seen := make(map[string]bool, len(a.headers))
	for _, name := range a.headers {
		if name == "" || name != strings.ToLower(name) || seen[name] {
			return malformed(a.presigned, "SignedHeaders must be header names in lower case, each once, separated by semicolons.")
		}
		seen[name] = true
	}
	return nil
}

// setDate reads the date of the request, which must be of the scope's day.
func (a *authorization) setDate() error {
	at, err := time.Parse(timeFormat, a.date)
	if err != nil {
		if a.presigned {
			return malformed(true, "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
		}
		return noDate()
	}
	if a.date[:8] != a.scope.date {
		return malformed(a.presigned, "Invalid credential date %q. This date is not the same as X-Amz-Date: %q.", a.scope.date, a.date[:8])
	}
	a.at = at
	return nil
}

func noDate() *transship.Error {
	return refuse("AccessDenied", http.StatusForbidden, "AWS authentication requires a valid Date or x-amz-date header")
}

// checkTime refuses what is too early or too late at now (S3 API reference:
// 15 minutes of skew; a presigned request lives from its date to its expiry).
func (a *authorization) checkTime(now time.Time) error {
	const skew = 15 * time.Minute
	if a.presigned {
		if now.After(a.at.Add(a.expires)) {
			return refuse("AccessDenied", http.StatusForbidden, "Request has expired")
		}
		if a.at.After(now.Add(skew)) {
			return refuse("AccessDenied", http.StatusForbidden, "Request is not yet valid")
		}
		return nil
	}
	if d := now.Sub(a.at); d > skew || d < -skew {
		return refuse("RequestTimeTooSkewed", http.StatusForbidden,
			"The difference between the request time and the current time is too large.")
	}
	return nil
}
