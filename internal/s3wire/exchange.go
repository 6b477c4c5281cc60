package s3wire

import (
	"context"
	"errors"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3wire/transport"
)

// exchange sends a call once, by way of its transport, and reads the answer.
func (c *Client) exchange(ctx context.Context, q *call) error {
	q.client = c
	if c.cfg.Credentials != nil {
		var err error
		if q.cred, err = c.cfg.Credentials(ctx); err != nil {
			return &transship.Error{Code: transship.CodeOf(err), Op: q.Op, Bucket: q.Bucket, Key: q.Key, Message: "no credentials", Err: err}
		}
	}
	host, path := c.place(q.Bucket, q.Key)
	q.request = transport.Request{Method: q.method, Host: host, Path: path, Query: appendParams(nil, q.query), Signer: q, Body: q.body,
		Safe: q.Read, Silence: c.cfg.IdleTimeout}
	if q.long {
		q.request.Silence = c.cfg.CopyTimeout
	}
	if q.stream != nil {
		q.request.Stream = q.stream
	}
	r, err := c.pools.Do(ctx, &q.request)
	if err != nil {
		var source *transport.SourceError
		if errors.As(err, &source) {
			return q.unread(source.Err)
		}
		return q.unanswered(ctx, err)
	}
	if q.open != nil && r.Header().Status()/100 == 2 {
		if err := q.open(r.Header(), r); err != nil {
			r.Close()
			return err
		}
		return nil
	}
	defer r.Close()
	return q.hear(ctx, r)
}

// hear reads an answer to its end.
func (q *call) hear(ctx context.Context, r *transport.Reply) error {
	h := r.Header()
	fine := h.Status()/100 == 2
	if q.other != nil && fine {
		if err := q.other(h); err != nil {
			return err
		}
	}
	limit := q.limit
	if limit <= 0 {
		limit = maxAnswer
	}
	body, err := r.All(limit)
	switch {
	case err != nil && fine:
		return q.unanswered(ctx, err)
	case fine && q.answer != nil:
		return q.answer(h, body)
	case fine:
		return nil
	}
	if q.failed != nil {
		q.failed(h)
	}
	return q.Refusal(h, body)
}

// unanswered is the error of a call whose answer never came, or broke off.
// The outcome of a write is then unknown.
func (q *call) unanswered(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return &transship.Error{Code: transship.Unavailable, Op: q.Op, Bucket: q.Bucket, Key: q.Key, Err: err}
}

// unread is the error of a call whose body could not be read here.
func (q *call) unread(err error) error {
	return &transship.Error{Code: transship.CodeOf(err), Op: q.Op, Bucket: q.Bucket, Key: q.Key, Message: "read what is to be sent", Err: err}
}
