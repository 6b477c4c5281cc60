package sigv4

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Over TLS the SDK sends a body that it cannot rewind in unsigned chunks with a
// trailing checksum.
func TestTheSDKsStreamsOverTLSVerifyWithTheirTrailer(t *testing.T) {
	v := &Verifier{Lookup: testLookup}
	got := make(chan seen, 1)
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var s seen
		if s.Verified, s.err = v.Verify(r); s.err == nil {
			s.data, s.err = io.ReadAll(s.Body)
		}
		got <- s
	}))
	defer srv.Close()
	client := sdkClient(srv.URL, func(o *s3.Options) { o.HTTPClient = srv.Client() })
	for _, size := range []int{0, 1, 100_000, 3_000_000} {
		data := bytes.Repeat([]byte("x"), size)
		_, err := client.PutObject(context.Background(), &s3.PutObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k"),
			Body: struct{ io.Reader }{bytes.NewReader(data)}, ContentLength: aws.Int64(int64(size))})
		s := <-got
		if err != nil || s.err != nil || !bytes.Equal(s.data, data) {
			t.Fatalf("%d bytes: client %v, server %v, %d came", size, err, s.err, len(s.data))
		}
		if s.ContentLength != int64(size) {
			t.Errorf("content length %d", s.ContentLength)
		}
		if size > 0 && s.Trailer().Get("X-Amz-Checksum-Crc32") == "" {
			t.Errorf("trailer %v", s.Trailer())
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	v := verifierAt(testTime)
	r := signed(b, "", func(r *http.Request) { r.Header.Set("X-Amz-Copy-Source", "/source/"+strings.Repeat("k", 40)) })
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(r); err != nil {
			b.Fatal(err)
		}
	}
}
