package operation

import (
	"context"
	"errors"
	"time"

	"github.com/transship/transship"
)

// Attempts at a store that answers that it cannot just now (reference 5.7).
const (
	attempts  = 5
	firstWait = 200 * time.Millisecond
	longest   = 20 * time.Second
)

// answer is what an error says about the call that it ended.
type answer int

const (
	refused   answer = iota // for good: asking again changes nothing
	notNow                  // for certain not done; ask again
	ambiguous               // an answer came, and it may have been done all the same
	silence                 // no answer came
)

// passingCodes are refusals that S3 documents as worth asking again, though
// they come as 4xx: the reason lies in the moment and not in the object.
var passingCodes = map[string]bool{
	"SlowDown": true, "Throttling": true, "ThrottlingException": true, "TooManyRequests": true,
	"RequestLimitExceeded": true, "RequestTimeout": true, "ServiceUnavailable": true,
	"ConditionalRequestConflict": true, "OperationAborted": true,
	"ExpiredToken": true, "TokenRefreshRequired": true, "RequestTimeTooSkewed": true,
}

// classify sorts the error of a call.
func classify(err error) answer {
	var e *transship.Error
	if !errors.As(err, &e) {
		return silence
	}
	switch {
	case passingCodes[e.S3Code]:
		return notNow
	case e.Status == 0 && (e.Code == transship.Invalid || e.Code == transship.Unsupported):
		return refused // the client itself would not send it
	case e.Status == 0:
		return silence
	case e.Status == 429 || e.Status == 503:
		return notNow
	case e.Status == 501:
		return refused
	case e.Status >= 500:
		return ambiguous
	case e.Status < 300: // an answer of success that cannot be read
		return ambiguous
	}
	return refused
}

// wait sleeps before attempt n (from 2) for a random part of a doubling time.
func (c *Copy) wait(ctx context.Context, n int) error {
	limit := min(firstWait<<(n-2), longest)
	return c.cfg.Sleep(ctx, time.Duration(c.cfg.Random(int64(limit)+1)))
}

// read makes a call that changes nothing, so that even silence is asked again.
func read[T any](ctx context.Context, c *Copy, call func() (T, error)) (T, error) {
	return again(ctx, c, call, func(a answer) bool { return a != refused })
}

// write makes a call that is asked again only when the store says that it did
// nothing. Other ends are the caller's to settle.
func write[T any](ctx context.Context, c *Copy, call func() (T, error)) (T, error) {
	return again(ctx, c, call, func(a answer) bool { return a == notNow })
}

// again makes a call up to [attempts] times, as long as worth says so.
func again[T any](ctx context.Context, c *Copy, call func() (T, error), worth func(answer) bool) (T, error) {
	for n := 1; ; n++ {
		out, err := call()
		if err == nil || n == attempts || ctx.Err() != nil || !worth(classify(err)) {
			return out, err
		}
		if c.wait(ctx, n+1) != nil {
			return out, err
		}
	}
}
