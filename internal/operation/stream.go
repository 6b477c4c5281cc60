package operation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// stream copies through this process: read with the source's credential,
// write with the destination's, nothing in between but a buffer. It costs
// traffic, and is used only when the job says so.
func (c *Copy) stream(ctx context.Context, task transship.Task) (transship.Result, error) {
	if r, done, err := c.present(ctx, task); done {
		return r, err
	}
	if task.Size > c.cfg.PutLimit {
		return c.streamParts(ctx, task)
	}
	began, own := c.cfg.Now(), false
	for n := 1; ; n++ {
		r, a, err := c.streamOnce(ctx, task, own)
		var sums *sumsError
		switch {
		case err == nil:
			if own {
				c.ownSums.Store(true)
			}
			return r, nil
		case errors.As(err, &sums) && !own:
			own = true
			continue
		case a == refused && s3Status(err) == 412 && c.spec.IfNoneMatch:
			return c.exists(ctx, task, err)
		case a == refused || a == silence || ctx.Err() != nil || n == attempts:
			return c.conclude(ctx, task, err)
		}
		if werr := c.wait(ctx, n+1); werr != nil {
			return transship.Result{}, c.unknown(ctx, task, err)
		}
		if a == ambiguous {
			if r, done, err := c.lookBack(ctx, task, began, err); err != nil || done {
				return r, err
			}
		}
	}
}

// sumsError is a refusal that may go away with the store's own checksum.
type sumsError struct{ err error }

func (e *sumsError) Error() string { return e.err.Error() }
func (e *sumsError) Unwrap() error { return e.err }

// streamOnce makes one GET and one PUT. The answer says what an error means:
// a PUT of which the last byte was never handed over was not done, whatever
// came back. own leaves the checksum to the destination.
func (c *Copy) streamOnce(ctx context.Context, task transship.Task, own bool) (transship.Result, answer, error) {
	body, err := c.cfg.Source.GetObject(ctx, s3call.Get{Ref: c.source(task), Checksum: true, RequesterPays: c.spec.RequesterPays})
	if err != nil {
		return transship.Result{}, readAnswer(err), err
	}
	src := body.Head
	defer func() { _ = body.Close() }()
	if err := c.conditions(task, src); err != nil {
		return transship.Result{}, refused, err
	}
	if src.Size > c.cfg.PutLimit {
		_ = body.Close()
		r, err := c.streamParts(ctx, task)
		return r, silence, err // its attempts are its own
	}
	tags, err := c.tags(ctx, c.pinned(task, src))
	if err != nil {
		return transship.Result{}, readAnswer(err), err
	}
	algorithm := c.checksumOf(src)
	if own {
		algorithm = c.spec.ChecksumAlgorithm
	}
	check := newDigests(body, src.Size, src, algorithm)
	check.alive = func() { transship.Alive(ctx) }
	out, err := c.cfg.Destination.PutObject(ctx, s3call.Put{
		Bucket: c.bucket, Key: c.TargetKey(task.Key), Attributes: c.attributes(src),
		Body: check, Size: src.Size, Tags: tags, ACL: c.spec.CannedACL, Grants: c.spec.Grants,
		ChecksumAlgorithm: algorithm, IfNoneMatch: c.spec.IfNoneMatch,
	})
	switch {
	case err != nil && check.damage != nil:
		return transship.Result{}, notNow, check.damage
	case err != nil && check.failure != nil:
		return transship.Result{}, notNow, check.failure
	case err != nil && classify(err) != refused && !check.handedOver:
		return transship.Result{}, notNow, err
	case c.sumsRefused(algorithm, err):
		return transship.Result{}, refused, &sumsError{err}
	case err != nil:
		return transship.Result{}, classify(err), err
	}
	if why := check.disagrees(out); why != "" {
		if why = c.lookAgain(ctx, task, check, out, why); why != "" {
			if algorithm != "" && !own && c.mayOverwrite(out) {
				return transship.Result{}, refused, &sumsError{&finalError{400, codeBadDigest, why}}
			}
			return failed(task, 400, codeBadDigest, why), refused, nil
		}
	}
	return succeeded(task, out, src.Size), refused, nil
}

// mayOverwrite reports whether a second PUT can take the place of a copy that is
// not what was sent. Stores that know no trailers keep the framing of a body
// that has its checksum in one; without a checksum of ours they read it well.
func (c *Copy) mayOverwrite(out s3call.Written) bool {
	return c.spec.ChecksumAlgorithm == "" && !c.spec.IfNoneMatch && !versioned(out.VersionID)
}

