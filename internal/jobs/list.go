package jobs

import (
	"context"
	"slices"

	"github.com/transship/transship"
)

// MaxPage is the most jobs on one page (S3 Control API, shape MaxResults).
const MaxPage = 1_000

// Filter says which jobs a listing shows.
type Filter struct {
	States []transship.State // empty: all
	Max    int               // jobs on a page; 0: MaxPage
	Token  string            // where the last page ended; empty: from the start
}

// List answers an account's jobs, the newest first, and the token of the next
// page, empty on the last one. A token that this account was not given here
// has [ErrPageToken] as its cause. Jobs that are created between two pages do
// not move the others.
func (s *Service) List(ctx context.Context, account string, f Filter) ([]transship.Job, string, error) {
	if f.Max < 0 || f.Max > MaxPage {
		return nil, "", invalid("maxResults must be between 0 and %d, not %d", MaxPage, f.Max)
	}
	for _, state := range f.States {
		if _, err := transship.ParseState(string(state)); err != nil {
			return nil, "", err
		}
	}
	limit := f.Max
	if limit == 0 {
		limit = MaxPage
	}
	var after *position
	if f.Token != "" {
		p, err := readToken(account, f.Token)
		if err != nil {
			return nil, "", err
		}
		after = &p
	}
	all, err := s.Store.ListJobs(ctx, account)
	if err != nil {
		return nil, "", err
	}
	all = slices.DeleteFunc(all, func(job transship.Job) bool {
		return !s.visible(&job, account) ||
			len(f.States) > 0 && !slices.Contains(f.States, job.State) ||
			after != nil && positionOf(&job).compare(*after) <= 0
	})
	slices.SortFunc(all, func(a, b transship.Job) int { return positionOf(&a).compare(positionOf(&b)) })
	next := ""
	if len(all) > limit {
		all = all[:limit]
		next = writeToken(account, positionOf(&all[limit-1]))
	}
	for i := range all {
		if err := s.count(ctx, &all[i]); err != nil {
			return nil, "", err
		}
	}
	return all, next, nil
}
