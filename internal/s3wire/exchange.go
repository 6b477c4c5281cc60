package s3wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/sigv4"
)

var (
	errStale = errors.New("the connection was closed before an answer came")
	errHead  = fmt.Errorf("the answer is not HTTP/1.1, or its head broke off or is over %d KiB long", readBuffer>>10)
)

// exchange takes a connection and runs one request on it. A read that met a
// connection which the store had closed meanwhile takes another one.
func (c *Client) exchange(ctx context.Context, q *call) error {
	var cred Credentials
	if c.cfg.Credentials != nil {
		var err error
		if cred, err = c.cfg.Credentials(ctx); err != nil {
			return &transship.Error{Code: transship.CodeOf(err), Op: q.op, Bucket: q.bucket, Key: q.key, Message: "no credentials", Err: err}
		}
	}
	host, path := c.place(q.bucket, q.key)
	p := c.pool(host)
	for {
		k, err := c.get(ctx, p, host)
		if err != nil {
			return q.unanswered(ctx, err)
		}
		err = c.run(ctx, q, p, k, &cred, host, path)
		if err != nil && errors.Is(err, errStale) && k.used && q.read && ctx.Err() == nil {
			continue
		}
		return err
	}
}

// place is the host and the path of a bucket or an object.
func (c *Client) place(bucket, key string) (host string, path []byte) {
	path = make([]byte, 0, len(bucket)+len(key)+len(key)/4+8)
	if c.pathStyle || !hostLabel(bucket, c.scheme) {
		path = append(path, '/')
		path = sigv4.AppendQuery(path, bucket)
		host = c.host
	} else {
		host = bucket + "." + c.host
	}
	if key != "" || len(path) == 0 {
		path = append(path, '/')
		path = sigv4.AppendPath(path, key)
	}
	return host, path
}

// hostLabel reports whether a bucket's name can stand before a host. A dot in
// it does not fit a wildcard certificate.
func hostLabel(bucket, scheme string) bool {
	if scheme == "https" && strings.Contains(bucket, ".") || strings.Contains(bucket, "..") {
		return false
	}
	return bucket == "" || strings.Trim(bucket, "abcdefghijklmnopqrstuvwxyz0123456789-.") == "" && strings.Trim(bucket, "-.") == bucket
}

// run sends the request on k and reads the answer. It gives k back, or closes
// it, or leaves it to an open body.
func (c *Client) run(ctx context.Context, q *call, p *pool, k *conn, cred *Credentials, host string, path []byte) error {
	stop := func() bool { return true }
	if ctx.Done() != nil {
		stop = context.AfterFunc(ctx, k.abort)
	}
	k.timed.limit = c.cfg.IdleTimeout
	if q.long {
		k.timed.limit = c.cfg.CopyTimeout
	}
	k.resp.Reset()
	k.resp.DisableNormalizing()
	sent := c.send(q, k, cred, host, path)
	var source *sourceError
	if errors.As(sent, &source) {
		stop()
		p.put(k, false)
		return &transship.Error{Code: transship.CodeOf(source.err), Op: q.op, Bucket: q.bucket, Key: q.key, Message: "read what is to be sent", Err: source.err}
	}
	if sent != nil {
		// The store may have refused before it had read everything.
		k.timed.limit = time.Second
	}
	if err := k.readHead(); err != nil {
		stop()
		p.put(k, false)
		if sent != nil {
			err = sent
		}
		return q.unanswered(ctx, err)
	}
	status := k.resp.StatusCode()
	r := newReply(q, k)
	fit := sent == nil && !k.resp.ConnectionClose() && !r.toEnd
	if q.open != nil && status/100 == 2 {
		r.finish = func(whole bool) { p.put(k, stop() && whole && fit) }
		r.ctx = ctx
		if err := q.open(&k.resp, r); err != nil {
			r.Close()
			return err
		}
		return nil
	}
	if q.other != nil && status/100 == 2 {
		if err := q.other(&k.resp); err != nil {
			stop()
			p.put(k, false)
			return err
		}
	}
	body, err := r.all(q.limit)
	whole := err == nil
	switch {
	case err != nil && status/100 == 2:
		err = q.unanswered(ctx, err)
	case status/100 == 2:
		if q.answer != nil {
			err = q.answer(&k.resp, body)
		}
	default:
		if q.failed != nil {
			q.failed(&k.resp)
		}
		err = q.refusal(&k.resp, body)
	}
	p.put(k, stop() && whole && fit)
	return err
}

