package s3wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
	"github.com/transship/transship/internal/s3wire/payload"
	"github.com/transship/transship/internal/sigv4"
)

var testCred = Credentials{AccessKey: "AKIATEST", Secret: "secret", SessionToken: "token"}

func static(c Credentials) func(context.Context) (Credentials, error) {
	return func(context.Context) (Credentials, error) { return c, nil }
}

// request is one that the store saw, verified, with its body decoded.
type request struct {
	*http.Request
	data    []byte
	trailer http.Header
}

// store serves canned answers to requests whose signature and body are right.
type store struct {
	*httptest.Server
	t    *testing.T
	seen chan request
}

func newStore(t *testing.T, answer http.HandlerFunc) *store {
	t.Helper()
	s := &store{t: t, seen: make(chan request, 1000)}
	v := &sigv4.Verifier{Services: []string{"s3"}, Lookup: func(accessKey, token string) (string, error) {
		if accessKey != testCred.AccessKey || token != testCred.SessionToken {
			return "", sigv4.UnknownAccessKey()
		}
		return testCred.Secret, nil
	}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, err := v.Verify(r)
		var data []byte
		if err == nil {
			data, err = io.ReadAll(got.Body)
		}
		if err == nil && got.Anonymous {
			err = errors.New("anonymous")
		}
		if err != nil {
			t.Errorf("%s %s: %v", r.Method, r.RequestURI, err)
			var e *transship.Error
			if errors.As(err, &e) {
				if m, ok := e.Err.(*sigv4.Mismatch); ok {
					t.Log(m.CanonicalRequest)
				}
			}
			w.WriteHeader(http.StatusForbidden)
			return
		}
		s.seen <- request{r, data, got.Trailer()}
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *store) client(change ...func(*Config)) *Client {
	s.t.Helper()
	cfg := Config{Endpoint: s.URL, PathStyle: true, Credentials: static(testCred)}
	for _, f := range change {
		f(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(c.Close)
	return c
}

func ok(w http.ResponseWriter, _ *http.Request) {}

var keys = []string{
	"a", "a b", "a+b", "a%b", "a%2Fb", "a//b", "/a", "//", "a/", "a/../b", "../a", "a/./b", ".", "ä/ö/ü", "日本語/キー", "🙂", "a&b=c?d#e",
	"(x)!*'~-_.", "a;b,c:d@e", "\"quoted\"<>{}|^`\\", "=$", "\x01\x7f", strings.Repeat("k", 1024), strings.Repeat("é", 512),
}

func TestEveryKeyArrivesAsItIs(t *testing.T) {
	s := newStore(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Copy-Source") != "" {
			io.WriteString(w, `<CopyObjectResult><ETag>"e"</ETag></CopyObjectResult>`)
		}
	})
	c := s.client()
	ctx := context.Background()
	for _, key := range keys {
		if _, err := c.HeadObject(ctx, s3call.Get{Ref: s3call.Ref{Bucket: "bucket", Key: key}}); err != nil {
			t.Errorf("head %q: %v", key, err)
		}
		if got := (<-s.seen).URL.Path; got != "/bucket/"+key {
			t.Errorf("key %q came as %q", key, got)
		}
		if _, err := c.CopyObject(ctx, s3call.Copy{Source: s3call.Ref{Bucket: "source", Key: key, VersionID: "v+/="}, Bucket: "bucket", Key: key}); err != nil {
			t.Errorf("copy %q: %v", key, err)
		}
		<-s.seen
	}
}

func TestEveryKeyArrivesAsItIsByTheEnvironmentsProxy(t *testing.T) {
	s := newStore(t, ok)
	var via atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		via.Add(1)
		if r.URL.Host != "store.invalid:9000" || r.Header.Get("Proxy-Authorization") == "" {
			t.Errorf("%s %v", r.RequestURI, r.Header)
		}
		s.Config.Handler.ServeHTTP(w, r)
	}))
	defer proxy.Close()
	t.Setenv("HTTP_PROXY", strings.Replace(proxy.URL, "http://", "http://user:pass@", 1))
	t.Setenv("NO_PROXY", "127.0.0.1")
	for _, key := range keys {
		c := plain(t, "http://store.invalid:9000")
		if _, err := c.HeadObject(context.Background(), s3call.Get{Ref: s3call.Ref{Bucket: "bucket", Key: key}}); err != nil {
			t.Fatalf("%q: %v", key, err)
		}
	}
	if n := via.Load(); n != int64(len(keys)) {
		t.Errorf("%d requests came by the proxy", n)
	}
	if _, err := s.client().HeadObject(context.Background(), aHead); err != nil || via.Load() != int64(len(keys)) {
		t.Errorf("NO_PROXY: %v, %d by the proxy", err, via.Load())
	}
}

