package operation

import (
	"context"
	"slices"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// Order answers in which order versions of one key are to be done, the oldest
// first: indexes into tasks. A CSV manifest does not say it, so the source is
// asked for each version's time, and, where two of them lie in one second, for
// its list of versions, which is exact. What cannot be looked at comes first: its
// own task will say why.
func (c *Copy) Order(ctx context.Context, tasks []transship.Task) ([]int, error) {
	times := make([]time.Time, len(tasks))
	tie := false
	for i, t := range tasks {
		head, err := read(ctx, c, func() (s3call.Head, error) {
			return c.cfg.Source.HeadObject(ctx, s3call.Get{Ref: c.source(t), RequesterPays: c.spec.RequesterPays})
		})
		switch {
		case err == nil:
			tie = tie || slices.ContainsFunc(times[:i], head.LastModified.Equal)
			times[i] = head.LastModified
		case classify(err) != refused || ctx.Err() != nil:
			return nil, c.unknown(ctx, t, err)
		}
		transship.Alive(ctx)
	}
	order := make([]int, len(tasks))
	for i := range order {
		order[i] = i
	}
	age := make([]int, len(tasks)) // place in the list of versions; the higher, the older
	if tie {
		if err := c.ages(ctx, tasks, age); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if d := times[a].Compare(times[b]); d != 0 {
			return d
		}
		return age[b] - age[a]
	})
	return order, nil
}

// ages finds each task's version in the source's list. Without the right to
// list, versions of one second stay as the manifest's reader has put them.
func (c *Copy) ages(ctx context.Context, tasks []transship.Task, age []int) error {
	at := make(map[string]int, len(tasks))
	for i, t := range tasks {
		at[t.VersionID] = i
	}
	list := s3call.ListVersions{Bucket: tasks[0].Bucket, Prefix: tasks[0].Key, RequesterPays: c.spec.RequesterPays}
	for place := 1; ; {
		page, err := read(ctx, c, func() (s3call.Page, error) { return c.cfg.Source.ListObjectVersions(ctx, list) })
		if err != nil && classify(err) == refused {
			return nil
		}
		if err != nil {
			return c.unknown(ctx, tasks[0], err)
		}
		for _, o := range page.Objects {
			if o.Key != tasks[0].Key { // the key itself is the first of all that begin with it
				return nil
			}
			if i, ok := at[o.VersionID]; ok {
				age[i] = place
			}
			place++
		}
		if !page.Truncated {
			return nil
		}
		list.KeyMarker, list.VersionMarker = page.NextKeyMarker, page.NextVersionMarker
	}
}
