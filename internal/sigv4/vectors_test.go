package sigv4

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The examples of the S3 API reference ("Authenticating requests") share one
// key, one Region and one moment.
var documented = Credentials{AccessKey: "AKIAIOSFODNN7EXAMPLE", Secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}

func documentedVerifier() *Verifier {
	return &Verifier{Services: []string{"s3"},
		Now:    func() time.Time { return time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC) },
		Lookup: func(string, string) (string, error) { return documented.Secret, nil }}
}

// raw reads a request as a server would, with a body.
func raw(t testing.TB, method, target string, headers map[string]string, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, "http://x/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if r.URL, err = r.URL.Parse(target); err != nil {
		t.Fatal(err)
	}
	r.RequestURI = target
	for k, v := range headers {
		if k == "Host" {
			r.Host = v
		} else {
			r.Header.Set(k, v)
		}
	}
	return r
}

func auth(signed, signature string) string {
	return "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=" + signed + ", Signature=" + signature
}

func TestTheDocumentedExamplesVerify(t *testing.T) {
	const host = "examplebucket.s3.amazonaws.com"
	for _, c := range []struct {
		name, method, target string
		headers              map[string]string
		body                 string
	}{
		{"GET object", "GET", "/test.txt", map[string]string{"Range": "bytes=0-9", "X-Amz-Content-Sha256": emptySHA256,
			"Authorization": auth("host;range;x-amz-content-sha256;x-amz-date", "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")}, ""},
		{"PUT object", "PUT", "/test$file.text", map[string]string{"Date": "Fri, 24 May 2013 00:00:00 GMT", "X-Amz-Storage-Class": "REDUCED_REDUNDANCY",
			"X-Amz-Content-Sha256": "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
			"Authorization":        auth("date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class", "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")}, "Welcome to Amazon S3."},
		{"GET bucket lifecycle", "GET", "/?lifecycle", map[string]string{"X-Amz-Content-Sha256": emptySHA256,
			"Authorization": auth("host;x-amz-content-sha256;x-amz-date", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")}, ""},
		{"list objects", "GET", "/?max-keys=2&prefix=J", map[string]string{"X-Amz-Content-Sha256": emptySHA256,
			"Authorization": auth("host;x-amz-content-sha256;x-amz-date", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")}, ""},
		{"presigned GET", "GET", "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404", nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := raw(t, c.method, c.target, c.headers, c.body)
			r.Host = host
			if c.headers != nil {
				r.Header.Set("X-Amz-Date", "20130524T000000Z")
			}
			v, err := documentedVerifier().Verify(r)
			if err != nil {
				t.Fatal(err)
			}
			if data, err := io.ReadAll(v.Body); err != nil || string(data) != c.body {
				t.Fatalf("body %q, %v", data, err)
			}
		})
	}
}

// chunks joins the documented chunks of 65,536 and 1,024 bytes of "a".
func documentedChunks(first, second, last, trailers string) string {
	return "10000;chunk-signature=" + first + "\r\n" + strings.Repeat("a", 65536) + "\r\n" +
		"400;chunk-signature=" + second + "\r\n" + strings.Repeat("a", 1024) + "\r\n" +
		"0;chunk-signature=" + last + "\r\n" + trailers + "\r\n"
}

func documentedUpload(t testing.TB, trailer bool) *http.Request {
	headers := map[string]string{"Host": "s3.amazonaws.com", "X-Amz-Date": "20130524T000000Z", "X-Amz-Storage-Class": "REDUCED_REDUNDANCY",
		"Content-Encoding": "aws-chunked", "X-Amz-Decoded-Content-Length": "66560"}
	var body string
	if trailer {
		headers["X-Amz-Content-Sha256"], headers["X-Amz-Trailer"] = streamSignedTrailer, "x-amz-checksum-crc32c"
		headers["Authorization"] = auth("content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer",
			"106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e")
		body = documentedChunks("b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
			"1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7", "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
			"x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n")
	} else {
		headers["X-Amz-Content-Sha256"] = streamSigned
		headers["Content-Length"] = "66824"
		headers["Authorization"] = auth("content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class",
			"4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9")
		body = documentedChunks("ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
			"0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9", "")
	}
	return raw(t, "PUT", "/examplebucket/chunkObject.txt", headers, body)
}

func TestTheDocumentedChunkedUploadsVerify(t *testing.T) {
	for _, trailer := range []bool{false, true} {
		t.Run(fmt.Sprint("trailer ", trailer), func(t *testing.T) {
			v, err := documentedVerifier().Verify(documentedUpload(t, trailer))
			if err != nil {
				t.Fatal(err, err.(interface{ Unwrap() error }).Unwrap())
			}
			data, err := io.ReadAll(v.Body)
			if err != nil || !bytes.Equal(data, bytes.Repeat([]byte("a"), 66560)) {
				t.Fatalf("%d bytes, %v", len(data), err)
			}
			if trailer && v.Trailer().Get("x-amz-checksum-crc32c") != "sOO8/Q==" {
				t.Errorf("trailer %v", v.Trailer())
			}
		})
	}
}

func TestOurSignedChunksAreTheDocumentedOnes(t *testing.T) {
	s := &Signer{Region: "us-east-1", Service: "s3"}
	k := s.Chunks(&documented, "20130524T000000Z", auth("x", "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"))
	data := bytes.Repeat([]byte("a"), 66560)
	var body []byte
	for _, part := range [][]byte{data[:65536], data[65536:], nil} {
		body = append(append(k.AppendHeader(body, part), part...), "\r\n"...)
	}
	want, _ := io.ReadAll(documentedUpload(t, false).Body)
	if !bytes.Equal(body, want) {
		t.Fatal("they differ")
	}
	if n := EncodedLength(66560, 65536); n != int64(len(body)) || n != 66824 {
		t.Errorf("length %d, in truth %d", n, len(body))
	}
}
