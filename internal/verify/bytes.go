package verify

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// Bodies is the S3 call that reads objects of one side.
type Bodies interface {
	GetObject(context.Context, s3call.Get) (*s3call.Body, error)
}

// readBuffer is how much of each side is compared at once.
const readBuffer = 128 << 10

// compareBytes reads both objects, each pinned to the ETag that HEAD gave, and
// compares them byte by byte. Settled is false when one could not be read,
// which has then been recorded.
func (c *comparison) compareBytes(ctx context.Context, p pair, s, d s3call.Head) (v verdict, settled bool, err error) {
	open := func(name string, side Side, key, etag string) (*s3call.Body, error) {
		body, err := side.Bodies.GetObject(ctx, s3call.Get{Ref: s3call.Ref{Bucket: side.Bucket, Key: key}, IfMatch: etag})
		if err != nil {
			return nil, c.refused(ctx, "GET", name, p.key, err)
		}
		return body, nil
	}
	a, err := open("source", c.source, p.source.Key, s.ETag)
	if a == nil {
		return unknown, false, err
	}
	defer a.Close()
	b, err := open("destination", c.destination, p.destination.Key, d.ETag)
	if b == nil {
		return unknown, false, err
	}
	defer b.Close()
	same, n, err := equalBytes(a, b, s.Size)
	c.mu.Lock()
	c.result.ReadObjects++
	c.result.ReadBytes += 2 * n
	c.mu.Unlock()
	if err != nil {
		return unknown, false, c.refused(ctx, "GET", "source or destination", p.key,
			&transship.Error{Code: transship.Unavailable, S3Code: "the answer broke off", Err: err})
	}
	if !same {
		return different, true, nil
	}
	return equal, true, nil
}

// equalBytes compares size bytes of two streams; n is how far it read each.
// A stream that ends early is an error, not a difference.
func equalBytes(a, b io.Reader, size int64) (same bool, n int64, err error) {
	buffer := min(size, readBuffer)
	left, right := make([]byte, buffer), make([]byte, buffer)
	for n < size {
		want := min(size-n, buffer)
		_, err := io.ReadFull(a, left[:want])
		_, err2 := io.ReadFull(b, right[:want])
		if err := errors.Join(err, err2); err != nil {
			return false, n, err
		}
		n += want
		if !bytes.Equal(left[:want], right[:want]) {
			return false, n, nil
		}
	}
	return true, n, nil
}
