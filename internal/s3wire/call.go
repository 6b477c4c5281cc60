package s3wire

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	// other sees the head of a successful answer; its error says that the answer
	// is to another call.
	other func(h *fasthttp.ResponseHeader) error
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