// readAnswer is classify for a call that changes nothing.
func readAnswer(err error) answer {
	if _, final := err.(*finalError); final || classify(err) == refused {
		return refused
	}
	return notNow
}

// lookAgain judges an ETag that is not the MD5 of what was sent: an object that
// the bucket's default encrypts with a KMS key has another kind of ETag. The
// store then has checked the checksum that went with the body.
func (c *Copy) lookAgain(ctx context.Context, task transship.Task, check *digests, out s3call.Written, why string) string {
	if check.sumDisagrees(out) {
		return why
	}
	dst, err := c.headTarget(ctx, c.TargetKey(task.Key), out.VersionID)
	if err != nil || md5ETag(dst) || dst.ETag != out.ETag {
		return why
	}
	return ""
}

// streamParts copies an object that is too large for one PUT, by ranged reads of
// one version.
func (c *Copy) streamParts(ctx context.Context, task transship.Task) (transship.Result, error) {
	src, err := c.headSource(ctx, c.source(task))
	if err != nil {
		return c.conclude(ctx, task, err)
	}
	pin, crc := c.pinned(task, src), newCRC(src)
	var doubt atomic.Bool // the ETag of a part is not the MD5 of what was sent
	r, err := c.assemble(ctx, task, src, func(ctx context.Context, up s3call.Upload, s span) (s3call.Part, error) {
		send := func(algorithm string) (s3call.Part, error) {
			return read(ctx, c, func() (s3call.Part, error) { return c.streamPart(ctx, up, s, pin, src.ETag, algorithm, crc, &doubt) })
		}
		algorithm := c.uploadSum(src)
		part, err := send(algorithm)
		if c.sumsRefused(algorithm, err) {
			part, err = send("")
		}
		return part, err
	}, crc)
	if err == nil && r.Succeeded && doubt.Load() {
		return c.dispel(ctx, task, src, r)
	}
	return r, err
}

// dispel judges an object one of whose parts has an ETag that is not the MD5 of
// what was sent. A KMS key makes such ETags; otherwise the store keeps something
// else, such as the framing of a body that it did not understand.
func (c *Copy) dispel(ctx context.Context, task transship.Task, src s3call.Head, r transship.Result) (transship.Result, error) {
	dst, err := read(ctx, c, func() (s3call.Head, error) { return c.headTarget(ctx, c.TargetKey(task.Key), r.VersionID) })
	switch {
	case err != nil:
		return transship.Result{}, c.unknown(ctx, task, err)
	case dst.Size != src.Size:
		return failed(task, 400, codeBadDigest, fmt.Sprintf("the store made %d bytes of the %d that were sent in parts; the copy was left there", dst.Size, src.Size)), nil
	case !strings.HasPrefix(dst.SSE, "aws:kms"):
		return failed(task, 400, codeBadDigest, "the ETag of a part is not the MD5 of what was sent; the copy was left there"), nil
	}
	return r, nil
}

// streamPart makes one ranged GET and one UploadPart, and compares the digests.
func (c *Copy) streamPart(ctx context.Context, up s3call.Upload, s span, pin s3call.Ref, etag, algorithm string,
	crc *crcOfParts, doubt *atomic.Bool) (s3call.Part, error) {
	body, err := c.cfg.Source.GetObject(ctx, s3call.Get{Ref: pin, IfMatch: etag, First: s.First, Length: s.Length, RequesterPays: c.spec.RequesterPays})
	if err != nil {
		return s3call.Part{}, err
	}
	defer func() { _ = body.Close() }()
	check := newDigests(body, s.Length, s3call.Head{}, algorithm)
	check.alive = func() { transship.Alive(ctx) }
	if crc != nil {
		check.add(crc.algorithm)
	}
	part, err := c.cfg.Destination.UploadPart(ctx, s3call.PutPart{Upload: up, Number: s.Number,
		Body: io.LimitReader(check, s.Length), Size: s.Length, ChecksumAlgorithm: algorithm})
	if err != nil {
		if check.failure != nil { // the client may call it anything
			err = check.failure
		}
		return part, err
	}
	if check.sumDisagrees(part.Written) {
		return part, &finalError{400, codeBadDigest, fmt.Sprintf("the checksum of part %d is not that of what was sent; nothing was written", s.Number)}
	}
	if check.disagrees(part.Written) != "" {
		doubt.Store(true)
	}
	if crc != nil {
		crc.add(s.Number, check.sums[crc.algorithm].Sum(nil), s.Length)
	}
	return part, nil
}
