package sigv4

import (
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

var testTime = time.Date(2026, 11, 24, 22, 0, 0, 0, time.UTC)

// randomText draws bytes that keys, values and queries have, ASCII or not.
func randomText(rnd *rand.Rand, max int) string {
	alphabet := []rune("abcXYZ019-._~/ +%&=?#:;,@!$'()*\"<>[]{}|^`\\äß日本🙂")
	n := 1 + rnd.IntN(max)
	var b strings.Builder
	for range n {
		b.WriteRune(alphabet[rnd.IntN(len(alphabet))])
	}
	return b.String()
}

// request makes a random request of service s3 or another; the same seed
// makes the same request.
func randomRequest(seed uint64, service string) *http.Request {
	rnd := rand.New(rand.NewPCG(seed, 7))
	method := []string{"GET", "PUT", "HEAD", "POST", "DELETE"}[rnd.IntN(5)]
	path := "/bucket/" + string(AppendPath(nil, randomText(rnd, 40)))
	query := url.Values{}
	for range rnd.IntN(5) {
		query.Add(randomText(rnd, 10), randomText(rnd, 20))
	}
	raw := strings.ReplaceAll(query.Encode(), "+", "%20")
	u := &url.URL{Scheme: "http", Host: "127.0.0.1:9000", Opaque: "//127.0.0.1:9000" + path, RawQuery: raw}
	if plain, err := url.PathUnescape(path); err == nil {
		u.Path, u.RawPath = plain, path
	}
	r := &http.Request{Method: method, URL: u, Host: u.Host, Header: http.Header{}}
	for range rnd.IntN(6) {
		name := fmt.Sprintf("X-Amz-Meta-%c%c", 'a'+rnd.IntN(26), 'a'+rnd.IntN(26))
		r.Header.Add(name, "  "+strings.ReplaceAll(randomText(rnd, 30), "+", "  ")+" ")
	}
	if rnd.IntN(2) == 0 {
		r.Header.Set("Content-Type", "text/plain;  charset=utf-8")
	}
	r.Header.Set("User-Agent", "never signed")
	return r
}

func TestSignaturesAreThoseOfTheSDKByteForByte(t *testing.T) {
	for _, service := range []string{"s3", "sts"} {
		signer := &Signer{Region: "eu-central-1", Service: service}
		sdk := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" })
		for seed := range uint64(5000) {
			creds := Credentials{AccessKey: testKey, Secret: testSecret}
			if seed%3 == 0 {
				creds.SessionToken = testToken
			}
			payload := hex.EncodeToString([]byte(fmt.Sprintf("%032d", seed)))
			ours, theirs := randomRequest(seed, service), randomRequest(seed, service)
			signer.Sign(ours, creds, payload, testTime)
			if service == "s3" {
				theirs.Header.Set("X-Amz-Content-Sha256", payload)
			}
			err := sdk.SignHTTP(context.Background(), aws.Credentials{AccessKeyID: creds.AccessKey, SecretAccessKey: creds.Secret, SessionToken: creds.SessionToken},
				theirs, payload, service, "eu-central-1", testTime)
			if err != nil {
				t.Fatal(err)
			}
			if a, b := ours.Header.Get("Authorization"), theirs.Header.Get("Authorization"); a != b {
				t.Fatalf("%s, seed %d, %s %s:\nours   %s\ntheirs %s", service, seed, ours.Method, ours.URL, a, b)
			}
		}
	}
}

func TestTheKeyCacheStaysBounded(t *testing.T) {
	s := &Signer{Region: "r", Service: "s3"}
	r := Request{Method: "GET", Path: []byte("/"), Payload: EmptyPayload}
	for i := range 3 * maxKeys {
		s.Append(nil, &Credentials{AccessKey: "a", Secret: fmt.Sprint(i)}, "20260101T000000Z", &r)
	}
	if len(s.keys.keys) > maxKeys {
		t.Fatalf("%d keys kept", len(s.keys.keys))
	}
}

func TestCredentialsPrintWithoutSecrets(t *testing.T) {
	c := Credentials{"id", "secret", "token"}
	for _, f := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(f, c); s != "id" {
			t.Errorf("%s prints %s", f, s)
		}
	}
}

func benchRequest() *Request {
	r := &Request{Method: "PUT", Path: AppendPath(nil, "/destination/photos/2026/11/24/image 0001.jpg"), Payload: EmptyPayload}
	r.Headers = []Header{{"host", "s3.eu-central-1.amazonaws.com"}, {"x-amz-content-sha256", EmptyPayload},
		{"x-amz-copy-source", "/source/photos/2026/11/24/image%200001.jpg"}, {"x-amz-date", "20261124T220000Z"},
		{"x-amz-security-token", strings.Repeat("T", 400)}}
	sort.Slice(r.Headers, func(i, j int) bool { return r.Headers[i].Name < r.Headers[j].Name })
	return r
}

func BenchmarkSign(b *testing.B) {
	s := &Signer{Region: "eu-central-1", Service: "s3"}
	c := &Credentials{AccessKey: testKey, Secret: testSecret, SessionToken: strings.Repeat("T", 400)}
	r := benchRequest()
	buf := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		buf = s.Append(buf[:0], c, "20261124T220000Z", r)
	}
}
