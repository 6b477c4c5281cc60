package s3

import (
	"bytes"
	"crypto/md5"
	"io"

	"github.com/transship/transship/internal/lab/s3/checksum"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/request"
)

const maxDocument = 4 << 20 // bytes of an XML body

// checked is a small body that is what its digests say.
func (c *call) checked(d request.Digest) (io.Reader, error) {
	p, err := request.ReadAll(c.v.Body, maxDocument)
	if err != nil {
		return nil, err
	}
	if sum := md5.Sum(p); d.MD5 != nil && !bytes.Equal(d.MD5, sum[:]) {
		return nil, reply.Say("BadDigest", "The Content-MD5 you specified did not match what we received.")
	}
	if d.Algorithm != "" {
		want := d.Value
		if trailer := c.v.Trailer(); want == "" && trailer != nil {
			want = trailer.Get(checksum.Header(d.Algorithm))
		}
		h := c.sums.New(d.Algorithm)
		h.Write(p)
		if want != checksum.Encode(h) {
			return nil, reply.Say("BadDigest", "The "+d.Algorithm+" you specified did not match the calculated checksum.")
		}
	}
	return bytes.NewReader(p), nil
}
