package sigv4

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"net/http"
	"strconv"
)

// Bounds of what an aws-chunked body may say besides its data.
const (
	maxChunkHeader  = 256
	maxTrailerLine  = 1024
	maxTrailerLines = 16
)

// chain carries signatures from one chunk to the next (S3 API reference,
// "Signature calculations: transferring a payload in multiple chunks").
type chain struct {
	key      *signingKey
	date     string
	scope    scope
	previous string
	buf      []byte
}

// check compares sent with the signature of the next link, and moves on.
func (c *chain) check(kind string, sent []byte, hashes ...[]byte) bool {
	c.buf = c.scope.append(append(append(append(append(c.buf[:0], kind...), '\n'), c.date...), '\n'))
	c.buf = append(append(c.buf, '\n'), c.previous...)
	for _, h := range hashes {
		c.buf = append(append(c.buf, '\n'), h...)
	}
	var sig [64]byte
	want := c.key.appendSignature(sig[:0], c.buf)
	c.previous = string(want)
	return hmac.Equal(want, sent)
}

// chunked decodes an aws-chunked body. The data's total must be what
// x-amz-decoded-content-length said. The last bytes of a chunk are given out
// only after its signature was checked, the last of the body only after the
// closing chunk and the trailers.
type chunked struct {
	src      io.ReadCloser
	r        *bufio.Reader
	left     int64 // bytes of data still to come, in all chunks
	chunk    int64 // of them, in the chunk at hand
	sig      []byte
	sum      hash.Hash
	chain    *chain // nil: chunks are not signed
	announce []string
	trailers bool
	found    http.Header
	done     bool
	err      error
}

func newChunked(src io.ReadCloser, length int64, ch *chain, announce []string, trailers bool) *chunked {
	c := &chunked{src: src, r: bufio.NewReaderSize(src, 4096), left: length, chain: ch, announce: announce, trailers: trailers}
	if ch != nil {
		c.sum = sha256.New()
	}
	return c
}

func (c *chunked) trailer() http.Header {
	if !c.done {
		return nil
	}
	return c.found
}

func (c *chunked) Close() error { return c.src.Close() }

func (c *chunked) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := c.read(p)
	if err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = incompleteBody("")
		}
		c.err = err
		if err != io.EOF {
			return 0, err
		}
	}
	return n, err
}

func (c *chunked) read(p []byte) (int, error) {
	if c.chunk == 0 {
		if c.done {
			return 0, io.EOF
		}
		if err := c.next(); err != nil {
			return 0, err
		}
		if c.done {
			return 0, io.EOF
		}
	}
	if int64(len(p)) > c.chunk {
		p = p[:c.chunk]
	}
	n, err := c.r.Read(p)
	if c.sum != nil {
		c.sum.Write(p[:n])
	}
	c.chunk -= int64(n)
	c.left -= int64(n)
	if c.chunk > 0 {
		return n, unexpected(err)
	}
	if err := c.endChunk(); err != nil {
		return 0, err
	}
	if c.left == 0 {
		if err := c.next(); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// next reads a chunk's header; at the closing chunk also what follows it.
func (c *chunked) next() error {
	line, err := c.line(maxChunkHeader)
	if err != nil {
		return err
	}
	size, ext, _ := bytes.Cut(line, []byte(";"))
	n, err := parseSize(size)
	if err != nil {
		return err
	}
	c.sig = c.sig[:0]
	if c.chain != nil {
		sig, ok := bytes.CutPrefix(ext, []byte("chunk-signature="))
		if !ok {
			return incompleteBody("The chunk header has no chunk-signature.")
		}
		c.sig = append(c.sig, sig...)
		c.sum.Reset()
	}
	if n > c.left {
		return incompleteBody("The body holds more bytes than x-amz-decoded-content-length says.")
	}
	c.chunk = n
	if n > 0 {
		return nil
	}
	if c.left > 0 {
		return incompleteBody("The body holds fewer bytes than x-amz-decoded-content-length says.")
	}
	if err := c.checkChunk(); err != nil {
		return err
	}
	if err := c.readTrailers(); err != nil {
		return err
	}
	c.done = true
	return nil
}

// endChunk checks a chunk's signature and reads its line end.
func (c *chunked) endChunk() error {
	if err := c.checkChunk(); err != nil {
		return err
	}
	end, err := c.line(2)
	if err == nil && len(end) > 0 {
		err = incompleteBody("A chunk is longer than its header says.")
	}
	return err
}

func (c *chunked) checkChunk() error {
	if c.chain == nil {
		return nil
	}
	sum := hexSum(c.sum)
	if !c.chain.check("AWS4-HMAC-SHA256-PAYLOAD", c.sig, []byte(emptySHA256), sum) {
		return mismatch(&Mismatch{Signature: string(c.sig), StringToSign: string(c.chain.buf)})
	}
	return nil
}

func hexSum(h hash.Hash) []byte {
	out := make([]byte, 2*sha256.Size)
	hexInPlace(h.Sum(out[:0]))
	return out
}

func parseSize(b []byte) (int64, error) {
	if len(b) == 0 || len(b) > 15 {
		return 0, incompleteBody("The size of a chunk is not a hexadecimal number.")
	}
	n, err := strconv.ParseUint(string(b), 16, 63)
	if err != nil {
		return 0, incompleteBody("The size of a chunk is not a hexadecimal number.")
	}
	return int64(n), nil
}

// line reads up to a line end, and not more than limit bytes with it.
func (c *chunked) line(limit int) ([]byte, error) {
	var line []byte
	for {
		b, err := c.r.ReadByte()
		if err != nil {
			return nil, unexpected(err)
		}
		if b == '\n' {
			return bytes.TrimSuffix(line, []byte("\r")), nil
		}
		if line = append(line, b); len(line) > limit {
			return nil, incompleteBody("A line between chunks is too long.")
		}
	}
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
