package s3control

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/sigv4"
)

func TestWhoIsNotWhoHeSaysIsRefused(t *testing.T) {
	d := newDoor(t)
	id := d.create()
	describe := "/v20180820/jobs/" + id
	signAt := func(secret string, shift time.Duration) func(*http.Request, string, time.Time) bool {
		return func(r *http.Request, payload string, now time.Time) bool {
			(&sigv4.Signer{Region: "eu-local-1", Service: "s3"}).Sign(r, sigv4.Credentials{AccessKey: "AKIAROOT", Secret: secret}, payload, now.Add(shift))
			return false
		}
	}
	unsigned := func(*http.Request, string, time.Time) bool { return false }
	cases := []struct {
		name   string
		q      request
		status int
		code   string
	}{
		{"an unsigned call", request{sign: unsigned}, 403, "AccessDenied"},
		{"a wrong secret", request{sign: signAt("guess", 0)}, 403, "SignatureDoesNotMatch"},
		{"a date 16 minutes ago", request{sign: signAt("AKIAROOT-secret", -16*time.Minute)}, 403, "RequestTimeTooSkewed"},
		{"a date 16 minutes ahead", request{sign: signAt("AKIAROOT-secret", 16*time.Minute)}, 403, "RequestTimeTooSkewed"},
		{"an unknown access key", request{key: "AKIAWHO"}, 403, "InvalidAccessKeyId"},
		{"a token that is not its key's", request{before: func(r *http.Request) { r.Header.Set("x-amz-security-token", "stolen") }}, 400, "InvalidToken"},
		{"another account's caller", request{key: "AKIAFOREIGN"}, 403, "AccessDenied"},
		{"a caller without any policy", request{key: "AKIANOBODY"}, 403, "AccessDenied"},
		{"an account that was changed on the way", request{after: func(r *http.Request) { r.Header.Set("x-amz-account-id", "111111111111") }}, 403, "SignatureDoesNotMatch"},
		{"an account that was added on the way", request{
			before: func(r *http.Request) { r.Header.Del("x-amz-account-id") },
			after:  func(r *http.Request) { r.Header.Set("x-amz-account-id", account) }}, 403, "AccessDenied"},
		{"a path that was changed on the way", request{after: func(r *http.Request) { r.URL.Path += "/status" }}, 403, "SignatureDoesNotMatch"},
		{"no account", request{before: func(r *http.Request) { r.Header.Del("x-amz-account-id") }}, 400, "BadRequestException"},
		{"an account of 11 digits", request{before: func(r *http.Request) { r.Header.Set("x-amz-account-id", "22222222222") }}, 400, "BadRequestException"},
		{"a host of another account", request{before: func(r *http.Request) { r.Host = "111111111111.control.test" }}, 400, "BadRequestException"},
		{"another service's signature", request{sign: func(r *http.Request, payload string, now time.Time) bool {
			(&sigv4.Signer{Region: "eu-local-1", Service: "sts"}).Sign(r, sigv4.Credentials{AccessKey: "AKIAROOT", Secret: "AKIAROOT-secret"}, payload, now)
			return false
		}}, 400, "AuthorizationHeaderMalformed"},
		{"garbage in place of a signature", request{sign: unsigned, before: func(r *http.Request) { r.Header.Set("Authorization", "AWS4-HMAC-SHA256 what?") }}, 400, "AuthorizationHeaderMalformed"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d.t = t
			c.q.method, c.q.target = "GET", describe
			got := d.send(c.q)
			if got.status != c.status || got.Code != c.code || got.Type != "Sender" {
				t.Errorf("got %d %s %s: %s", got.status, got.Type, got.Code, got.Text)
			}
			if strings.Contains(got.body, "secret") || strings.Contains(got.body, "weekly") {
				t.Errorf("tells too much: %s", got.body)
			}
		})
	}
}

