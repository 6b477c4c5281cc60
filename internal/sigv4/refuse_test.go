package sigv4

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/transship/transship"
)

// signed is a PUT that verifies, before a case spoils it.
func signed(t testing.TB, body string, change func(*http.Request)) *http.Request {
	t.Helper()
	r := raw(t, "PUT", "/bucket/key?tagging=", map[string]string{"Host": "127.0.0.1:9400", "X-Amz-Acl": "private"}, body)
	if change != nil {
		change(r)
	}
	s := &Signer{Region: "snow", Service: "s3"}
	s.Sign(r, Credentials{AccessKey: testKey, Secret: testSecret, SessionToken: testToken}, HashPayload([]byte(body)), testTime)
	return r
}

func verifierAt(now time.Time) *Verifier {
	return &Verifier{Lookup: testLookup, Services: []string{"s3"}, Now: func() time.Time { return now }}
}

func s3Error(t *testing.T, err error) *transship.Error {
	t.Helper()
	var e *transship.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *transship.Error", err)
	}
	return e
}

func TestEveryWayToBeWrongHasItsAnswer(t *testing.T) {
	replaceAuth := func(old, new string) func(*http.Request) {
		return func(r *http.Request) {
			was := r.Header.Get("Authorization")
			r.Header.Set("Authorization", strings.Replace(was, old, new, 1))
		}
	}
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for _, c := range []struct {
		name   string
		now    time.Time
		spoil  func(*http.Request)
		s3code string
		status int
	}{
		{"a request that nobody spoiled is right", testTime, func(*http.Request) {}, "", 0},
		{"14 minutes late is in time", testTime.Add(14 * time.Minute), func(*http.Request) {}, "", 0},
		{"16 minutes late is too late", testTime.Add(16 * time.Minute), func(*http.Request) {}, "RequestTimeTooSkewed", 403},
		{"16 minutes early is too early", testTime.Add(-16 * time.Minute), func(*http.Request) {}, "RequestTimeTooSkewed", 403},
		{"another method", testTime, func(r *http.Request) { r.Method = "POST" }, "SignatureDoesNotMatch", 403},
		{"another path", testTime, func(r *http.Request) { r.RequestURI = "/bucket/other?tagging=" }, "SignatureDoesNotMatch", 403},
		{"another query", testTime, func(r *http.Request) { r.URL.RawQuery = "acl=" }, "SignatureDoesNotMatch", 403},
		{"another host", testTime, func(r *http.Request) { r.Host = "127.0.0.1:9401" }, "SignatureDoesNotMatch", 403},
		{"a signed header changed", testTime, set("X-Amz-Acl", "public-read"), "SignatureDoesNotMatch", 403},
		{"a signature of another length", testTime, replaceAuth("Signature=", "Signature=0"), "SignatureDoesNotMatch", 403},
		{"an x-amz- header added", testTime, set("X-Amz-Grant-Read", "id=x"), "AccessDenied", 403},
		{"host not signed", testTime, replaceAuth("host;", ""), "AccessDenied", 403},
		{"an unknown key", testTime, replaceAuth(testKey, "AKIANOBODY"), "InvalidAccessKeyId", 403},
		{"another session's token", testTime, set("X-Amz-Security-Token", "other"), "InvalidToken", 400},
		{"another service", testTime, replaceAuth("/s3/", "/sts/"), "AuthorizationHeaderMalformed", 400},
		{"another day in the scope", testTime, replaceAuth("20261124", "20261123"), "AuthorizationHeaderMalformed", 400},
		{"a day that is none", testTime, replaceAuth("20261124", "20261341"), "AuthorizationHeaderMalformed", 400},
		{"a short credential", testTime, replaceAuth("/aws4_request", ""), "AuthorizationHeaderMalformed", 400},
		{"another terminal", testTime, replaceAuth("aws4_request", "aws5_request"), "AuthorizationHeaderMalformed", 400},
		{"no signed headers", testTime, replaceAuth("SignedHeaders=", "Other="), "AuthorizationHeaderMalformed", 400},
		{"a header signed twice", testTime, replaceAuth("host;", "host;host;"), "AuthorizationHeaderMalformed", 400},
		{"a header signed in upper case", testTime, replaceAuth("host;", "Host;"), "AuthorizationHeaderMalformed", 400},
		{"version 2", testTime, set("Authorization", "AWS AKIA:sig"), "InvalidRequest", 400},
		{"the asymmetric version", testTime, replaceAuth("AWS4-HMAC", "AWS4-ECDSA-P256"), "InvalidRequest", 400},
		{"basic", testTime, set("Authorization", "Basic dTpw"), "InvalidArgument", 400},
		{"two mechanisms", testTime, func(r *http.Request) { r.URL.RawQuery += "&X-Amz-Signature=x" }, "InvalidArgument", 400},
		{"no date", testTime, func(r *http.Request) { r.Header.Del("X-Amz-Date") }, "AccessDenied", 403},
		{"no payload hash", testTime, func(r *http.Request) { r.Header.Del("X-Amz-Content-Sha256") }, "InvalidRequest", 400},
		{"a broken escape in the query", testTime, func(r *http.Request) { r.URL.RawQuery = "a=%zz" }, "InvalidURI", 400},
		{"a broken escape in the path", testTime, func(r *http.Request) { r.RequestURI = "/bucket/%zz" }, "InvalidURI", 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := signed(t, "hello", nil)
			c.spoil(r)
			v, err := verifierAt(c.now).Verify(r)
			if c.s3code == "" {
				if err != nil || v.Region != "snow" {
					t.Fatalf("%v", err)
				}
				return
			}
			e := s3Error(t, err)
			if e.S3Code != c.s3code || e.Status != c.status || e.Message == "" {
				t.Errorf("%s %d %q, want %s %d", e.S3Code, e.Status, e.Message, c.s3code, c.status)
			}
			if text := err.Error(); strings.Contains(text, testToken) || strings.Contains(text, testSecret) {
				t.Errorf("a secret in: %s", text)
			}
		})
	}
}

