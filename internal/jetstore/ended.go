package jetstore

import (
	"context"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/transship/transship"
)

// dropEnded takes away what the queue holds of jobs that have ended: a process
// that died between a job's last move and its clearing left it.
func (s *Store) dropEnded(ctx context.Context) error {
	held := map[string]bool{}
	info, err := s.work.Info(ctx, jetstream.WithSubjectFilter("work.>"))
	if err != nil {
		return unavailable("look for chunks of ended jobs", err)
	}
	for subject := range info.State.Subjects {
		if parts := strings.Split(subject, "."); len(parts) == 4 {
			held[parts[1]] = true
		}
	}
	names := s.work.ConsumerNames(ctx)
	for name := range names.Name() {
		if id, ok := strings.CutPrefix(name, "job-"); ok && strings.Contains(id, "-") {
			held[id[:strings.LastIndexByte(id, '-')]] = true
		}
	}
	if err := names.Err(); err != nil {
		return unavailable("look for queues of ended jobs", err)
	}
	for _, job := range s.watch.list(func(j *transship.Job) bool { return j.State.Terminal() && held[j.ID] }) {
		if err := s.Drop(ctx, job.ID); err != nil {
			return err
		}
	}
	return nil
}
