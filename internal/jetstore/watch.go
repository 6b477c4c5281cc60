package jetstore

import (
	"context"
	"strings"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/transship/transship"
)

// jobWatch is a copy of all job records in memory, kept current by a watch.
// What this process writes is in it before the write returns.
type jobWatch struct {
	mu      sync.Mutex
	jobs    map[string]watched
	consume jetstream.ConsumeContext
}

type watched struct {
	job transship.Job
	at  uint64
}

// startWatch returns when all records that were there have been read.
func startWatch(ctx context.Context, s *Store) (*jobWatch, error) {
	w := &jobWatch{jobs: map[string]watched{}}
	info, err := s.jobs.stream.Info(ctx, jetstream.WithSubjectFilter("job.*"))
	if err != nil {
		return nil, unavailable("watch the jobs", err)
	}
	consumer, err := s.jobs.stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{"job.*"}, DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy,
	})
	if err != nil {
		return nil, unavailable("watch the jobs", err)
	}
	caughtUp, once := make(chan struct{}), sync.Once{}
	if len(info.State.Subjects) == 0 {
		once.Do(func() { close(caughtUp) })
	}
	var damage error
	w.consume, err = consumer.Consume(func(msg jetstream.Msg) {
		meta, err := msg.Metadata()
		if err != nil {
			return
		}
		job, err := decodeJob(strings.TrimPrefix(msg.Subject(), "job."), msg.Data())
		if err != nil {
			w.mu.Lock()
			damage = err
			w.mu.Unlock()
		} else {
			w.put(job, meta.Sequence.Stream)
		}
		if meta.NumPending == 0 {
			once.Do(func() { close(caughtUp) })
		}
	})
	if err != nil {
		return nil, unavailable("watch the jobs", err)
	}
	select {
	case <-caughtUp:
	case <-ctx.Done():
		w.stop()
		return nil, unavailable("read the jobs", ctx.Err())
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if damage != nil {
		w.consume.Stop()
	}
	return w, damage
}

func (w *jobWatch) put(job transship.Job, at uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.jobs[job.ID].at < at {
		w.jobs[job.ID] = watched{job, at}
	}
}

func (w *jobWatch) stop() { w.consume.Stop() }

func (w *jobWatch) list(keep func(*transship.Job) bool) []transship.Job {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []transship.Job
	for _, j := range w.jobs {
		if keep(&j.job) {
			list = append(list, j.job)
		}
	}
	return list
}

// Unfinished lists the jobs that have not ended, as last seen.
func (s *Store) Unfinished(context.Context) ([]transship.Job, error) {
	return s.watch.list(func(j *transship.Job) bool { return !j.State.Terminal() }), nil
}

// ListJobs lists an account's jobs, as last seen.
func (s *Store) ListJobs(_ context.Context, account string) ([]transship.Job, error) {
	return s.watch.list(func(j *transship.Job) bool { return j.Account == account }), nil
}
