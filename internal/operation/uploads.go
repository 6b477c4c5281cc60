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

// Sweepable is what a sweep asks of the destination.
type Sweepable interface {
	aborter
	ListMultipartUploads(ctx context.Context, bucket, prefix string, limit int) ([]s3call.PendingUpload, error)
}

type aborter interface {
	AbortMultipartUpload(context.Context, s3call.Upload) error
}

// uploadsLookedAt bounds how many uploads of one key are looked through.
const uploadsLookedAt = 10_000

// skew is how far the store's clock may be from ours: beyond it, S3 takes no
// signature.
const skew = 15 * time.Minute

// SweepUploads aborts uploads that an attempt which is known to be dead has left
// behind, and forgets each that is gone from the store. An upload that was
// completed after all is gone already. Where only the key is known, what goes is
// every upload of exactly that key that was begun since the job was, by the
// time since. It goes on after a failure and answers all of them joined; what
// failed stays remembered.
func SweepUploads(ctx context.Context, destination Sweepable, uploads Uploads, left []s3call.Upload, since time.Time) error {
	var failures []error
	for _, up := range left {
		err := ctx.Err()
		switch {
		case err != nil:
		case up.ID == "":
			err = abortUnnamed(ctx, destination, up, since.Add(-skew))
		default:
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

// abortUnnamed aborts the uploads of a key that were begun no earlier than
// since.
func abortUnnamed(ctx context.Context, destination Sweepable, meant s3call.Upload, since time.Time) error {
	open, err := destination.ListMultipartUploads(ctx, meant.Bucket, meant.Key, uploadsLookedAt)
	if err != nil {
		return err
	}
	var failures []error
	for _, p := range open {
		if p.Key == meant.Key && !p.Initiated.Before(since) {
			failures = append(failures, abortUpload(ctx, destination, p.Upload))
		}
	}
	return errors.Join(failures...)
}

// abortUpload takes an upload that is not there for aborted.
func abortUpload(ctx context.Context, destination aborter, up s3call.Upload) error {
	err := destination.AbortMultipartUpload(ctx, up)
	if s3Code(err) == "NoSuchUpload" || s3Status(err) == 404 {
		return nil
	}
	return err
}
