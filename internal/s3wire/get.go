package s3wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

func (q *call) reading(g *s3call.Get) {
	q.header("if-match", quoted(g.IfMatch))
	q.flag("x-amz-request-payer", g.RequesterPays, "requester")
	q.flag("x-amz-checksum-mode", g.Checksum, "ENABLED")
	q.header("x-amz-expected-bucket-owner", g.ExpectedOwner)
	if g.VersionID != "" {
		q.param("versionId", g.VersionID)
	}
}

// HeadObject asks what is known of an object; a range is not looked at. Where
// the answer is that the version asked for, or the current one, is a delete
// marker, the error (NotFound, or HTTP 405) comes with DeleteMarker and
// VersionID set.
func (c *Client) HeadObject(ctx context.Context, g s3call.Get) (s3call.Head, error) {
	var out s3call.Head
	q := &call{op: "HeadObject", method: "HEAD", bucket: g.Bucket, key: g.Key, read: true}
	q.reading(&g)
	q.answer = func(h *fasthttp.ResponseHeader, _ []byte) error { out = readHead(h); return nil }
	q.failed = func(h *fasthttp.ResponseHeader) {
		if string(peek(h, "x-amz-delete-marker")) == "true" {
			out.DeleteMarker, out.VersionID = true, string(peek(h, "x-amz-version-id"))
		}
	}
	if err := q.check(true); err != nil {
		return out, err
	}
	err := c.do(ctx, q)
	return out, err
}

// GetObject opens an object or a range of it. The body must be closed; ctx
// governs reading it, too. A body that ends early, or that is silent for
// longer than IdleTimeout, fails with code Unavailable.
func (c *Client) GetObject(ctx context.Context, g s3call.Get) (*s3call.Body, error) {
	q := &call{op: "GetObject", method: "GET", bucket: g.Bucket, key: g.Key, read: true}
	q.reading(&g)
	if g.Length < 0 || g.First < 0 {
		return nil, q.invalid(fmt.Sprintf("%d bytes from %d are no range", g.Length, g.First))
	}
	ranged := g.Length > 0 || g.First > 0
	switch {
	case g.Length > 0:
		q.header("range", fmt.Sprintf("bytes=%d-%d", g.First, g.First+g.Length-1))
	case g.First > 0:
		q.header("range", fmt.Sprintf("bytes=%d-", g.First))
	}
	var out *s3call.Body
	q.open = func(h *fasthttp.ResponseHeader, r *reply) error {
		head := readHead(h)
		length := int64(h.ContentLength())
		switch {
		case ranged && h.StatusCode() != fasthttp.StatusPartialContent:
			return q.damaged("the store sent the whole object where a range was asked for")
		case ranged:
			value := string(peek(h, "content-range"))
			first, total, ok := parseRange(value)
			if !ok || first != g.First {
				return q.damaged(fmt.Sprintf("the store's Content-Range %q is not the range that was asked for", value))
			}
			head.Size = total
		case length < 0:
			return q.damaged("the store does not say how long the object is")
		}
		if length < 0 {
			return q.damaged("the store does not say how long the range is")
		}
		if length == 0 { // nobody may read it, and the connection is good
			r.Read(nil)
		}
		out = &s3call.Body{ReadCloser: &object{q, r}, Head: head, Length: length}
		return nil
	}
	if err := q.check(true); err != nil {
		return nil, err
	}
	if err := c.do(ctx, q); err != nil {
		return nil, err
	}
	return out, nil
}

// object turns the errors of a body into ours.
type object struct {
	q *call
	r *reply
}

func (o *object) Read(p []byte) (int, error) {
	n, err := o.r.Read(p)
	if err != nil && err != io.EOF {
		e := &transship.Error{Code: transship.Unavailable, Op: o.q.op, Bucket: o.q.bucket, Key: o.q.key, Err: err}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			e.Message = fmt.Sprintf("the connection ended %d bytes early", o.r.left)
		}
		err = e
	}
	return n, err
}

func (o *object) Close() error { return o.r.Close() }

// parseRange reads "bytes FIRST-LAST/TOTAL".
func parseRange(v string) (first, total int64, ok bool) {
	v, ok = strings.CutPrefix(v, "bytes ")
	span, size, ok2 := strings.Cut(v, "/")
	from, _, ok3 := strings.Cut(span, "-")
	first, err1 := strconv.ParseInt(from, 10, 64)
	total, err2 := strconv.ParseInt(size, 10, 64)
	return first, total, ok && ok2 && ok3 && err1 == nil && err2 == nil
}

func (q *call) invalid(message string) error {
	return &transship.Error{Code: transship.Invalid, Op: q.op, Bucket: q.bucket, Key: q.key, Message: message}
}

func (q *call) damaged(message string) error {
	return &transship.Error{Code: transship.Damaged, Op: q.op, Bucket: q.bucket, Key: q.key, Message: message}
}