func TestBodiesOfEverySizeArriveVerified(t *testing.T) {
	s := newStore(t, ok)
	c := s.client()
	for _, size := range []int{0, 1, payload.Small - 1, payload.Small, payload.Small + 1, 2 * payload.Chunk, 2*payload.Chunk + 1, 5 * payload.Chunk} {
		data := bytes.Repeat([]byte("0123456789abcde\n"), size/16+1)[:size]
		for _, alg := range []string{"", "CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"} {
			_, err := c.PutObject(context.Background(), s3call.Put{Bucket: "bucket", Key: "k", Body: bytes.NewReader(data), Size: int64(size), ChecksumAlgorithm: alg,
				Attributes: s3call.Attributes{ContentEncoding: "gzip", UserMetadata: map[string]string{"Odd": "  two  words ", "empty": ""}}})
			if err != nil {
				t.Fatalf("%d bytes, %s: %v", size, alg, err)
			}
			got := <-s.seen
			if !bytes.Equal(got.data, data) {
				t.Errorf("%d bytes, %s: %d came", size, alg, len(got.data))
			}
			if enc := sigv4.ContentEncoding(got.Header.Get("Content-Encoding")); enc != "gzip" {
				t.Errorf("content encoding %q", enc)
			}
			if alg != "" {
				name := payload.ChecksumHeader(alg)
				if got.Header.Get(name) == "" && got.trailer.Get(name) == "" {
					t.Errorf("%d bytes: no %s", size, name)
				}
			}
		}
	}
}

func TestPartsArriveVerifiedAndWithoutAChecksumThatNobodyAskedFor(t *testing.T) {
	s := newStore(t, func(w http.ResponseWriter, r *http.Request) { w.Header().Set("ETag", `"p"`) })
	c := s.client()
	up := s3call.Upload{Bucket: "bucket", Key: "k", ID: "id+/="}
	for _, size := range []int{0, payload.Small, payload.Small + 1} {
		for _, alg := range []string{"", "CRC32C"} {
			data := bytes.Repeat([]byte("p"), size)
			part, err := c.UploadPart(context.Background(), s3call.PutPart{Upload: up, Number: 7, Body: bytes.NewReader(data), Size: int64(size), ChecksumAlgorithm: alg})
			if err != nil || part.ETag != "p" || part.Number != 7 || part.Size != int64(size) {
				t.Fatalf("%d, %s: %+v %v", size, alg, part, err)
			}
			got := <-s.seen
			if !bytes.Equal(got.data, data) || got.URL.RawQuery != "partNumber=7&uploadId=id%2B%2F%3D" {
				t.Errorf("%d bytes came to %s", len(got.data), got.URL.RawQuery)
			}
			sent := got.Header.Get("X-Amz-Checksum-Crc32c") != "" || got.trailer.Get("X-Amz-Checksum-Crc32c") != ""
			if sent != (alg != "") || got.Header.Get("X-Amz-Checksum-Crc32") != "" {
				t.Errorf("%d, %q: headers %v, trailer %v", size, alg, got.Header, got.trailer)
			}
		}
	}
}

func TestAnEmptyObjectLeavesItsConnectionInUse(t *testing.T) {
	from := map[string]bool{}
	s := newStore(t, func(w http.ResponseWriter, r *http.Request) { from[r.RemoteAddr] = true })
	c := s.client()
	for range 10 {
		body, err := c.GetObject(context.Background(), s3call.Get{Ref: s3call.Ref{Bucket: "bucket", Key: "k"}})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := body.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			t.Fatal(n, err)
		}
		body.Close()
	}
	if len(from) != 1 {
		t.Errorf("%d connections", len(from))
	}
}
