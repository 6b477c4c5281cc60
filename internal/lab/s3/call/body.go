package call

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"hash"
	"io"

	"github.com/transship/transship/internal/lab/s3/checksum"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/request"
	"github.com/transship/transship/internal/lab/s3/store"
)

const maxPut = 5 << 30 // bytes in one request

// Received is a body that came whole and is what its digests say.
type Received struct {
	Body *store.Body
	MD5  string // in hex, as an ETag has it
	Sum  string // of the algorithm asked for
}

// Receive reads the request's body into the store and checks it. The
// algorithm in d must be set.
func (c *Call) Receive(d request.Digest) (Received, error) {
	switch {
	case c.Verified.ContentLength < 0:
		return Received{}, reply.New("MissingContentLength")
	case c.Verified.ContentLength > maxPut:
		return Received{}, reply.New("EntityTooLarge").With("ProposedSize", Itoa(c.Verified.ContentLength)).With("MaxSizeAllowed", Itoa(maxPut))
	}
	got, sum, err := c.Take(c.Verified.Body, c.Verified.ContentLength, d.Algorithm)
	if err != nil {
		return got, err
	}
	want := d.Value
	if trailer := c.Verified.Trailer(); want == "" && trailer != nil {
		want = trailer.Get(checksum.Header(d.Algorithm))
	}
	switch {
	case d.MD5 != nil && !bytes.Equal(d.MD5, sum):
		err = reply.Say("BadDigest", "The Content-MD5 you specified did not match what we received.")
	case want != "" && want != got.Sum:
		err = reply.Say("BadDigest", "The "+d.Algorithm+" you specified did not match the calculated checksum.")
	}
	if err != nil {
		c.Store.Discard(got.Body)
		return Received{}, err
	}
	return got, nil
}

// Take reads exactly length bytes into the store.
func (c *Call) Take(src io.Reader, length int64, algorithm string) (got Received, sum []byte, err error) {
	w, err := c.Store.NewBody()
	if err != nil {
		return got, nil, err
	}
	tag, other := md5.New(), c.Sums.New(algorithm)
	n, err := c.Pump(w, src, tag, other)
	if err == nil && n != length {
		err = reply.New("IncompleteBody")
	}
	if err != nil {
		w.Abort()
		return got, nil, err
	}
	if got.Body, err = w.Finish(); err != nil {
		return got, nil, err
	}
	sum = tag.Sum(nil)
	got.MD5, got.Sum = hex.EncodeToString(sum), checksum.Encode(other)
	return got, sum, nil
}

// Pump copies src to dst, which may be nil, and to the hashes.
func (p *Parts) Pump(dst io.Writer, src io.Reader, hashes ...hash.Hash) (n int64, err error) {
	buf, _ := p.buffers.Get().(*[]byte)
	if buf == nil {
		b := make([]byte, 128<<10)
		buf = &b
	}
	defer p.buffers.Put(buf)
	for {
		k, err := src.Read(*buf)
		piece := (*buf)[:k]
		for _, h := range hashes {
			h.Write(piece)
		}
		if dst != nil && k > 0 {
			if _, err := dst.Write(piece); err != nil {
				return n, err
			}
		}
		n += int64(k)
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

const maxDocument = 4 << 20 // bytes of an XML body

// Checked is a small body that is what its digests say.
func (c *Call) Checked(d request.Digest) (io.Reader, error) {
	p, err := request.ReadAll(c.Verified.Body, maxDocument)
	if err != nil {
		return nil, err
	}
	if sum := md5.Sum(p); d.MD5 != nil && !bytes.Equal(d.MD5, sum[:]) {
		return nil, reply.Say("BadDigest", "The Content-MD5 you specified did not match what we received.")
	}
	if d.Algorithm != "" {
		want := d.Value
		if trailer := c.Verified.Trailer(); want == "" && trailer != nil {
			want = trailer.Get(checksum.Header(d.Algorithm))
		}
		h := c.Sums.New(d.Algorithm)
		h.Write(p)
		if want != checksum.Encode(h) {
			return nil, reply.Say("BadDigest", "The "+d.Algorithm+" you specified did not match the calculated checksum.")
		}
	}
	return bytes.NewReader(p), nil
}
