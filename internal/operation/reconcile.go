package operation

import (
	"context"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// reconciled is the message of a task that was done by an attempt whose end
// nobody saw.
const reconciled = "found done after an uncertain attempt"

// versionsLookedAt bounds how many versions of one key are looked through.
const versionsLookedAt = 1_000

// Reconcile asks whether a task was done by an attempt that began no earlier
// than since (by this machine's clock, give or take [workerSkew]; it is carried
// over to the store's clock by the date of the store's answers) and of which the
// end is not known.
// previous are the results already recorded for the same key: a version that
// belongs to one of them is not taken for this task's. With true the result is
// final; with false the task is to be done again.
func (c *Copy) Reconcile(ctx context.Context, task transship.Task, since time.Time, previous []transship.Result) (transship.Result, bool, error) {
	if task.Fault != nil || task.IsDeleteMarker {
		r, err := c.Do(ctx, task)
		return r, err == nil, err
	}
	w := notedBy(since)
	r, done, err := c.wasDone(ctx, task, w, previous)
	switch {
	case err != nil:
		return transship.Result{}, false, c.unknown(ctx, task, err)
	case !done:
		if _, own := c.doubts.Load(c.source(task)); !own { // another process tried it, and died
			c.unnamed.LoadOrStore(c.TargetKey(task.Key), false)
		}
		c.doubt(task, doubt{since: w.earliest, told: true, previous: previous})
		return transship.Result{}, false, nil
	}
	c.drop(ctx, c.TargetKey(task.Key))
	c.doubts.Delete(c.source(task))
	return r, true, nil
}

// wasDone looks at the destination. What is absent, or not ours to look at,
// shows nothing done.
func (c *Copy) wasDone(ctx context.Context, task transship.Task, w window, previous []transship.Result) (transship.Result, bool, error) {
	key := c.TargetKey(task.Key)
	dst, err := c.headTarget(ctx, key, "")
	if err != nil {
		return transship.Result{}, false, unlessRefused(err)
	}
	src, err := c.headSource(ctx, c.source(task))
	if err != nil {
		return transship.Result{}, false, unlessRefused(err)
	}
	now := c.cfg.Now()
	w = window{storeTime(w.earliest, dst, now), storeTime(w.since, dst, now)}
	found, ok := dst, c.isResult(src, dst, w, previous)
	if !ok && versioned(dst.VersionID) {
		// Another task of the same key may have written its version over this one's.
		if found, ok, err = c.findVersion(ctx, key, src, w, previous); err != nil {
			return transship.Result{}, false, err
		}
	}
	if !ok {
		return transship.Result{}, false, nil
	}
	r := succeeded(task, written(found), found.Size)
	r.Message = reconciled
	return r, true, nil
}

func unlessRefused(err error) error {
	if classify(err) == refused {
		return nil
	}
	return err
}

// findVersion looks for this task's version behind the current one. A store
// that does not list versions, or not to us, has none to show.
func (c *Copy) findVersion(ctx context.Context, key string, src s3call.Head, w window, previous []transship.Result) (s3call.Head, bool, error) {
	page, err := c.versions(ctx, key)
	if err != nil {
		return s3call.Head{}, false, unlessRefused(err)
	}
	list := candidates(page, key, w.earliest, previous)
	for i := len(list) - 1; i >= 0; i-- { // oldest first: tasks of a key run in that order
		v := list[i]
		if v.Size != src.Size {
			continue
		}
		dst, err := c.headTarget(ctx, key, v.VersionID)
		transship.Alive(ctx)
		if err != nil {
			if classify(err) == refused {
				continue
			}
			return s3call.Head{}, false, err
		}
		if dst.VersionID == "" {
			dst.VersionID = v.VersionID
		}
		if c.isResult(src, dst, w, previous) {
			return dst, true, nil
		}
	}
	return s3call.Head{}, false, nil
}

func (c *Copy) versions(ctx context.Context, key string) (s3call.Page, error) {
	page, err := read(ctx, c, func() (s3call.Page, error) {
		return c.cfg.Destination.ListObjectVersions(ctx, s3call.ListVersions{Bucket: c.bucket, Prefix: key, MaxKeys: versionsLookedAt})
	})
	transship.Alive(ctx)
	return page, err
}

// candidates are the versions of key written since then that no result has.
func candidates(page s3call.Page, key string, since time.Time, known []transship.Result) []transship.Object {
	var list []transship.Object
	for _, v := range page.Objects {
		if v.Key == key && !v.IsDeleteMarker && !before(v.LastModified, since) && !recorded(v.VersionID, known) {
			list = append(list, v)
		}
	}
	return list
}

// isResult reports whether dst is what an attempt within w made of src. In the
// minute that clocks may be apart it must be proven equal, for it may be older
// than the job.
func (c *Copy) isResult(src, dst s3call.Head, w window, previous []transship.Result) bool {
	if dst.DeleteMarker || !c.equal(src, dst) || before(dst.LastModified, w.earliest) || recorded(dst.VersionID, previous) {
		return false
	}
	if _, proven := compareContent(src, dst); !proven && before(dst.LastModified, w.since) {
		return false
	}
	return c.wouldStay(src, dst) || !mayBeEarlier(dst, previous)
}

// mayBeEarlier reports whether dst may be what one of the key's earlier results
// has left, since no version id tells them apart: the destination has none, the
// result's is not known, or nobody knows what the earlier task has left.
func mayBeEarlier(dst s3call.Head, previous []transship.Result) bool {
	if !versioned(dst.VersionID) {
		return len(previous) > 0
	}
	for _, r := range previous {
		if !versioned(r.VersionID) && (r.Succeeded && !r.Skipped || r.HTTPStatus >= 500) {
			return true
		}
	}
	return false
}

func recorded(version string, results []transship.Result) bool {
	if !versioned(version) {
		return false
	}
	for _, r := range results {
		if r.VersionID == version {
			return true
		}
	}
	return false
}

// versioned reports whether an id names a version that no later write replaces.
func versioned(id string) bool { return id != "" && id != transship.NullVersion }

// written is the evidence in a HEAD.
func written(h s3call.Head) s3call.Written {
	w := s3call.Written{ETag: h.ETag, VersionID: h.VersionID}
	if len(h.Checksums) > 0 {
		w.Checksum = h.Checksums[0]
	}
	return w
}
