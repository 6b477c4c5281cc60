//go:build unix

package natstest

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// timeLimit bounds one question to the cluster.
func timeLimit() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	context.AfterFunc(ctx, cancel)
	return ctx
}

// until asks again until there is no error.
func (c *Cluster) until(what string, ask func() error) {
	c.t.Helper()
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if err = ask(); err == nil {
			return
		}
	}
	c.t.Fatalf("the cluster did not %s within %v: %v", what, patience, err)
}

// StreamLeader is the node that leads a stream now; it waits for one.
func (c *Cluster) StreamLeader(stream string) int {
	c.t.Helper()
	return c.leader(stream, -1)
}

// NewLeader waits until a stream is led by another node than old.
func (c *Cluster) NewLeader(stream string, old int) int {
	c.t.Helper()
	return c.leader(stream, old)
}

func (c *Cluster) leader(stream string, except int) int {
	c.t.Helper()
	found := -1
	c.until("elect a leader of "+stream, func() error {
		info, err := c.info(stream)
		if err != nil {
			return err
		}
		for i, n := range c.nodes {
			if n.Name == info.Cluster.Leader && i != except {
				found = i
				return nil
			}
		}
		return fmt.Errorf("%q leads", info.Cluster.Leader)
	})
	return found
}

// Settle waits until every replica of the streams is there and has all.
func (c *Cluster) Settle(streams ...string) {
	c.t.Helper()
	for _, name := range streams {
		c.until("bring all replicas of "+name+" up to date", func() error {
			info, err := c.info(name)
			if err != nil {
				return err
			}
			if info.Cluster.Leader == "" || len(info.Cluster.Replicas) != Nodes-1 {
				return fmt.Errorf("leader %q, %d followers", info.Cluster.Leader, len(info.Cluster.Replicas))
			}
			for _, r := range info.Cluster.Replicas {
				if !r.Current || r.Offline {
					return fmt.Errorf("%s is behind", r.Name)
				}
			}
			return nil
		})
	}
}

func (c *Cluster) info(stream string) (*jetstream.StreamInfo, error) {
	s, err := c.js.Stream(timeLimit(), stream)
	if err != nil {
		return nil, err
	}
	info := s.CachedInfo()
	if info.Cluster == nil {
		return nil, fmt.Errorf("%s is not replicated", stream)
	}
	return info, nil
}
