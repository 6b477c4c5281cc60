package s3wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
	"github.com/transship/transship/internal/s3wire/answer"
	"github.com/transship/transship/internal/s3wire/transport"
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
	q := &call{Call: answer.Call{Op: "HeadObject", Bucket: g.Bucket, Key: g.Key, Read: true}, method: "HEAD"}
	q.reading(&g)
	q.answer = func(h *transport.Header, _ []byte) error { out = answer.Head(h); return nil }
	q.failed = func(h *transport.Header) {
		if string(h.Peek("x-amz-delete-marker")) == "true" {
			out.DeleteMarker, out.VersionID = true, string(h.Peek("x-amz-version-id"))
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
	q := &call{Call: answer.Call{Op: "GetObject", Bucket: g.Bucket, Key: g.Key, Read: true}, method: "GET"}
	q.reading(&g)
	if g.Length < 0 || g.First < 0 {
		return nil, q.Invalid(fmt.Sprintf("%d bytes from %d are no range", g.Length, g.First))
	}
	ranged := g.Length > 0 || g.First > 0
	switch {
	case g.Length > 0:
		q.header("range", fmt.Sprintf("bytes=%d-%d", g.First, g.First+g.Length-1))
	case g.First > 0:
		q.header("range", fmt.Sprintf("bytes=%d-", g.First))
	}
	var out *s3call.Body
	q.open = func(h *transport.Header, r *transport.Reply) error {
		head := answer.Head(h)
		length := h.Length()
		switch {
		case ranged && h.Status() != http.StatusPartialContent:
			return q.Damaged("the store sent the whole object where a range was asked for")
		case ranged:
			value := string(h.Peek("content-range"))
			first, total, ok := answer.Range(value)
			if !ok || first != g.First {
				return q.Damaged(fmt.Sprintf("the store's Content-Range %q is not the range that was asked for", value))
			}
			head.Size = total
		case length < 0:
			return q.Damaged("the store does not say how long the object is")
		}
		if length < 0 {
			return q.Damaged("the store does not say how long the range is")
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
	r *transport.Reply
}

func (o *object) Read(p []byte) (int, error) {
	n, err := o.r.Read(p)
	if err != nil && err != io.EOF {
		e := &transship.Error{Code: transship.Unavailable, Op: o.q.Op, Bucket: o.q.Bucket, Key: o.q.Key, Err: err}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			e.Message = fmt.Sprintf("the connection ended %d bytes early", o.r.Left())
		}
		err = e
	}
	return n, err
}

func (o *object) Close() error { return o.r.Close() }
