package jetstore

import (
	"context"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// Leftovers names what the queues still hold of a job: nothing for one that
// has ended and was cleared.
func (s *Store) Leftovers(ctx context.Context, job string) (string, error) {
	var left []string
	for _, q := range []struct {
		stream jetstream.Stream
		filter string
	}{{s.work, "work." + job + ".>"}, {s.steps, "step.*." + job}} {
		info, err := q.stream.Info(ctx, jetstream.WithSubjectFilter(q.filter))
		if err != nil {
			return "", unavailable("look at the queues", err)
		}
		if n := len(info.State.Subjects); n > 0 {
			left = append(left, fmt.Sprintf("%d subjects of %s", n, q.filter))
		}
	}
	names := s.work.ConsumerNames(ctx)
	for name := range names.Name() {
		if strings.HasPrefix(name, "job-"+job+"-") {
			left = append(left, "the consumer "+name)
		}
	}
	if err := names.Err(); err != nil {
		return "", unavailable("list consumers", err)
	}
	return strings.Join(left, ", "), nil
}
