package sigv4

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/transship/transship"
)

func TestASpoiledChunkedUploadIsRefused(t *testing.T) {
	type spoil func(string) string
	swap := func(old, new string) spoil {
		return func(s string) string { return strings.Replace(s, old, new, 1) }
	}
	for _, c := range []struct {
		name    string
		trailer bool
		spoil   spoil
		s3code  string
	}{
		{"a byte of the first chunk", false, swap("aaa", "aba"), "SignatureDoesNotMatch"},
		{"a signature of the second chunk", false, swap("0055627c", "0055627d"), "SignatureDoesNotMatch"},
		{"the closing signature", false, swap("b6c6ea8a", "b6c6ea8b"), "SignatureDoesNotMatch"},
		{"no signature", false, swap(";chunk-signature=", ";other="), "IncompleteBody"},
		{"a size that is no number", false, swap("10000;", "1000z;"), "IncompleteBody"},
		{"a size below zero", false, swap("10000;", "-1;"), "IncompleteBody"},
		{"a size beyond 64 bits", false, swap("10000;", "ffffffffffffffffff;"), "IncompleteBody"},
		{"a size smaller than the data", false, swap("10000;", "ffff;"), "SignatureDoesNotMatch"},
		{"a size that the total does not allow", false, swap("10000;", "100000;"), "IncompleteBody"},
		{"a header without end", false, func(string) string { return strings.Repeat("0", 1<<20) }, "IncompleteBody"},
		{"the body cut off in the data", false, func(s string) string { return s[:1000] }, "IncompleteBody"},
		{"the body cut off after the data", false, func(s string) string { return s[:len(s)-85] }, "IncompleteBody"},
		{"a trailer where none may be", false, func(s string) string { return s[:len(s)-2] + "x-amz-checksum-crc32:AAAA\r\n\r\n" }, "MalformedTrailerError"},
		{"another checksum", true, swap("sOO8/Q==", "AAAAAA=="), "SignatureDoesNotMatch"},
		{"no trailer signature", true, func(s string) string { return s[:strings.Index(s, "x-amz-trailer-signature")] + "\r\n" }, "SignatureDoesNotMatch"},
		{"the announced trailer missing", true, swap("x-amz-checksum-crc32c:sOO8/Q==\r\n", ""), "MalformedTrailerError"},
		{"a trailer that was not announced", true, swap("x-amz-checksum-crc32c:", "x-amz-checksum-crc32:"), "MalformedTrailerError"},
		{"a trailer twice", true, swap("x-amz-checksum-crc32c:sOO8/Q==\r\n", "x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-checksum-crc32c:sOO8/Q==\r\n"), "MalformedTrailerError"},
		{"a trailer without end", true, func(s string) string {
			return s[:strings.Index(s, "x-amz-trailer-signature")] + strings.Repeat("x", 1<<20)
		}, "IncompleteBody"},
		{"blank lines without end", true, func(s string) string {
			return s[:strings.Index(s, "x-amz-trailer-signature")] + strings.Repeat("\r\n", 1<<20)
		}, "MalformedTrailerError"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := documentedUpload(t, c.trailer)
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(strings.NewReader(c.spoil(string(body))))
			v, err := documentedVerifier().Verify(r)
			if err != nil {
				t.Fatal(err)
			}
			// As long as was promised, which must already fail.
			data := make([]byte, v.ContentLength)
			_, err = io.ReadFull(v.Body, data)
			if e := s3Error(t, err); e.S3Code != c.s3code {
				t.Errorf("%v, want %s", err, c.s3code)
			}
			if _, again := v.Body.Read(data); again == nil || again == io.EOF {
				t.Errorf("the body goes on after its error: %v", again)
			}
		})
	}
}

func TestChunksMayComeByteByByte(t *testing.T) {
	for _, trailer := range []bool{false, true} {
		r := documentedUpload(t, trailer)
		r.Body = io.NopCloser(iotest.OneByteReader(r.Body))
		v, err := documentedVerifier().Verify(r)
		if err != nil {
			t.Fatal(err)
		}
		if data, err := io.ReadAll(iotest.OneByteReader(v.Body)); err != nil || len(data) != 66560 {
			t.Fatalf("%d bytes, %v", len(data), err)
		}
	}
}

// unsignedUpload is an anonymous upload in the form of today's SDKs over TLS.
func unsignedUpload(t testing.TB, length, body string) *http.Request {
	return raw(t, "PUT", "/b/k", map[string]string{"X-Amz-Content-Sha256": streamUnsignedTrailer, "X-Amz-Trailer": "x-amz-checksum-crc32",
		"X-Amz-Decoded-Content-Length": length}, body)
}

