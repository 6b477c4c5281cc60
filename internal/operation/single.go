package operation

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// request is the CopyObject of a task (reference 3.2, checklist 49). What the
// source holds when the request runs is what is copied: an ETag that the
// inventory tells is made a condition only where the job asks for it; AWS makes
// none.
func (c *Copy) request(task transship.Task, class string) s3call.Copy {
	in := s3call.Copy{
		Source:                c.source(task),
		Bucket:                c.bucket,
		Key:                   c.TargetKey(task.Key),
		MetadataDirective:     c.directive(),
		Attributes:            c.settings(class),
		ACL:                   c.spec.CannedACL,
		Grants:                c.spec.Grants,
		ChecksumAlgorithm:     c.spec.ChecksumAlgorithm,
		SourceIfMatch:         c.sourceETag(task),
		SourceModifiedSince:   c.spec.ModifiedSince,
		SourceUnmodifiedSince: c.spec.UnmodifiedSince,
		IfNoneMatch:           c.spec.IfNoneMatch,
		RequesterPays:         c.spec.RequesterPays,
		TaggingDirective:      "COPY",
	}
	if in.MetadataDirective == "REPLACE" {
		in.Attributes = c.replaced(in.Attributes)
	}
	if tags, ok := c.newTags(); ok {
		in.TaggingDirective, in.Tags = "REPLACE", tags
	}
	return in
}

// single copies by one CopyObject, and in parts if the object turns out to be
// too large for that.
func (c *Copy) single(ctx context.Context, task transship.Task) (transship.Result, error) {
	if r, done, err := c.present(ctx, task); done {
		return r, err
	}
	class := c.spec.StorageClass
	if c.spec.KeepStorageClass {
		class = task.StorageClass
		if class == "" {
			head, err := c.headSource(ctx, c.source(task))
			if err != nil {
				return c.conclude(ctx, task, err)
			}
			if head.Size > c.cfg.CopyLimit {
				return c.inPartsOf(ctx, task, head)
			}
			class, task.Size = head.StorageClass, head.Size
		}
	}
	in := c.request(task, class)
	began := c.cfg.Now()
	for n := 1; ; n++ {
		out, err := write(ctx, c, func() (s3call.Copied, error) { return c.cfg.Destination.CopyObject(ctx, in) })
		switch {
		case err == nil:
			return succeeded(task, out.Written, task.Size), nil
		case c.tooLarge(err):
			return c.inParts(ctx, task)
		case s3Status(err) == 412 && c.spec.IfNoneMatch:
			return c.exists(ctx, task, err)
		case classify(err) != ambiguous || ctx.Err() != nil || n == attempts:
			return c.conclude(ctx, task, err)
		}
		// 500 and its like: the object may be there all the same. Look before
		// asking again, or a versioned bucket gets two.
		if werr := c.wait(ctx, n+1); werr != nil {
			return transship.Result{}, c.unknown(ctx, task, werr)
		}
		if r, done, err := c.lookBack(ctx, task, began, err); err != nil || done {
			return r, err
		}
	}
}

// lookBack asks whether this attempt's own request, which ended with cause, was
// carried out after all, and remembers the doubt. False without an error: it does
// not seem so, ask again.
//
// What looks done may be the copy of an earlier version of the key with the same
// bytes. Whoever has not been told the results of the key (by [Copy.Reconcile])
// cannot tell them apart, and leaves the outcome unknown.
func (c *Copy) lookBack(ctx context.Context, task transship.Task, began time.Time, cause error) (transship.Result, bool, error) {
	var known doubt
	if d, ok := c.doubts.Load(c.source(task)); ok {
		known = d.(doubt)
	}
	c.doubt(task, doubt{since: began, begun: true})
	r, done, err := c.wasDone(ctx, task, begunBy(began), known.previous)
	switch {
	case err != nil:
		return transship.Result{}, false, c.unknown(ctx, task, err)
	case done && !known.told:
		return transship.Result{}, false, c.unknown(ctx, task, cause)
	}
	return r, done, nil
}

// tooLarge recognises CopyObject's refusal of a source over its limit, and keeps
// the limit if the message tells it: "... for a copy source: 5368709120".
func (c *Copy) tooLarge(err error) bool {
	var e *transship.Error
	if !errors.As(err, &e) {
		return false
	}
	if e.S3Code != "InvalidRequest" || !strings.Contains(e.Message, "larger than the maximum allowable size") {
		return e.S3Code == "EntityTooLarge"
	}
	at := strings.LastIndexByte(e.Message, ':')
	if limit, err := strconv.ParseInt(strings.TrimSpace(e.Message[at+1:]), 10, 64); err == nil && limit > 0 {
		c.toldLimit.Store(limit)
	}
	return true
}

// present looks at the destination for a job that leaves existing objects alone;
// done when something is there. The write is conditional all the same, but
// stores exist that do not know the condition on a copy and overwrite.
func (c *Copy) present(ctx context.Context, task transship.Task) (transship.Result, bool, error) {
	if !c.spec.IfNoneMatch {
		return transship.Result{}, false, nil
	}
	if _, err := c.headTarget(ctx, c.TargetKey(task.Key), ""); err != nil {
		return transship.Result{}, false, nil
	}
	r, err := c.exists(ctx, task, &finalError{412, codePrecondition, existsOther})
	return r, true, err
}

// exists settles a 412 of a job that leaves existing objects alone: the task
// succeeded if an equal object is there, and failed if it is another one or
// the condition was one on the source.
func (c *Copy) exists(ctx context.Context, task transship.Task, refusal error) (transship.Result, error) {
	src, err := c.headSource(ctx, c.source(task))
	if err != nil {
		return c.conclude(ctx, task, err)
	}
	if err := c.conditions(task, src); err != nil {
		return c.conclude(ctx, task, err)
	}
	dst, err := c.headTarget(ctx, c.TargetKey(task.Key), "")
	switch {
	case err != nil && classify(err) != refused:
		return transship.Result{}, c.unknown(ctx, task, err)
	case err != nil: // it may not be looked at, or is gone again
		return c.conclude(ctx, task, refusal)
	case !c.equal(src, dst):
		return failed(task, 412, codePrecondition, existsOther), nil
	}
	r := succeeded(task, written(dst), 0)
	r.Skipped, r.Message = true, skippedEqual
	if _, proven := compareContent(src, dst); !proven {
		// Neither checksum nor ETag can be compared: size, metadata and age must do.
		if dst.LastModified.Before(src.LastModified) {
			return failed(task, 412, codePrecondition, existsOther), nil
		}
		r.Message = skippedAlike
	}
	return r, nil
}