func TestUnsignedHeadersAreNamed(t *testing.T) {
	r := signed(t, "", nil)
	r.Header.Set("X-Amz-Tagging", "a=b")
	r.Header.Set("X-Amz-Grant-Read", "id=x")
	_, err := verifierAt(testTime).Verify(r)
	var u *UnsignedHeaders
	if !errors.As(err, &u) || strings.Join(u.Names, " ") != "x-amz-grant-read x-amz-tagging" {
		t.Fatalf("%v", err)
	}
	if e := s3Error(t, err); e.Message != "There were headers present in the request which were not signed" {
		t.Error(e.Message)
	}
}

func TestAMismatchShowsWhatWasComputedWithoutTheToken(t *testing.T) {
	r := signed(t, "", nil)
	r.Method = "GET"
	_, err := verifierAt(testTime).Verify(r)
	var m *Mismatch
	if !errors.As(err, &m) || !strings.HasPrefix(m.CanonicalRequest, "GET\n/bucket/key\ntagging=\nhost:127.0.0.1:9400\n") || strings.Contains(m.CanonicalRequest, testToken) {
		t.Fatalf("%+v", m)
	}
}

func TestABodyThatIsNotWhatWasSignedIsRefusedAtItsEnd(t *testing.T) {
	for name, c := range map[string]struct {
		body   string
		length int64
		want   string
	}{
		"the body as signed":          {"hello", 5, ""},
		"other bytes, length known":   {"hellO", 5, "XAmzContentSHA256Mismatch"},
		"other bytes, length unknown": {"hellO", -1, "XAmzContentSHA256Mismatch"},
		"fewer bytes than promised":   {"hell", 5, "IncompleteBody"},
	} {
		t.Run(name, func(t *testing.T) {
			r := signed(t, "hello", nil)
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(c.body)), c.length
			v, err := verifierAt(testTime).Verify(r)
			if err != nil {
				t.Fatal(err)
			}
			// io.ReadFull drops an error that comes with the last byte.
			buf := make([]byte, 5)
			_, err = io.ReadFull(v.Body, buf)
			if c.length == -1 && err == nil {
				_, err = v.Body.Read(buf)
			}
			switch {
			case c.want == "" && err != nil:
				t.Fatal(err)
			case c.want != "" && s3Error(t, err).S3Code != c.want:
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

func TestAnEmptyBodyIsCheckedWithoutBeingRead(t *testing.T) {
	r := signed(t, "hello", nil)
	r.Body, r.ContentLength = http.NoBody, 0
	_, err := verifierAt(testTime).Verify(r)
	if s3Error(t, err).S3Code != "XAmzContentSHA256Mismatch" {
		t.Fatal(err)
	}
}

func TestAPathSentBareMayBeSignedEncoded(t *testing.T) {
	r := signed(t, "", func(r *http.Request) { r.URL.Path, r.URL.RawPath = "/bucket/a(b)!", "/bucket/a%28b%29%21" })
	r.RequestURI = "/bucket/a(b)!?tagging="
	if _, err := verifierAt(testTime).Verify(r); err != nil {
		t.Fatal(err)
	}
}

func TestTheAbsoluteFormOfAProxysClientVerifies(t *testing.T) {
	r := signed(t, "", nil)
	r.RequestURI = "http://127.0.0.1:9400/bucket/key?tagging="
	if _, err := verifierAt(testTime).Verify(r); err != nil {
		t.Fatal(err)
	}
}

func TestTheDefaultPortMayBeLeftOutOfTheSignature(t *testing.T) {
	r := signed(t, "", func(r *http.Request) { r.Host = "s3.localhost" })
	r.Host = "s3.localhost:80"
	if _, err := verifierAt(testTime).Verify(r); err != nil {
		t.Fatal(err)
	}
}

func presigned(t testing.TB, change func(string) string) *http.Request {
	q := "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
	if change != nil {
		q = change(q)
	}
	return raw(t, "GET", "/test.txt?"+q, map[string]string{"Host": "examplebucket.s3.amazonaws.com"}, "")
}

func TestPresignedRequestsAreCheckedLikeTheDocumentationSays(t *testing.T) {
	day := time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)
	swap := func(old, new string) func(string) string {
		return func(q string) string { return strings.Replace(q, old, new, 1) }
	}
	for _, c := range []struct {
		name    string
		now     time.Time
		change  func(string) string
		s3code  string
		message string
	}{
		{"at its date", day, nil, "", ""},
		{"just before its end", day.Add(24 * time.Hour), nil, "", ""},
		{"after its end", day.Add(24*time.Hour + time.Second), nil, "AccessDenied", "Request has expired"},
		{"before its date", day.Add(-time.Hour), nil, "AccessDenied", "Request is not yet valid"},
		{"over a week", day, swap("86400", "604801"), "AuthorizationQueryParametersError", "week"},
		{"a negative life", day, swap("86400", "-1"), "AuthorizationQueryParametersError", "non-negative"},
		{"a life that is no number", day, swap("86400", "x"), "AuthorizationQueryParametersError", "number"},
		{"no expiry", day, swap("&X-Amz-Expires=86400", ""), "AuthorizationQueryParametersError", "requires"},
		{"another algorithm", day, swap("HMAC-SHA256&", "HMAC-SHA1&"), "AuthorizationQueryParametersError", "AWS4-HMAC-SHA256"},
		{"a longer life than signed", day, swap("86400", "86401"), "SignatureDoesNotMatch", ""},
		{"a parameter added", day, func(q string) string { return q + "&versionId=1" }, "SignatureDoesNotMatch", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := documentedVerifier()
			v.Now = func() time.Time { return c.now }
			got, err := v.Verify(presigned(t, c.change))
			if c.s3code == "" {
				if err != nil || !got.Presigned {
					t.Fatal(err)
				}
				return
			}
			if e := s3Error(t, err); e.S3Code != c.s3code || !strings.Contains(e.Message, c.message) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestAPresignedRequestWithAnUnsignedAmzHeaderIsRefused(t *testing.T) {
	r := presigned(t, nil)
	r.Header.Set("X-Amz-Acl", "public-read")
	_, err := documentedVerifier().Verify(r)
	if s3Error(t, err).S3Code != "AccessDenied" {
		t.Fatal(err)
	}
}

func TestALookupThatFailsIsNotARefusal(t *testing.T) {
	v := verifierAt(testTime)
	v.Lookup = func(string, string) (string, error) { return "", errors.New("disk on fire") }
	_, err := v.Verify(signed(t, "", nil))
	if e := s3Error(t, err); e.Code != transship.Internal || e.Status != 500 {
		t.Fatal(err)
	}
}
