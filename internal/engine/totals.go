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
	reading sync.Mutex // one reads at a time

	mu    sync.Mutex
	until time.Time
	sums  map[int]Summary
	own   map[int]Summary // as written by this process, newer than any reading
}

func (c *sumCache) job(id string) *jobSums {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.jobs == nil {
		c.jobs = map[string]*jobSums{}
	}
	if c.jobs[id] == nil {
		c.jobs[id] = &jobSums{own: map[int]Summary{}}
	}
	return c.jobs[id]
}

// keep drops the sums of jobs that have ended elsewhere.
func (c *sumCache) keep(unfinished []transship.Job) {
	c.mu.Lock()
	defer c.mu.Unlock()
	keepOnly(c.jobs, unfinished)
}

func (c *sumCache) drop(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.jobs, id)
}

// note remembers what this process has just written of a chunk.
func (c *sumCache) note(id string, chunk int, s Summary) {
	j := c.job(id)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.own[chunk] = s
}

// others are the counters of a job's chunks but one, at most a second old or
// so where other processes wrote them.
func (e *Engine) others(ctx context.Context, id string, chunk int) (transship.Counters, error) {
	j := e.sums.job(id)
	j.reading.Lock()
	defer j.reading.Unlock()
	begin := time.Now()
	if !begin.Before(j.until) {
		sums, err := e.Records.Summaries(ctx, id)
		if err != nil {
			return transship.Counters{}, err
		}
		end := time.Now()
		j.mu.Lock()
		j.sums, j.until = sums, end.Add(max(time.Second, 20*end.Sub(begin)))
		j.mu.Unlock()
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	var total transship.Counters
	for c, s := range j.sums {
		if own, ok := j.own[c]; ok && own.Counters.Attempted() > s.Counters.Attempted() {
			s = own
		}
		if c != chunk {
			total = total.Add(s.Counters)
		}
	}
	for c, s := range j.own {
		if _, read := j.sums[c]; !read && c != chunk {
			total = total.Add(s.Counters)
		}
	}
	return total, nil
}

// inOrder sorts rows by their task.
func inOrder(rows []transship.Result) []transship.Result {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b transship.Result) int { return a.Task - b.Task })
	return rows
}
