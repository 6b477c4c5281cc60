package transport

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"sync"
)

// Reply is an answer whose body is still on its connection. Read it by All or
// by Read, not by both, and close it in the end.
type Reply struct {
	k      *conn
	pool   *pool
	ctx    context.Context
	stop   func() bool // ends ctx's hold on the connection
	left   int64       // bytes to come; -1: unknown
	chunks io.Reader
	toEnd  bool // the connection's end is the body's
	empty  bool
	fit    bool // but for the body, the connection can be used again
	whole  bool // All has read the body to its end

	mu    sync.Mutex // Close may come from another goroutine
	ended bool
	err   error
}

func newReply(method string, k *conn) *Reply {
	r := &Reply{k: k, left: k.resp.Length()}
	status := k.resp.Status()
	switch {
	case method == http.MethodHead || status == http.StatusNoContent || status == http.StatusNotModified:
		r.left, r.empty = 0, true
	case r.left == -1:
		r.chunks = httputil.NewChunkedReader(k.br)
	case r.left < -1:
		r.left, r.toEnd = -1, true
	}
	return r
}

// Header is the answer's head.
func (r *Reply) Header() *Header { return &r.k.resp }

// Left is how many bytes of the body are still to come; -1: that is not known.
func (r *Reply) Left() int64 { return r.left }

// read gives bytes of the body and io.EOF only where the answer said that it
// ends.
func (r *Reply) read(p []byte) (int, error) {
	if r.empty || r.left == 0 && r.chunks == nil {
		return 0, io.EOF
	}
	if r.chunks != nil {
		n, err := r.chunks.Read(p)
		if err == io.EOF {
			if bad := skipTrailer(r.k.br); bad != nil {
				err = bad
			}
		}
		return n, err
	}
	if r.left > 0 && int64(len(p)) > r.left {
		p = p[:r.left]
	}
	n, err := r.k.br.Read(p)
	if r.left > 0 {
		r.left -= int64(n)
		if err == io.EOF && r.left > 0 {
			err = io.ErrUnexpectedEOF
		}
		if err == nil && r.left == 0 {
			err = io.EOF
		}
	}
	return n, err
}

// skipTrailer reads the lines after the last chunk of HTTP's own encoding.
func skipTrailer(br *bufio.Reader) error {
	for range 32 {
		line, err := br.ReadSlice('\n')
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			return nil
		}
	}
	return fmt.Errorf("the answer has too many trailers")
}

// All reads the whole body into the connection's buffer, where it stays until
// Close. A body over limit bytes is an error.
func (r *Reply) All(limit int64) ([]byte, error) {
	b := r.k.body[:0]
	defer func() { r.k.body = b[:0] }()
	if r.left > limit {
		return nil, fmt.Errorf("the answer is over %d bytes long", limit)
	}
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err == io.EOF {
			r.whole = true
			return b, nil
		}
		if err != nil {
			return b, err
		}
		if int64(len(b)) > limit {
			return nil, fmt.Errorf("the answer is over %d bytes long", limit)
		}
	}
}

// Read is for an open body. A connection that ends before the body does is an
// error, never io.EOF.
func (r *Reply) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.read(p)
	if err != nil {
		if err != io.EOF && r.ctx.Err() != nil {
			err = context.Cause(r.ctx)
		}
		r.err = err
		r.end(err == io.EOF)
	}
	return n, err
}

// Close gives the connection back when the body was read to its end, and
// closes it otherwise.
func (r *Reply) Close() error {
	r.end(r.whole)
	return nil
}

func (r *Reply) end(whole bool) {
	r.mu.Lock()
	ended := r.ended
	r.ended = true
	r.mu.Unlock()
	if !ended {
		r.pool.put(r.k, r.stop() && whole && r.fit)
	}
}
