package operation

import (
	"context"
	"errors"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// abortTime is how long an abort may take after its task's context has ended.
const abortTime = 30 * time.Second

// abort drops an upload that will not be completed, even when ctx has ended. If
// it cannot, the upload stays remembered for the sweep.
func (c *Copy) abort(ctx context.Context, up s3call.Upload) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTime)
	defer cancel()
	if _, err := read(ctx, c, func() (struct{}, error) { return struct{}{}, abortUpload(ctx, c.cfg.Destination, up) }); err == nil {
		c.ended(ctx, up)
	}
}

// ended forgets an upload. A failure to forget costs the sweep one needless
// abort, and nothing else.
func (c *Copy) ended(ctx context.Context, up s3call.Upload) {
	if c.cfg.Uploads != nil {
		_ = c.cfg.Uploads.Ended(context.WithoutCancel(ctx), up)
	}
}

// leave keeps an upload in mind of which nobody knows whether it was completed.
func (c *Copy) leave(up s3call.Upload) { c.left.Store(up.Key, up) }

// drop aborts the upload that an earlier attempt of this process has left for
// key, if any. One that was completed after all is no longer there.
func (c *Copy) drop(ctx context.Context, key string) {
	if up, ok := c.left.LoadAndDelete(key); ok {
		c.abort(ctx, up.(s3call.Upload))
	}
}

// Aborter is what a sweep asks of the destination.
type Aborter interface {
	AbortMultipartUpload(context.Context, s3call.Upload) error
}

// SweepUploads aborts uploads that an attempt which is known to be dead has left
// behind, and forgets each that is gone from the store. An upload that was
// completed after all is gone already. It goes on after a failure and answers
// all of them joined; what failed stays remembered.
func SweepUploads(ctx context.Context, destination Aborter, uploads Uploads, left []s3call.Upload) error {
	var failures []error
	for _, up := range left {
		err := ctx.Err()
		if err == nil {
			err = abortUpload(ctx, destination, up)
		}
		if err == nil {
			err = uploads.Ended(ctx, up)
		}
		if err != nil {
			failures = append(failures, &transship.Error{Code: transship.CodeOf(err), Op: "sweep the upload of", Bucket: up.Bucket, Key: up.Key, Err: err})
		}
	}
	return errors.Join(failures...)
}

// abortUpload takes an upload that is not there for aborted.
func abortUpload(ctx context.Context, destination Aborter, up s3call.Upload) error {
	err := destination.AbortMultipartUpload(ctx, up)
	if s3Code(err) == "NoSuchUpload" || s3Status(err) == 404 {
		return nil
	}
	return err
}
