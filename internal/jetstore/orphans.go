package jetstore

import (
	"context"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// freeLeases gives back what a process that died had on loan. The lock on the
// data folder proves that nobody holds a lease of an embedded store that is
// just being opened; without this, work would lie still until they run out.
//
// A consumer forgets its leases by being made anew: what was not acked is
// still in the stream. A crash in between leaves a job without its consumer,
// as one before [Store.Open] does: whoever leases makes it.
func (s *Store) freeLeases(ctx context.Context) error {
	for _, stream := range []jetstream.Stream{s.work, s.steps} {
		list := stream.ListConsumers(ctx)
		var held []jetstream.ConsumerConfig
		for info := range list.Info() {
			if info.NumAckPending > 0 && (strings.HasPrefix(info.Name, "job-") || info.Name == stepsConsumer) {
				held = append(held, info.Config)
			}
		}
		if err := list.Err(); err != nil {
			return unavailable("look for leases", err)
		}
		for _, c := range held {
			err := stream.DeleteConsumer(ctx, c.Durable)
			if err == nil {
				_, err = stream.CreateConsumer(ctx, c)
			}
			if err != nil {
				return unavailable("free the leases of "+c.Durable, err)
			}
		}
	}
	return nil
}
