package s3wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3wire/answer"
	"github.com/transship/transship/internal/s3wire/payload"
	"github.com/transship/transship/internal/s3wire/transport"
	"github.com/transship/transship/internal/sigv4"
)

// call is one request, and how its answer is read.
type call struct {
	answer.Call
	method  string
	query   []param
	headers []sigv4.Header  // names in lower case
	body    []byte          // sent whole, its SHA-256 signed
	stream  *payload.Stream // instead of body
	long    bool            // the store copies meanwhile
	limit   int64           // longest answer in bytes; 0: maxAnswer

	// answer reads a successful answer. What it is given is valid until it
	// returns.
	answer func(h *transport.Header, body []byte) error
	// open takes over the connection with the body unread; instead of answer.
	open func(h *transport.Header, body *transport.Reply) error
	// other sees the head of a successful answer; its error says that the answer
	// is to another call.
	other func(h *transport.Header) error
	// failed sees the head of a refusal.
	failed func(h *transport.Header)

	// Set for each attempt.
	client  *Client
	cred    Credentials
	request transport.Request
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
	case q.Bucket == "":
		message = "the bucket has no name"
	case strings.ContainsAny(q.Bucket, "/?# \r\n"):
		message = fmt.Sprintf("%q is not a bucket's name", q.Bucket)
	case object && q.Key == "":
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
	return &transship.Error{Code: transship.Invalid, Op: q.Op, Bucket: q.Bucket, Key: q.Key, Message: message}
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
	if q.Read {
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

// payload puts size bytes of body into the call, in the form that the store
// takes (internal/s3wire/payload, Maker.Make).
func (q *call) payload(m *payload.Maker, body io.Reader, size int64, algorithm, usual string) error {
	p, err := m.Make(body, size, algorithm, usual)
	if err != nil {
		return q.unread(err)
	}
	if q.body, q.stream = p.Data, p.Stream; q.stream == nil {
		q.header(p.Checksum.Name, p.Checksum.Value)
		return nil
	}
	encoding := "aws-chunked"
	for i, h := range q.headers {
		if h.Name == "content-encoding" {
			encoding += "," + h.Value
			q.headers = append(q.headers[:i:i], q.headers[i+1:]...)
			break
		}
	}
	q.header("content-encoding", encoding)
	return nil
}
