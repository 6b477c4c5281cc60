package operation

import (
	"context"
	"strings"
	"time"

	"github.com/transship/transship"
)

// Messages of a task that was done again after an attempt whose end nobody saw.
const (
	doneAgain   = "done again after an uncertain attempt"
	unseenTwins = "; whether that left a duplicate could not be looked up"
)

// doubt is what is known of an earlier attempt at a task that has no result.
type doubt struct {
	since    time.Time // it began no earlier
	begun    bool      // for certain it was begun: by this Copy
	told     bool      // previous are all results of the key before this task
	previous []transship.Result
}

// doubt remembers an attempt, together with those before it.
func (c *Copy) doubt(task transship.Task, d doubt) {
	if old, ok := c.doubts.Load(c.source(task)); ok {
		earlier := old.(doubt)
		d.begun = d.begun || earlier.begun
		if earlier.since.Before(d.since) {
			d.since = earlier.since
		}
		if !d.told {
			d.told, d.previous = earlier.told, earlier.previous
		}
	}
	c.doubts.Store(c.source(task), d)
}

// settle forgets the doubt about a task that has a result now. In a versioned
// bucket an attempt that was cut off may have left a version of its own, before
// we looked or even after: the message names those that are there, and says
// that the task was repeated whenever that is certain or cannot be seen.
func (c *Copy) settle(ctx context.Context, task transship.Task, r transship.Result) transship.Result {
	value, ok := c.doubts.LoadAndDelete(c.source(task))
	if !ok || !r.Succeeded || r.Skipped || !versioned(r.VersionID) || r.Message == reconciled {
		return r
	}
	d := value.(doubt)
	twins, err := c.twins(ctx, task, r, d)
	note := ""
	switch {
	case len(twins) > 0:
		note = doneAgain + "; version " + strings.Join(twins, ", ") + " may be its duplicate"
	case err != nil:
		note = doneAgain + unseenTwins
	case d.begun:
		note = doneAgain
	}
	if r.Message != "" && note != "" {
		note = r.Message + "; " + note
	}
	if note != "" {
		r.Message = note
	}
	return r
}

// twins are the versions of the task's key that look like r's, were written
// since the earlier attempt and belong to no recorded result.
func (c *Copy) twins(ctx context.Context, task transship.Task, r transship.Result, d doubt) ([]string, error) {
	key := c.TargetKey(task.Key)
	own, err := c.headTarget(ctx, key, r.VersionID)
	if err != nil {
		return nil, err
	}
	page, err := c.versions(ctx, key)
	if err != nil {
		return nil, err
	}
	since := storeTime(d.since, own, c.cfg.Now())
	var ids []string
	for _, v := range candidates(page, key, since, append([]transship.Result{r}, d.previous...)) {
		if v.Size == own.Size && (v.ETag == own.ETag || !plain(v.ETag) || !plain(own.ETag)) {
			ids = append(ids, v.VersionID)
		}
	}
	return ids, nil
}