func TestUnsignedChunksWithATrailerAreDecoded(t *testing.T) {
	for name, c := range map[string]struct{ length, body, want string }{
		"two chunks":            {"8", "5\r\nhello\r\n3\r\nyou\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n", ""},
		"nothing":               {"0", "0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n", ""},
		"nothing, no trailer":   {"0", "0\r\n\r\n", "MalformedTrailerError"},
		"no decoded length":     {"", "0\r\n\r\n", "MissingContentLength"},
		"a length below zero":   {"-8", "0\r\n\r\n", "InvalidArgument"},
		"more than was said":    {"4", "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n", "IncompleteBody"},
		"less than was said":    {"9", "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n", "IncompleteBody"},
		"a chunk too long":      {"5", "5\r\nhello!\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n", "IncompleteBody"},
		"a second closing mark": {"5", "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n0\r\n", "MalformedTrailerError"},
	} {
		t.Run(name, func(t *testing.T) {
			r := unsignedUpload(t, c.length, c.body)
			if c.length == "" {
				r.Header.Del("X-Amz-Decoded-Content-Length")
			}
			v, err := verifierAt(testTime).Verify(r)
			if err == nil {
				_, err = io.ReadAll(v.Body)
			}
			if c.want == "" && (err != nil || v.Trailer().Get("x-amz-checksum-crc32") != "AAAA") {
				t.Fatal(err, v)
			}
			if c.want != "" && s3Error(t, err).S3Code != c.want {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

func TestASignedStreamWithoutSignatureIsRefused(t *testing.T) {
	r := unsignedUpload(t, "0", "")
	r.Header.Set("X-Amz-Content-Sha256", streamSigned)
	_, err := verifierAt(testTime).Verify(r)
	if s3Error(t, err).S3Code != "AccessDenied" {
		t.Fatal(err)
	}
}

func TestContentEncodingIsWhatTheObjectHas(t *testing.T) {
	for in, want := range map[string]string{"aws-chunked": "", "aws-chunked,gzip": "gzip", "gzip, aws-chunked": "gzip", "": "", "br, AWS-Chunked ,gzip": "br,gzip"} {
		if got := ContentEncoding(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}

// FuzzChunkedBody: whatever comes, the decoder ends, gives out no more than was
// promised, and gives all of it when it ends without error.
func FuzzChunkedBody(f *testing.F) {
	f.Add([]byte("5\r\nhello\r\n3\r\nyou\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n"), int64(8), false)
	f.Add([]byte("0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n"), int64(0), false)
	full, _ := io.ReadAll(documentedUpload(f, true).Body)
	f.Add(full, int64(66560), true)
	f.Add([]byte("ffffffffffffffff\r\n"), int64(1)<<62, false)
	f.Add([]byte(";\r\n\r\n"), int64(3), true)
	f.Fuzz(func(t *testing.T, body []byte, length int64, sign bool) {
		if length < 0 {
			return
		}
		var ch *chain
		if sign {
			ch = &chain{key: newSigningKey(keyID{"s", scope{"20130524", "us-east-1", "s3"}}), date: "20130524T000000Z", scope: scope{"20130524", "us-east-1", "s3"}, previous: emptySHA256}
		}
		c := newChunked(io.NopCloser(bytes.NewReader(body)), length, ch, []string{"x-amz-checksum-crc32"}, true)
		n, err := io.Copy(io.Discard, c)
		var e *transship.Error
		switch {
		case n > length || n > int64(len(body)):
			t.Fatalf("%d bytes came of %d", n, length)
		case err == nil && (n != length || c.trailer() == nil):
			t.Fatalf("ended well after %d of %d bytes", n, length)
		case err != nil && !errors.As(err, &e):
			t.Fatalf("%v", err)
		}
	})
}

// FuzzAuthorization: whatever comes is parsed into a whole authorization or
// refused with a code of S3.
func FuzzAuthorization(f *testing.F) {
	f.Add(auth("host;x-amz-date", emptySHA256))
	f.Add("AWS4-HMAC-SHA256 Credential=a/b/20130524/r/s3/aws4_request,SignedHeaders=host,Signature=" + emptySHA256)
	f.Add("AWS4-HMAC-SHA256 Credential=,SignedHeaders==;,Signature=")
	f.Add("AWS AKIA:sig")
	f.Add("")
	f.Fuzz(func(t *testing.T, value string) {
		a, err := parseHeader(value)
		if err != nil {
			if e := s3Error(t, err); e.S3Code == "" || e.Status < 400 {
				t.Fatalf("%+v", e)
			}
			return
		}
		if a.accessKey == "" || len(a.headers) == 0 || len(a.signature) != 64 || len(a.scope.date) != 8 || a.region == "" || a.service == "" {
			t.Fatalf("%q became %+v", value, a)
		}
	})
}

// FuzzPresigned: the same for the query.
func FuzzPresigned(f *testing.F) {
	f.Add(presigned(f, nil).URL.RawQuery)
	f.Add("X-Amz-Signature=&X-Amz-Signature=")
	f.Add("X-Amz-Signature=%zz")
	f.Fuzz(func(t *testing.T, query string) {
		r := presigned(t, nil)
		r.URL.RawQuery = query
		v, err := documentedVerifier().Verify(r)
		if err == nil && !v.Anonymous && !v.Presigned {
			t.Fatalf("%q verified as %+v", query, v)
		}
	})
}

// FuzzCanonicalQuery: the canonical form of a canonical form is itself.
func FuzzCanonicalQuery(f *testing.F) {
	f.Add("a=b&a=a&c")
	f.Add("x=%20+%2B&=&&y==")
	f.Fuzz(func(t *testing.T, raw string) {
		once, ok := CanonicalQuery(raw, "")
		if !ok {
			return
		}
		if twice, ok := CanonicalQuery(once, ""); !ok || twice != once {
			t.Fatalf("%q: %q, then %q", raw, once, twice)
		}
	})
}
