package sigv4

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const (
	testKey    = "AKIAIOSFODNN7EXAMPLE"
	testSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	testToken  = "token/with+odd=characters"
)

func testLookup(accessKey, token string) (string, error) {
	if accessKey != testKey {
		return "", UnknownAccessKey()
	}
	if token != "" && token != testToken {
		return "", InvalidToken()
	}
	return testSecret, nil
}

// seen is what a handler behind the verifier saw of one request.
type seen struct {
	*Verified
	data []byte
	err  error
}

// verifying serves requests by verifying and reading them.
func verifying(t *testing.T, services ...string) (string, chan seen) {
	t.Helper()
	v := &Verifier{Lookup: testLookup, Services: services}
	got := make(chan seen, 100)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var s seen
		s.Verified, s.err = v.Verify(r)
		if s.err == nil {
			s.data, s.err = io.ReadAll(s.Body)
		}
		got <- s
		if s.err != nil {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		if strings.Contains(r.URL.RawQuery, "list-type") {
			io.WriteString(w, "<ListBucketResult/>")
		}
	}))
	t.Cleanup(srv.Close)
	return srv.URL, got
}

func sdkClient(endpoint string, options ...func(*s3.Options)) *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: &endpoint, Region: "eu-central-1", UsePathStyle: true, RetryMaxAttempts: 1,
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		Credentials:                credentials.NewStaticCredentialsProvider(testKey, testSecret, testToken),
	}, options...)
}

var oddKeys = []string{
	"a", "a b", "a+b", "a%b", "a%2Fb", "a//b", "/a", "a/", "a/../b", "a/./b", "ä/ö/ü", "日本語/キー", "🙂", "a&b=c?d#e",
	"(x)!*'~-_.", "a;b,c:d@e", "\"quoted\"<>{}|^`\\", "=$", "\x01\x7f", strings.Repeat("k", 1024), strings.Repeat("é", 512),
}

func TestTheSDKsRequestsVerifyWithEveryKindOfBody(t *testing.T) {
	url, got := verifying(t, "s3")
	ctx := context.Background()
	client := sdkClient(url)
	bodies := map[string][]byte{"empty": {}, "one byte": {1}, "large": bytes.Repeat([]byte("0123456789abcdef"), 40000)}
	for name, body := range bodies {
		for _, alg := range []types.ChecksumAlgorithm{"", types.ChecksumAlgorithmCrc32c, types.ChecksumAlgorithmSha256, types.ChecksumAlgorithmCrc64nvme} {
			t.Run(fmt.Sprint(name, " ", alg), func(t *testing.T) {
				_, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("bucket"), Key: aws.String("a b/+"),
					Body: bytes.NewReader(body), ChecksumAlgorithm: alg, Metadata: map[string]string{"x": "  two   words "}})
				s := <-got
				if err != nil || s.err != nil || !bytes.Equal(s.data, body) {
					t.Fatalf("client %v, server %v, %d bytes", err, s.err, len(s.data))
				}
				if s.AccessKey != testKey || s.SessionToken != testToken || s.Region != "eu-central-1" || s.Service != "s3" || s.Presigned {
					t.Errorf("verified as %+v", s.Verified)
				}
				if s.ContentLength != int64(len(body)) {
					t.Errorf("content length %d", s.ContentLength)
				}
			})
		}
	}
}

func TestTheSDKsRequestsVerifyForEveryKey(t *testing.T) {
	url, got := verifying(t, "s3")
	client := sdkClient(url)
	for _, key := range oddKeys {
		_, err := client.GetObject(context.Background(), &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: &key})
		if s := <-got; err != nil || s.err != nil {
			t.Errorf("key %q: client %v, server %v", key, err, s.err)
		}
		_, err = client.ListObjectsV2(context.Background(), &s3.ListObjectsV2Input{Bucket: aws.String("bucket"), Prefix: &key, StartAfter: &key, Delimiter: aws.String("/")})
		if s := <-got; err != nil || s.err != nil {
			t.Errorf("prefix %q: client %v, server %v", key, err, s.err)
		}
	}
}

func TestPresignedRequestsOfTheSDKVerify(t *testing.T) {
	url, got := verifying(t, "s3")
	p := s3.NewPresignClient(sdkClient(url))
	for _, key := range oddKeys {
		req, err := p.PresignGetObject(context.Background(), &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: &key}, s3.WithPresignExpires(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.Get(req.URL)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if s := <-got; s.err != nil || !s.Presigned || s.SessionToken != testToken {
			t.Errorf("key %q: %v", key, s.err)
		}
	}
}

func TestSTSRequestsOfTheSDKVerify(t *testing.T) {
	url, got := verifying(t, "sts", "iam")
	client := sts.New(sts.Options{BaseEndpoint: &url, Region: "us-east-1", RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(testKey, testSecret, "")})
	client.GetCallerIdentity(context.Background(), &sts.GetCallerIdentityInput{})
	if s := <-got; s.err != nil || s.Service != "sts" || !strings.Contains(string(s.data), "GetCallerIdentity") {
		t.Fatalf("%v", s.err)
	}
}

func TestARequestWithoutSignatureIsAnonymous(t *testing.T) {
	url, got := verifying(t, "s3")
	client := sdkClient(url, func(o *s3.Options) { o.Credentials = aws.AnonymousCredentials{} })
	_, err := client.PutObject(context.Background(), &s3.PutObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k"), Body: strings.NewReader("hello")})
	s := <-got
	if err != nil || s.err != nil || !s.Anonymous || string(s.data) != "hello" {
		t.Fatalf("client %v, server %+v", err, s)
	}
}
