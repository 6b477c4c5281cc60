package operation

import (
	"context"
	"fmt"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// complete makes the parts an object. An end that nobody saw is left as it is:
// not aborted, not asked again blindly, and the upload stays remembered.
func (c *Copy) complete(ctx context.Context, task transship.Task, src s3call.Head, up s3call.Upload, parts []s3call.Part, began time.Time) (transship.Result, error) {
	in := s3call.CompleteUpload{Upload: up, Parts: parts, IfNoneMatch: c.spec.IfNoneMatch}
	for n := 1; ; n++ {
		out, err := write(ctx, c, func() (s3call.Written, error) { return c.cfg.Destination.CompleteMultipartUpload(ctx, in) })
		if err == nil {
			c.ended(ctx, up)
			return c.verified(task, src, out), nil
		}
		if s3Code(err) != "NoSuchUpload" || n == 1 {
			switch classify(err) {
			case notNow:
				c.abort(ctx, up)
				return transship.Result{}, c.unknown(ctx, task, err)
			case silence:
				c.leave(up)
				return transship.Result{}, c.unknown(ctx, task, err)
			case refused:
				c.abort(ctx, up)
				if s3Status(err) == 412 && c.spec.IfNoneMatch {
					return c.exists(ctx, task, err)
				}
				if s3Code(err) == "NoSuchUpload" {
					return transship.Result{}, c.unknown(ctx, task, err)
				}
				return c.conclude(ctx, task, err)
			}
		}
		if n == attempts || c.wait(ctx, n+1) != nil {
			c.leave(up)
			return transship.Result{}, c.unknown(ctx, task, err)
		}
		r, done, rerr := c.lookBack(ctx, task, began, err)
		switch {
		case done:
			c.ended(ctx, up)
			return r, nil
		case rerr != nil:
			c.leave(up)
			return transship.Result{}, rerr
		}
		if s3Code(err) == "NoSuchUpload" {
			return transship.Result{}, c.unknown(ctx, task, err)
		}
	}
}

// verified is the row of a finished upload: failed if the store's checksum of
// the whole is another than the source's.
func (c *Copy) verified(task transship.Task, src s3call.Head, out s3call.Written) transship.Result {
	r := succeeded(task, out, src.Size)
	for _, sum := range src.Checksums {
		if got := out.Checksum; whole(sum) && whole(got) && sum.Algorithm == got.Algorithm && sum.Value != got.Value {
			r.Succeeded, r.Size = false, 0
			r.HTTPStatus, r.ErrorCode = 400, codeBadDigest
			r.Message = fmt.Sprintf("the copy's %s is %s, the source's %s; the copy was left there", got.Algorithm, got.Value, sum.Value)
		}
	}
	return r
}
