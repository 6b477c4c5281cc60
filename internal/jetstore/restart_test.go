package jetstore_test

import (
	"reflect"
	"testing"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/engine"
	"github.com/transship/transship/internal/jobs"
)

func TestARestartOfTheEmbeddedServerKeepsEverything(t *testing.T) {
	dir := t.TempDir()
	s := site{openDir(t, dir), 0}
	job := createJob(t, s, func(j *transship.Job) { j.Description = "before" })
	if _, err := s.Update(t.Context(), job.ID, func(j *transship.Job) error { j.Description = "after"; return nil }); err != nil {
		t.Fatal(err)
	}
	claim := jobs.TokenClaim{JobID: job.ID, Fingerprint: "f"}
	if _, err := s.Token(t.Context(), job.Account, "token", claim); err != nil {
		t.Fatal(err)
	}
	at, err := s.CreateRecord(t.Context(), job.ID, 0, record("a", 2))
	if err == nil {
		at, err = s.UpdateRecord(t.Context(), job.ID, 0, record("a", 3), at)
	}
	if err != nil {
		t.Fatal(err)
	}
	stage(t, s, job.ID, 1, 0, 1, 2)
	open(t, s, job.ID, 1)
	leased := mustLease(t, s, job.ID, 1)
	ack(t, mustLease(t, s, job.ID, 1))
	item := engine.Item{Step: engine.Complete, Job: job.ID}
	submit(t, s, item, true)
	if l := take(t, s, job.ID); l.Deliveries() != 1 {
		t.Errorf("delivery %d", l.Deliveries())
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = site{openDir(t, dir), 0}
	job.Description = "after"
	if got, err := s.Job(t.Context(), job.ID); err != nil || !reflect.DeepEqual(got, job) {
		t.Errorf("%+v %v, want %+v", got, err, job)
	}
	if list, err := s.ListJobs(t.Context(), job.Account); err != nil || len(list) != 1 {
		t.Errorf("%d jobs, %v", len(list), err)
	}
	if got, err := s.Token(t.Context(), job.Account, "token", jobs.TokenClaim{JobID: "other"}); err != nil || got != claim {
		t.Errorf("%+v %v", got, err)
	}
	if got, rev, err := s.Record(t.Context(), job.ID, 0); err != nil || rev != at || !reflect.DeepEqual(got, record("a", 3)) {
		t.Errorf("%+v at %d, %v", got, rev, err)
	}
	wantDepth(t, s, job.ID, 1, engine.Depth{Waiting: 1, Leased: 1})
	seen := map[int]bool{}
	for range 2 { // the one that waited, and the one whose lease runs out
		l := mustLease(t, s, job.ID, 1)
		seen[l.Chunk()] = true
		ack(t, l)
	}
	if !seen[leased.Chunk()] || !seen[2] {
		t.Errorf("chunks %v came", seen)
	}
	if l := take(t, s, job.ID); l.Item() != item || l.Deliveries() != 2 {
		t.Errorf("%+v, delivery %d", l.Item(), l.Deliveries())
	} else {
		ack(t, l)
	}
	if at, err = s.UpdateRecord(t.Context(), job.ID, 0, record("a", 4), at); err != nil {
		t.Errorf("the revision from before the restart is not the newest: %v", err)
	}
}
