package s3wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/sigv4"
)

// call is one request, and how its answer is read.
type call struct {
	op          string // as the S3 API names it
	method      string
	bucket, key string
	query       []param
	headers     []sigv4.Header // names in lower case
	body        []byte         // sent whole, its SHA-256 signed
	stream      *stream        // instead of body
	read        bool           // safe to repeat
	long        bool           // the store copies meanwhile
	limit       int64          // longest answer in bytes; 0: maxAnswer

	// answer reads a successful answer. What it is given is valid until it
	// returns.
	answer func(h *fasthttp.ResponseHeader, body []byte) error
	// open takes over the connection with the body unread; instead of answer.
	open func(h *fasthttp.ResponseHeader, body *reply) error
	// failed sees the head of a refusal.
	failed func(h *fasthttp.ResponseHeader)
}

type param struct{ name, value string }

// maxAnswer bounds answers that are not listings.
const maxAnswer = 1 << 20

// header adds a header unless its value is empty.
func (q *call) header(name, value string) {
	if value == "" {
		return
	}
	if q.headers == nil {
		q.headers = make([]sigv4.Header, 0, 8)
	}
	q.headers = append(q.headers, sigv4.Header{Name: name, Value: value})
}

func (q *call) flag(name string, set bool, value string) {
	if set {
		q.header(name, value)
	}
}

func (q *call) param(name, value string) {
	q.query = append(q.query, param{name, value})
}

// check refuses what must not reach the wire: an object call without a key
// would be a bucket call, a line end in a header would be another header.
func (q *call) check(object bool) error {
	message := ""
	switch {
	case q.bucket == "":
		message = "the bucket has no name"
	case strings.ContainsAny(q.bucket, "/?# \r\n"):
		message = fmt.Sprintf("%q is not a bucket's name", q.bucket)
	case object && q.key == "":
		message = "the object has no key"
	}
	for _, h := range q.headers {
		if strings.ContainsAny(h.Value, "\r\n\x00") {
			message = fmt.Sprintf("header %s: a line end or NUL cannot be sent", h.Name)
		}
	}
	if message == "" {
		return nil
	}
	return &transship.Error{Code: transship.Invalid, Op: q.op, Bucket: q.bucket, Key: q.key, Message: message}
}

// do makes a call, again where the Retry policy says so and a repetition is
// safe.
func (c *Client) do(ctx context.Context, q *call) error {
	slices.SortFunc(q.query, func(a, b param) int { return strings.Compare(a.name, b.name) })
	for attempt := 1; ; attempt++ {
		err := c.attempt(ctx, q)
		if err == nil || c.cfg.Retry == nil || !c.repeatable(q, err) || ctx.Err() != nil || !c.cfg.Retry.Wait(ctx, attempt) {
			return err
		}
	}
}

// repeatable reports whether asking again may help and cannot harm.
func (c *Client) repeatable(q *call, err error) bool {
	var e *transship.Error
	if !errors.As(err, &e) || e.Code != transship.Throttled && e.Code != transship.Unavailable {
		return false
	}
	if q.read {
		return true
	}
	if !c.cfg.RetryWrites || q.stream != nil {
		return false
	}
	switch e.Status {
	case 429, 500, 502, 503, 504:
		return true
	}
	return false
}

// attempt makes a call once, inside the gate.
func (c *Client) attempt(ctx context.Context, q *call) error {
	leave := func(bool, bool, time.Duration) {}
	if c.cfg.Gate != nil {
		var err error
		if leave, err = c.cfg.Gate.Enter(ctx); err != nil {
			return q.unanswered(ctx, err)
		}
	}
	start := c.cfg.Now()
	err := c.exchange(ctx, q)
	throttled, failed := false, false
	if err != nil && ctx.Err() == nil {
		code := transship.CodeOf(err)
		throttled, failed = code == transship.Throttled, code == transship.Unavailable
	}
	// A body that is still open does not keep its place: a copy through this
	// process, whose other half waits at the same gate, would wait for ever.
	latency := c.cfg.Now().Sub(start)
	if q.long || q.stream != nil {
		latency = 0 // it tells of the object's size and not of the store
	}
	leave(throttled, failed, latency)
	return err
}

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
