package jetstore_test

import (
	"bytes"
	"os"
	"reflect"
	"testing"

	"github.com/google/uuid"

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
	wantDepth(t, s, job.ID, 1, engine.Depth{Waiting: 2}) // a lease does not outlive the only process
	seen := map[int]bool{}
	for range 2 { // the one that waited, and the one that was on loan
		l := mustLease(t, s, job.ID, 1)
		seen[l.Chunk()] = true
		ack(t, l)
	}
	if !seen[leased.Chunk()] || !seen[2] {
		t.Errorf("chunks %v came", seen)
	}
	if l := take(t, s, job.ID); l.Item() != item {
		t.Errorf("%+v", l.Item())
	} else {
		ack(t, l)
	}
	if _, err = s.UpdateRecord(t.Context(), job.ID, 0, record("a", 4), at); err != nil {
		t.Errorf("the revision from before the restart is not the newest: %v", err)
	}
}

// A queue keeps nothing of what was acked or dropped, not even a whole block;
// what was acknowledged must not be missed for that.
func TestAQueueThatWasDrainedIsNoDamage(t *testing.T) {
	t.Parallel()
	dir, killed := t.TempDir(), t.TempDir()
	s := site{openDir(t, dir), 0}
	acked, dropped := uuid.NewString(), uuid.NewString()
	body := bytes.Repeat([]byte("x"), 700<<10)
	const chunks = 30 // three blocks or more
	for chunk := range chunks {
		for _, job := range []string{acked, dropped} {
			if err := s.Stage(t.Context(), job, 1, chunk, body); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := len(blocks(t, dir, "TRANSSHIP_WORK")); n < 3 {
		t.Fatalf("%d blocks", n)
	}
	open(t, s, acked, 1)
	var leases []engine.Lease
	for range chunks {
		leases = append(leases, mustLease(t, s, acked, 1))
	}
	for i := range leases { // the newest first
		ack(t, leases[len(leases)-1-i])
	}
	for _, job := range []string{dropped, acked} {
		if err := s.Drop(t.Context(), job); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(killed, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		for _, dir := range []string{dir, killed} {
			s := site{openDir(t, dir), 0}
			wantNothingLeft(t, s, acked)
			wantNothingLeft(t, s, dropped)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}
