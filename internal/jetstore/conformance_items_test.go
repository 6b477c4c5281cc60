package jetstore_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/engine"
)

// take waits for an item of the job; what others left is acked.
func take(t *testing.T, s site, job string) engine.ItemLease {
	t.Helper()
	var got engine.ItemLease
	eventually(t, "an item of "+job+" is there", func() bool {
		l, err := s.Take(t.Context(), 200*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		if l != nil && l.Item().Job != job {
			ack(t, l)
			return false
		}
		got = l
		return l != nil
	})
	return got
}

// noItem fails when an item of the job comes.
func noItem(t *testing.T, s site, job string) {
	t.Helper()
	for end := time.Now().Add(100 * time.Millisecond); time.Now().Before(end); {
		l, err := s.Take(t.Context(), 50*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		if l != nil {
			if l.Item().Job == job {
				t.Errorf("%+v came", l.Item())
			}
			ack(t, l)
		}
	}
}

func submit(t *testing.T, s site, item engine.Item, once bool) {
	t.Helper()
	if err := s.Submit(t.Context(), item, once); err != nil {
		t.Fatal(err)
	}
}

func submitOnce(t *testing.T, s site) {
	item := engine.Item{Step: engine.Prepare, Job: uuid.NewString()}
	for range 3 {
		submit(t, s, item, true)
	}
	l := take(t, s, item.Job)
	if l.Item() != item || l.Deliveries() != 1 {
		t.Errorf("%+v, delivery %d", l.Item(), l.Deliveries())
	}
	submit(t, s, item, true) // under way
	ack(t, l)
	noItem(t, s, item.Job)
	submit(t, s, item, true) // done: may be asked for again
	ack(t, take(t, s, item.Job))
	wantNothingLeft(t, s, item.Job)
}

func submitAgain(t *testing.T, s site) {
	item := engine.Item{Step: engine.Complete, Job: uuid.NewString()}
	submit(t, s, item, false)
	submit(t, s, item, false)
	ack(t, take(t, s, item.Job))
	ack(t, take(t, s, item.Job))
	noItem(t, s, item.Job)
}

func deliveriesCounted(t *testing.T, s site) {
	item := engine.Item{Step: engine.Prepare, Job: uuid.NewString()}
	submit(t, s, item, true)
	for n := 1; n <= 3; n++ {
		l := take(t, s, item.Job)
		if l.Deliveries() != n {
			t.Errorf("delivery %d, want %d", l.Deliveries(), n)
		}
		if n == 2 { // keeps it beyond its lease, then lets it run out
			for end := time.Now().Add(2 * lease); time.Now().Before(end); {
				if err := l.Extend(t.Context()); err != nil {
					t.Fatal(err)
				}
				if other, err := s.Take(t.Context(), 50*time.Millisecond); err != nil || other != nil && other.Item().Job == item.Job {
					t.Fatalf("%v %v: it is on loan", other, err)
				}
			}
			continue
		}
		if n == 3 {
			ack(t, l)
			break
		}
		if err := l.Release(t.Context(), 20*time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
}

func takeEnds(t *testing.T, s site) {
	noItem(t, s, "")
	begin := time.Now()
	if l, err := s.Take(t.Context(), 100*time.Millisecond); l != nil || err != nil {
		t.Errorf("%v %v", l, err)
	}
	if d := time.Since(begin); d > 5*time.Second {
		t.Errorf("it took %v to say that there is nothing", d)
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if l, err := s.Take(done, time.Minute); l != nil || err != nil {
		t.Errorf("%v %v", l, err)
	}
}

func wake(t *testing.T, s site) {
	for state, step := range map[transship.State]engine.Step{transship.New: engine.Prepare, transship.Cancelling: engine.Complete} {
		job := createJob(t, s, func(j *transship.Job) { j.State = state })
		if err := s.Wake(t.Context(), job.ID); err != nil {
			t.Fatal(err)
		}
		l := take(t, s, job.ID)
		if l.Item().Step != step {
			t.Errorf("%s asks for %s, want %s", state, l.Item().Step, step)
		}
		ack(t, l)
	}
}
