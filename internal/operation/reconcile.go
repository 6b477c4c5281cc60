package operation

import (
	"context"
	"maps"
	"strings"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// Messages of a task that was done by an attempt whose end nobody saw, or
// again after one.
const (
	reconciled = "found done after an uncertain attempt"
	doneAgain  = "done again after an uncertain attempt"
)

// granularity of Last-Modified in an HTTP header.
const granularity = time.Second

// versionsLookedAt bounds how many versions of one key are looked through.
const versionsLookedAt = 1_000

// Reconcile asks whether a task was done by an attempt that began no earlier
// than since (by this machine's clock; it is carried over to the store's clock
// by the date of the store's answers) and of which the end is not known.
// previous are the results already recorded for the same key: a version that
// belongs to one of them is not taken for this task's. With true the result is
// final; with false the task is to be done again with [Copy.DoAgain].
func (c *Copy) Reconcile(ctx context.Context, task transship.Task, since time.Time, previous []transship.Result) (transship.Result, bool, error) {
	if task.Fault != nil || task.IsDeleteMarker {
		r, err := c.Do(ctx, task)
		return r, err == nil, err
	}
	key := c.TargetKey(task.Key)
	dst, err := c.headTarget(ctx, key, "")
	if err != nil {
		if classify(err) == refused { // absent, or not ours to look at
			return transship.Result{}, false, nil
		}
		return transship.Result{}, false, c.unknown(ctx, task, err)
	}
	src, err := c.headSource(ctx, c.source(task))
	if err != nil {
		if classify(err) == refused {
			return transship.Result{}, false, nil
		}
		return transship.Result{}, false, c.unknown(ctx, task, err)
	}
	since = storeTime(since, dst, c.cfg.Now())
	found, ok := dst, c.isResult(src, dst, since, previous)
	if !ok && versioned(dst.VersionID) {
		// Another version of the key may have been written over this task's.
		found, ok, err = c.findVersion(ctx, key, src, since, previous)
		if err != nil {
			return transship.Result{}, false, c.unknown(ctx, task, err)
		}
	}
	if !ok {
		return transship.Result{}, false, nil
	}
	c.drop(ctx, key)
	r := succeeded(task, written(found), found.Size)
	r.Message = reconciled
	return r, true, nil
}

// DoAgain is [Copy.Do] after Reconcile has found nothing done. An attempt that
// was cut off may still have written a version, before or after we looked; the
// message of a result in a versioned bucket says so and names those that it
// may have been.
func (c *Copy) DoAgain(ctx context.Context, task transship.Task, since time.Time, previous []transship.Result) (transship.Result, error) {
	c.drop(ctx, c.TargetKey(task.Key))
	r, err := c.Do(ctx, task)
	if err != nil || !r.Succeeded || r.Skipped || !versioned(r.VersionID) {
		return r, err
	}
	note := doneAgain
	known := append([]transship.Result{r}, previous...)
	if twins := c.twins(ctx, task, r, since, known); len(twins) > 0 {
		note += "; version " + strings.Join(twins, ", ") + " may be its duplicate"
	}
	if r.Message != "" {
		note = r.Message + "; " + note
	}
	r.Message = note
	return r, nil
}

// twins are unrecorded versions of the task's key that look like r's.
func (c *Copy) twins(ctx context.Context, task transship.Task, r transship.Result, since time.Time, known []transship.Result) []string {
	key := c.TargetKey(task.Key)
	own, err := c.headTarget(ctx, key, r.VersionID)
	if err != nil {
		return nil
	}
	since = storeTime(since, own, c.cfg.Now())
	page, err := c.versions(ctx, key)
	if err != nil {
		return nil
	}
	var ids []string
	for _, v := range candidates(page, key, since, known) {
		if v.Size == own.Size && (v.ETag == own.ETag || !plain(v.ETag) || !plain(own.ETag)) {
			ids = append(ids, v.VersionID)
		}
	}
	return ids
}

// findVersion looks for this task's version behind the current one. A store
// that does not list versions, or not to us, has none to show.
func (c *Copy) findVersion(ctx context.Context, key string, src s3call.Head, since time.Time, previous []transship.Result) (s3call.Head, bool, error) {
	page, err := c.versions(ctx, key)
	if err != nil {
		if classify(err) == refused {
			err = nil
		}
		return s3call.Head{}, false, err
	}
	list := candidates(page, key, since, previous)
	for i := len(list) - 1; i >= 0; i-- { // oldest first: tasks of a key run in that order
		v := list[i]
		if v.Size != src.Size {
			continue
		}
		dst, err := c.headTarget(ctx, key, v.VersionID)
		if err != nil {
			if classify(err) == refused {
				continue
			}
			return s3call.Head{}, false, err
		}
		if dst.VersionID == "" {
			dst.VersionID = v.VersionID
		}
		if c.isResult(src, dst, since, previous) {
			return dst, true, nil
		}
	}
	return s3call.Head{}, false, nil
}

func (c *Copy) versions(ctx context.Context, key string) (s3call.Page, error) {
	return read(ctx, c, func() (s3call.Page, error) {
		return c.cfg.Destination.ListObjectVersions(ctx, s3call.ListVersions{Bucket: c.bucket, Prefix: key, MaxKeys: versionsLookedAt})
	})
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

// isResult reports whether dst is what an attempt since then made of src.
func (c *Copy) isResult(src, dst s3call.Head, since time.Time, previous []transship.Result) bool {
	return !dst.DeleteMarker && c.equal(src, dst) && !before(dst.LastModified, since) && !recorded(dst.VersionID, previous)
}

// equal reports whether dst is what this job would make of src, by everything
// that both sides tell in the same terms.
func (c *Copy) equal(src, dst s3call.Head) bool {
	want := c.attributes(src)
	if src.Size != dst.Size {
		return false
	}
	if differs, _ := compareContent(src, dst); differs {
		return false
	}
	if !maps.Equal(want.UserMetadata, dst.UserMetadata) {
		return false
	}
	for _, h := range [][2]string{
		{want.CacheControl, dst.CacheControl}, {want.ContentDisposition, dst.ContentDisposition},
		{want.ContentEncoding, dst.ContentEncoding}, {want.ContentLanguage, dst.ContentLanguage},
		{want.ContentType, dst.ContentType}, {want.Expires, dst.Expires},
	} {
		// An absent type is filled in by the store.
		if h[0] != "" && h[0] != h[1] {
			return false
		}
	}
	return true
}

// compareContent compares what tells about the bytes. Two checksums say
// something if both are of the whole and of one algorithm, two ETags if both are
// the MD5 of the whole or the very same. proven: something was comparable, and
// it was equal.
func compareContent(a, b s3call.Head) (differs, proven bool) {
	for _, x := range a.Checksums {
		for _, y := range b.Checksums {
			if x.Algorithm == y.Algorithm && whole(x) && whole(y) {
				if x.Value != y.Value {
					return true, false
				}
				proven = true
			}
		}
	}
	if md5ETag(a) && md5ETag(b) {
		return a.ETag != b.ETag, a.ETag == b.ETag
	}
	return false, proven || a.ETag != "" && a.ETag == b.ETag
}

// md5ETag reports whether an object's ETag is the MD5 of its bytes: not of a
// multipart upload, not encrypted with a KMS key.
func md5ETag(h s3call.Head) bool { return plain(h.ETag) && !strings.HasPrefix(h.SSE, "aws:kms") }

func plain(etag string) bool {
	return len(etag) == 32 && strings.Trim(etag, "0123456789abcdef") == ""
}

// whole reports whether a checksum is of all bytes, not of the parts' checksums.
func whole(s transship.Checksum) bool {
	return s.Value != "" && s.Type != "COMPOSITE" && !strings.Contains(s.Value, "-")
}

func before(t, since time.Time) bool {
	return !since.IsZero() && t.Before(since.Add(-granularity))
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

// storeTime carries a time of this machine's clock over to the store's, which
// the answer h shows.
func storeTime(t time.Time, h s3call.Head, now time.Time) time.Time {
	if t.IsZero() || h.Date.IsZero() {
		return t
	}
	return t.Add(h.Date.Sub(now))
}

// written is the evidence in a HEAD.
func written(h s3call.Head) s3call.Written {
	w := s3call.Written{ETag: h.ETag, VersionID: h.VersionID}
	if len(h.Checksums) > 0 {
		w.Checksum = h.Checksums[0]
	}
	return w
}
