package engine

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/transship/transship"
)

// sumCache keeps a job's chunk summaries for a second, or for twenty times as
// long as reading them took.
type sumCache struct {
	mu   sync.Mutex
	jobs map[string]*jobSums
}

type jobSums struct {
	mu    sync.Mutex
	until time.Time
	sums  map[int]Summary
}

func (c *sumCache) job(id string) *jobSums {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.jobs == nil {
		c.jobs = map[string]*jobSums{}
	}
	if c.jobs[id] == nil {
		c.jobs[id] = &jobSums{}
	}
	return c.jobs[id]
}

func (c *sumCache) drop(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.jobs, id)
}

// totals are the summaries of a job's records, at most a second old or so. The
// map is not to be changed.
func (e *Engine) totals(ctx context.Context, id string) (map[int]Summary, error) {
	j := e.sums.job(id)
	j.mu.Lock()
	defer j.mu.Unlock()
	begin := time.Now()
	if begin.Before(j.until) {
		return j.sums, nil
	}
	sums, err := e.Records.Summaries(ctx, id)
	if err != nil {
		return nil, err
	}
	end := time.Now()
	j.sums, j.until = sums, end.Add(max(time.Second, 20*end.Sub(begin)))
	return sums, nil
}

// inOrder sorts rows by their task.
func inOrder(rows []transship.Result) []transship.Result {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b transship.Result) int { return a.Task - b.Task })
	return rows
}
