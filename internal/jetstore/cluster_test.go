//go:build unix

package jetstore_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/jetstore"
	"github.com/transship/transship/internal/jetstore/natstest"
)

func TestStoreOnThreeNodes(t *testing.T) {
	t.Parallel()
	c := natstest.Start(t)
	connect := func(limit time.Duration) site {
		s, err := jetstore.Open(t.Context(), jetstore.Config{URL: c.URL(), Replicas: natstest.Nodes, Lease: lease, Limit: limit})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return site{s, 12_000}
	}
	conform(t, connect(10*time.Second))
	t.Run("the jobs' leader is killed and frozen: no change is lost, and others see each", func(t *testing.T) {
		jobsLeaderFails(t, c, connect(500*time.Millisecond), connect(500*time.Millisecond))
	})
}

// jobsLeaderFails lets many writers change one job while the leader of the
// jobs' stream is killed, started again and frozen.
func jobsLeaderFails(t *testing.T, c *natstest.Cluster, writer, reader site) {
	const stream = "TRANSSHIP_JOBS"
	c.Settle(stream)
	job := createJob(t, writer, nil)
	over := make(chan struct{})
	var mu sync.Mutex
	var told []string // the changes that were answered with success
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-over:
					return
				default:
				}
				tag := transship.Tag{Key: fmt.Sprintf("%d-%d", i, n)}
				_, err := writer.Update(t.Context(), job.ID, func(j *transship.Job) error {
					if !slices.Contains(j.Tags, tag) { // an earlier try may have been written
						j.Tags = append(j.Tags, tag)
					}
					return nil
				})
				if err == nil {
					mu.Lock()
					told = append(told, tag.Key)
					mu.Unlock()
				} else {
					wantCode(t, err, transship.Unavailable)
				}
			}
		})
	}
	count := func() int { mu.Lock(); defer mu.Unlock(); return len(told) }
	busy := func() {
		t.Helper()
		from := count()
		eventually(t, "the writers go on", func() bool { return count() > from+20 })
	}
	busy()
	leader := c.StreamLeader(stream)
	c.Kill(leader)
	c.NewLeader(stream, leader)
	busy()
	for i := range natstest.Nodes {
		c.Restart(i) // does nothing for a node that runs
	}
	c.Settle(stream)
	leader = c.StreamLeader(stream)
	c.Stop(leader)
	c.NewLeader(stream, leader)
	busy()
	c.Continue(leader)
	c.Settle(stream)
	busy()
	close(over)
	wg.Wait()

	got, err := writer.Job(t.Context(), job.ID)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, tag := range got.Tags {
		seen[tag.Key]++
	}
	for _, key := range told {
		if seen[key] != 1 {
			t.Errorf("change %s is there %d times", key, seen[key])
		}
	}
	t.Logf("%d changes, %d of them answered", len(got.Tags), len(told))
	eventually(t, "another process sees the newest", func() bool {
		list, err := reader.Unfinished(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(list, func(j transship.Job) bool { return j.ID == job.ID && len(j.Tags) == len(got.Tags) })
	})
}