// readHead reads the head of the final answer.
func (k *conn) readHead() error {
	for {
		if err := k.resp.Read(k.br); err != nil {
			switch {
			case err == io.EOF:
				return errStale
			case errors.Is(err, fasthttp.ErrTimeout):
				return fmt.Errorf("no answer within %s", k.timed.limit)
			}
			return errHead // and not fasthttp's error, which quotes the answer
		}
		if k.resp.StatusCode() >= 200 {
			return nil
		}
	}
}

// unanswered is the error of a call whose answer never came, or broke off.
// The outcome of a write is then unknown.
func (q *call) unanswered(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return &transship.Error{Code: transship.Unavailable, Op: q.op, Bucket: q.bucket, Key: q.key, Err: err}
}

// send writes the request's head and body.
func (c *Client) send(q *call, k *conn, cred *Credentials, host string, path []byte) error {
	date := c.now()
	payload, length := sigv4.EmptyPayload, int64(len(q.body))
	if q.body != nil {
		payload = sigv4.HashPayload(q.body)
	}
	headers := append(k.headers[:0], q.headers...)
	if q.stream != nil {
		payload, length = q.stream.payload, q.stream.encoded
		headers = append(headers, q.stream.headers...)
	}
	headers = append(headers, sigv4.Header{Name: "host", Value: host}, sigv4.Header{Name: "x-amz-content-sha256", Value: payload})
	query := appendParams(nil, q.query)
	b := k.head[:0]
	if cred.AccessKey != "" {
		headers = append(headers, sigv4.Header{Name: "x-amz-date", Value: date})
		if cred.SessionToken != "" {
			headers = append(headers, sigv4.Header{Name: "x-amz-security-token", Value: cred.SessionToken})
		}
		sortHeaders(headers)
		b = c.signer.Append(b, cred, date, &sigv4.Request{Method: q.method, Path: path, Query: query, Headers: headers, Payload: payload})
	}
	k.head, k.headers = b, headers
	w := k.bw
	w.Reset(k.Conn)
	w.WriteString(q.method)
	w.WriteByte(' ')
	w.WriteString(k.prefix)
	w.Write(path)
	if len(query) > 0 {
		w.WriteByte('?')
		w.Write(query)
	}
	w.WriteString(" HTTP/1.1\r\n")
	line := func(name, value string) {
		w.WriteString(name)
		w.WriteString(": ")
		w.WriteString(value)
		w.WriteString("\r\n")
	}
	for i := range headers {
		line(headers[i].Name, headers[i].Value)
	}
	if len(b) > 0 {
		w.WriteString("authorization: ")
		w.Write(b)
		w.WriteString("\r\n")
	}
	line("user-agent", c.cfg.UserAgent)
	if k.proxyAuth != "" {
		line("proxy-authorization", k.proxyAuth)
	}
	if length > 0 || q.method == "PUT" || q.method == "POST" {
		w.WriteString("content-length: ")
		k.head = strconv.AppendInt(k.head, length, 10)
		w.Write(k.head[len(b):])
		w.WriteString("\r\n")
	}
	w.WriteString("\r\n")
	if q.stream != nil {
		authorization := string(b)
		if err := c.sendStream(q.stream, w, cred, date, authorization); err != nil {
			return err
		}
	} else {
		w.Write(q.body)
	}
	return w.Flush()
}

// sortHeaders is an insertion sort: there are few, and most are in order.
func sortHeaders(h []sigv4.Header) {
	for i := 1; i < len(h); i++ {
		for j := i; j > 0 && h[j].Name < h[j-1].Name; j-- {
			h[j], h[j-1] = h[j-1], h[j]
		}
	}
}

func appendParams(dst []byte, params []param) []byte {
	for i, p := range params {
		if i > 0 {
			dst = append(dst, '&')
		}
		dst = sigv4.AppendQuery(dst, p.name)
		dst = append(dst, '=')
		dst = sigv4.AppendQuery(dst, p.value)
	}
	return dst
}
