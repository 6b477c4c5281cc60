package lab

import (
	"io"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/iam/query"
	"github.com/transship/transship/internal/sigv4"
)

// ServeHTTP checks the signature and hands the request to the service for
// which it was signed. A request without signature is S3's, but for a form
// posted to the root, which only STS and IAM take.
func (l *Lab) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.inFlight.Add(1)
	defer l.inFlight.Done()
	promiseEmptyBody(w, r)
	service := signedFor(r)
	v, err := l.verifier.Verify(r)
	var caller access.Caller
	if err == nil && !v.Anonymous {
		service = v.Service
		caller, _, err = l.accounts.Authenticate(v.AccessKey, v.SessionToken)
	}
	version, isQuery := queryVersion(service)
	switch {
	case err != nil && isQuery:
		query.Fail(w, version, uuid.NewString(), err)
	case err != nil:
		l.services.s3.Refuse(w, r, err)
	case isQuery:
		l.serveQuery(w, r, service, caller, v)
	default:
		l.services.s3.ServeS3(w, r, caller, v)
	}
}

// promiseEmptyBody answers "Expect: 100-continue" of a request whose body is
// empty, as S3 does and net/http does not. An AWS CLI of version 2.9 that gets
// a success without it takes the next answer on the connection for this one's
// and hangs.
func promiseEmptyBody(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength == 0 && r.ProtoAtLeast(1, 1) && strings.EqualFold(r.Header.Get("Expect"), "100-continue") {
		w.WriteHeader(http.StatusContinue)
	}
}

// queryVersion is the API version of a service that speaks the Query protocol.
func queryVersion(service string) (version string, ok bool) {
	switch service {
	case "sts":
		return query.STSVersion, true
	case "iam":
		return query.IAMVersion, true
	}
	return "", false
}

func (l *Lab) serveQuery(w http.ResponseWriter, r *http.Request, service string, caller access.Caller, v *sigv4.Verified) {
	version, _ := queryVersion(service)
	fail := func(code string, status int, message string) {
		query.Fail(w, version, uuid.NewString(), query.Errorf(code, status, "%s", message))
	}
	if r.Method != http.MethodPost {
		fail("InvalidAction", http.StatusBadRequest, "The lab's "+strings.ToUpper(service)+" takes POST requests only")
		return
	}
	body, err := io.ReadAll(io.LimitReader(v.Body, query.MaxBody+1))
	switch {
	case err != nil:
		query.Fail(w, version, uuid.NewString(), err)
	case len(body) > query.MaxBody:
		fail("RequestEntityTooLarge", http.StatusRequestEntityTooLarge, "The request is too large")
	case service == "sts":
		l.services.sts.Serve(w, r, caller, body)
	default:
		l.services.iam.Serve(w, r, caller, body)
	}
}

// signedFor is the service in the request's credential scope, as it says
// itself: it only decides in whose form a refusal is written.
func signedFor(r *http.Request) string {
	_, credential, ok := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	if !ok {
		form := strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
		if form && r.Method == http.MethodPost && r.URL.Path == "/" {
			return "sts"
		}
		return "s3"
	}
	credential, _, _ = strings.Cut(credential, ",")
	if parts := strings.Split(credential, "/"); len(parts) >= 5 {
		return parts[len(parts)-2]
	}
	return "s3"
}