func TestABodyMustBeTheOneThatWasSigned(t *testing.T) {
	d := newDoor(t)
	sign := func(r *http.Request, payload string) {
		(&sigv4.Signer{Region: "eu-local-1", Service: "s3"}).Sign(r, sigv4.Credentials{AccessKey: "AKIAROOT", Secret: "AKIAROOT-secret"}, payload, d.now)
	}
	other := sha256.Sum256([]byte(copyRequest("<Priority>42", "<Priority>43")))
	for name, payload := range map[string]string{"another body's hash": hex.EncodeToString(other[:]), "no hash over an open connection": "UNSIGNED-PAYLOAD"} {
		got := d.send(request{method: "POST", target: "/v20180820/jobs", body: copyRequest(),
			sign: func(r *http.Request, _ string, _ time.Time) bool { sign(r, payload); return false }})
		if got.status < 400 || got.status >= 500 || len(d.shelf.jobs) != 0 {
			t.Errorf("%s: got %d %s", name, got.status, got.body)
		}
	}
	got := d.send(request{method: "POST", target: "/v20180820/jobs", body: strings.Repeat(" ", DefaultMaxBody+1)})
	if got.status != 413 || got.Code != "EntityTooLarge" {
		t.Errorf("a body of over a mebibyte: got %d %s", got.status, got.Code)
	}
}

// slow gives some bytes and then waits until the test is over.
type slow struct {
	first io.Reader
	over  <-chan struct{}
}

func (s slow) Read(p []byte) (int, error) {
	if n, err := s.first.Read(p); err == nil {
		return n, nil
	}
	<-s.over
	return 0, io.EOF
}

func TestABodyThatDoesNotComeIsNotWaitedFor(t *testing.T) {
	d := newDoor(t)
	d.BodyTime = 50 * time.Millisecond
	over := make(chan struct{})
	defer close(over)
	got := d.send(request{method: "POST", target: "/v20180820/jobs", body: copyRequest(),
		after: func(r *http.Request) {
			r.Body = io.NopCloser(slow{strings.NewReader("<CreateJobRequest>"), over})
		}})
	if got.status != 400 || got.Code != "RequestTimeout" || len(d.slots) != 0 {
		t.Errorf("got %d %s", got.status, got.body)
	}
}

func TestAPresignedCallIsRefused(t *testing.T) {
	d := newDoor(t)
	signer := v4.NewSigner()
	got := d.send(request{method: "GET", target: "/v20180820/jobs?X-Amz-Expires=60", sign: func(r *http.Request, _ string, now time.Time) bool {
		who := aws.Credentials{AccessKeyID: "AKIAROOT", SecretAccessKey: "AKIAROOT-secret"}
		uri, headers, err := signer.PresignHTTP(context.Background(), who, r, "UNSIGNED-PAYLOAD", "s3", "eu-local-1", now)
		if err != nil {
			t.Fatal(err)
		}
		if r.URL, err = url.Parse(uri); err != nil {
			t.Fatal(err)
		}
		r.Header = headers
		return false
	}})
	if got.status != 403 || got.Code != "AccessDenied" || !strings.Contains(got.Text, "presigned") {
		t.Errorf("got %d %s", got.status, got.body)
	}
}

