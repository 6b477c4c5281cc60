package payload

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3wire/transport"
	"github.com/transship/transship/internal/sigv4"
)

func TestALongBodyIsAsLongOnTheWireAsItSaid(t *testing.T) {
	signer := sigv4.Signer{Region: "us-east-1", Service: "s3"}
	cred := sigv4.Credentials{AccessKey: "AKIATEST", Secret: "secret"}
	for _, size := range []int64{Small + 1, 2 * Chunk, 2*Chunk + 1, 3*Chunk - 1} {
		for _, alg := range []string{"", "CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"} {
			p, err := NewMaker(false, true).Make(bytes.NewReader(make([]byte, size)), size, alg, "CRC32")
			if err != nil || p.Stream == nil {
				t.Fatal(err)
			}
			if p.Stream.Signed() != (alg == "") {
				t.Errorf("%q: signed %t", alg, p.Stream.Signed())
			}
			if p.Stream.Signed() {
				p.Stream.SignBy(signer.Chunks(&cred, "20261124T220000Z", "AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host, Signature="+strings.Repeat("0", 64)))
			}
			var wire bytes.Buffer
			w := bufio.NewWriter(&wire)
			if err := p.Stream.Send(w); err != nil {
				t.Fatal(err)
			}
			w.Flush()
			if int64(wire.Len()) != p.Stream.Len() {
				t.Errorf("%d bytes, %q: %d on the wire, %d said", size, alg, wire.Len(), p.Stream.Len())
			}
		}
	}
}

func TestWhichFormABodyTakes(t *testing.T) {
	for _, c := range []struct {
		name             string
		trailers, signed bool
		size             int64
		algorithm, usual string
		checksum, hash   string
		code             transship.Code
	}{
		{"a small one carries the usual checksum", false, true, Small, "", "CRC32", "x-amz-checksum-crc32", "", ""},
		{"a small part carries none", false, true, Small, "", "", "", "", ""},
		{"a long one has signed chunks", false, true, Small + 1, "", "CRC32", "", sigv4.SignedStream, ""},
		{"a long one to AWS has a trailer", true, true, Small + 1, "", "CRC32", "", sigv4.UnsignedTrailer, ""},
		{"a long one with an algorithm has a trailer", false, true, Small + 1, "SHA1", "", "", sigv4.UnsignedTrailer, ""},
		{"a long part to AWS has signed chunks", true, true, Small + 1, "", "", "", sigv4.SignedStream, ""},
		{"a long one without signature has a trailer", false, false, Small + 1, "", "CRC32", "", sigv4.UnsignedTrailer, ""},
		{"a long part without signature and checksum is nothing", false, false, Small + 1, "", "", "", "", transship.Unsupported},
		{"an algorithm that S3 does not know", false, true, 1, "MD5", "", "", "", transship.Unsupported},
		{"a size that is not known", false, true, -1, "", "", "", "", transship.Invalid},
	} {
		p, err := NewMaker(c.trailers, c.signed).Make(bytes.NewReader(make([]byte, max(c.size, 0))), c.size, c.algorithm, c.usual)
		if c.code != "" {
			if transship.CodeOf(err) != c.code {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err != nil || p.Checksum.Name != c.checksum || (p.Stream == nil) != (c.hash == "") || p.Stream != nil && p.Stream.Hash != c.hash {
			t.Errorf("%s: %v %+v", c.name, err, p.Checksum)
		}
	}
}

func TestABodyThatIsNotOfItsSizeIsNeverSentToItsEnd(t *testing.T) {
	const size = 2*Chunk + 1
	for _, n := range []int{size - 1, size + 1} {
		p, err := NewMaker(true, true).Make(io.LimitReader(strings.NewReader(strings.Repeat("x", size+1)), int64(n)), size, "CRC32", "")
		if err != nil {
			t.Fatal(err)
		}
		var wire bytes.Buffer
		w := bufio.NewWriter(&wire)
		err = p.Stream.Send(w)
		w.Flush()
		var source *transport.SourceError
		if !errors.As(err, &source) || transship.CodeOf(source.Err) != transship.Invalid {
			t.Errorf("%d of %d: %v", n, size, err)
		}
		if bytes.Contains(wire.Bytes(), []byte("\r\n0\r\n")) {
			t.Errorf("%d of %d: the last chunk went out", n, size)
		}
	}
}
