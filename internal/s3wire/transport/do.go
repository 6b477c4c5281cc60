package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

var (
	errStale  = errors.New("the connection was closed before an answer came")
	errHead   = fmt.Errorf("the answer is not HTTP/1.1, or its head broke off or is over %d KiB long", readBuffer>>10)
	errSilent = errors.New("no answer in time")
)

// Do sends a request and reads the head of its answer. The reply must be
// closed; ctx governs reading it, too. A Safe request that met a connection
// which the other side had closed meanwhile takes another one; every other
// request goes out at most once. Where the error is not a *SourceError, nobody
// knows whether the request was carried out.
func (c *Pools) Do(ctx context.Context, q *Request) (*Reply, error) {
	p := c.pool(q.Host)
	for {
		k, err := c.get(ctx, p, q.Host)
		if err != nil {
			return nil, err
		}
		r, err := c.run(ctx, q, p, k)
		if err != nil && errors.Is(err, errStale) && k.used && q.Safe && ctx.Err() == nil {
			continue
		}
		return r, err
	}
}

// run sends the request on k. Without a reply, which then has it, k is closed.
func (c *Pools) run(ctx context.Context, q *Request, p *pool, k *conn) (*Reply, error) {
	stop := func() bool { return true }
	if ctx.Done() != nil {
		stop = context.AfterFunc(ctx, k.abort)
	}
	k.timed.limit = q.Silence
	k.resp.reset()
	sent := c.send(q, k)
	if sent != nil {
		var source *SourceError
		if errors.As(sent, &source) {
			stop()
			p.put(k, false)
			return nil, sent
		}
		// The store may have refused before it had read everything.
		k.timed.limit = time.Second
	}
	if err := k.readHead(); err != nil {
		stop()
		p.put(k, false)
		if sent != nil {
			err = sent
		}
		return nil, err
	}
	r := newReply(q.Method, k)
	r.ctx, r.stop, r.pool = ctx, stop, p
	r.fit = sent == nil && !k.resp.closes() && !r.toEnd
	return r, nil
}

// readHead reads the head of the final answer.
func (k *conn) readHead() error {
	for {
		switch err := k.resp.read(k.br); {
		case err == io.EOF:
			return errStale
		case err == errSilent:
			return fmt.Errorf("no answer within %s", k.timed.limit)
		case err != nil:
			return err
		}
		if k.resp.Status() >= 200 {
			return nil
		}
	}
}