func TestPathsAndQueriesThatAreNotTheAPI(t *testing.T) {
	d := newDoor(t)
	id := d.create()
	job := "/v20180820/jobs/" + id
	cases := []struct {
		method, target string
		status         int
		code           string
	}{
		{"GET", "/", 404, "NotFoundException"},
		{"GET", "/v20180820/jobsX", 404, "NotFoundException"},
		{"GET", "/v20180820/jobs/", 400, "BadRequestException"},
		{"GET", job + "/", 400, "BadRequestException"},
		{"GET", job + "/nothing", 404, "NotFoundException"},
		{"DELETE", job, 405, "MethodNotAllowed"},
		{"PUT", "/v20180820/jobs", 405, "MethodNotAllowed"},
		{"GET", job + "/tagging", 501, "NotImplemented"},
		{"PUT", job + "/tagging", 501, "NotImplemented"},
		{"DELETE", job + "/tagging", 501, "NotImplemented"},
		{"GET", job + "?versionId=1", 400, "BadRequestException"},
		{"GET", "/v20180820/jobs/a%2Fb%20c", 404, "NotFoundException"},
		{"GET", "/v20180820/jobs/00000000-0000-0000-0000-000000000000", 404, "NotFoundException"},
		{"POST", "/v20180820/jobs/00000000-0000-0000-0000-000000000000/priority?priority=1", 404, "NotFoundException"},
		{"POST", "/v20180820/jobs/00000000-0000-0000-0000-000000000000/status?requestedJobStatus=Ready", 404, "NotFoundException"},
		{"POST", job + "/priority", 400, "BadRequestException"},
		{"POST", job + "/priority?priority=-1", 400, "BadRequestException"},
		{"POST", job + "/priority?priority=2147483648", 400, "BadRequestException"},
		{"POST", job + "/priority?priority=1&priority=2", 400, "BadRequestException"},
		{"POST", job + "/status", 400, "BadRequestException"},
		{"POST", job + "/status?requestedJobStatus=Paused", 400, "BadRequestException"},
		{"POST", job + "/status?requestedJobStatus=Ready", 400, "JobStatusException"},
		{"POST", job + "/status?requestedJobStatus=Cancelled&statusUpdateReason=" + strings.Repeat("a", 257), 400, "BadRequestException"},
		{"GET", "/v20180820/jobs?jobStatuses=Active&jobStatuses=active", 400, "InvalidRequestException"},
		{"GET", "/v20180820/jobs?maxResults=1001", 400, "InvalidRequestException"},
		{"GET", "/v20180820/jobs?maxResults=-1", 400, "InvalidRequestException"},
		{"GET", "/v20180820/jobs?maxResults=x", 400, "InvalidRequestException"},
		{"GET", "/v20180820/jobs?prefix=x", 400, "InvalidRequestException"},
		{"GET", "/v20180820/jobs?nextToken=", 400, "InvalidNextTokenException"},
		{"GET", "/v20180820/jobs?nextToken=eyJvIjoxMDB9", 400, "InvalidNextTokenException"},
		{"HEAD", "/v20180820/jobs", 405, ""},
	}
	for _, c := range cases {
		got := d.send(request{method: c.method, target: c.target})
		if got.status != c.status || got.Code != c.code {
			t.Errorf("%s %s: got %d %s: %s", c.method, c.target, got.status, got.Code, got.Text)
		}
	}
}

func TestFaultsOfOursAreLoggedAndNotShown(t *testing.T) {
	for code, want := range map[transship.Code]struct {
		status int
		code   string
		logged bool
	}{
		transship.Internal:    {500, "InternalServiceException", true},
		transship.Damaged:     {500, "InternalServiceException", true},
		transship.Unavailable: {503, "ServiceUnavailable", true},
		transship.Throttled:   {429, "TooManyRequestsException", false},
	} {
		d := newDoor(t)
		d.shelf.fault = &transship.Error{Code: code, Message: "disk sda1 is on fire"}
		got := d.send(request{method: "POST", target: "/v20180820/jobs", body: copyRequest()})
		if got.status != want.status || got.Code != want.code || strings.Contains(got.body, "sda1") {
			t.Errorf("%s: got %d %s", code, got.status, got.body)
		}
		if logged := strings.Contains(d.logs.String(), "sda1") && strings.Contains(d.logs.String(), got.ID); logged != want.logged {
			t.Errorf("%s: log %q", code, d.logs.String())
		}
		if list := d.send(request{method: "GET", target: "/v20180820/jobs"}); code == transship.Throttled && (list.status != 503 || list.Code != "SlowDown") {
			t.Errorf("ListJobs: got %d %s", list.status, list.Code)
		}
	}
}

func TestMoreCallsThanAllowedAtOnceAreThrottled(t *testing.T) {
	d := newDoor(t)
	d.MaxCalls = 1
	d.once.Do(d.start)
	d.slots <- struct{}{}
	if got := d.send(request{method: "GET", target: "/v20180820/jobs/12345"}); got.status != 429 || got.Code != "TooManyRequestsException" {
		t.Errorf("got %d %s", got.status, got.body)
	}
	<-d.slots
	if got := d.send(request{method: "GET", target: "/v20180820/jobs/12345"}); got.status != 404 {
		t.Errorf("got %d %s", got.status, got.body)
	}
	if len(d.slots) != 0 {
		t.Error("a slot was kept")
	}
}
