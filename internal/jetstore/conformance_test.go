package jetstore_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/engine"
	"github.com/transship/transship/internal/jetstore"
)

// site is where the suite runs: an open store, and what it may be asked for.
type site struct {
	*jetstore.Store
	records int // how many records one job gets in the test of counting
}

// lease is how long the suite's leases live.
const lease = 700 * time.Millisecond

// conform runs every test of the store on one site.
func conform(t *testing.T, s site) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, site)
	}{
		{"a job that was created is read back", createdJobIsRead},
		{"an id is given to one job only", idIsTakenOnce},
		{"a job that is not there is not found", missingJob},
		{"many writers of one job lose no change", racingWriters},
		{"the error of a change is answered and nothing is written", changeRefuses},
		{"lists show a write as soon as it returned", listsAreCurrent},
		{"a token stands for the first claim", tokenStands},
		{"of many claims on one token all see the same winner", racingTokens},

		{"a record is created once", recordCreatedOnce},
		{"a record is updated only at its newest revision", recordUpdatedAtNewest},
		{"one of many writers of a record wins each round", racingRecords},
		{"summaries tell what the records hold", summaries},
		{"summaries of more records than one fetch brings are complete", manySummaries},

		{"a queue that was not opened is not found", queueNotOpened},
		{"a chunk staged twice is there once", stagedTwice},
		{"opening an attempt drops what others staged", openDropsOthers},
		{"a chunk acked is gone and one released comes again", ackAndRelease},
		{"a lease that is extended stays and one that is not runs out", leaseRunsOut},
		{"depth counts what waits and what is leased", depth},
		{"dropping a job leaves nothing of it", dropLeavesNothing},

		{"an item asked for once is queued once", submitOnce},
		{"an item asked for again comes again", submitAgain},
		{"deliveries of an item are counted", deliveriesCounted},
		{"taking ends when there is nothing", takeEnds},
		{"waking asks for the step that the job waits for", wake},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, s) })
	}
}

func newJob() transship.Job {
	return transship.Job{ID: uuid.NewString(), Account: "222222222222", State: transship.New, Created: time.Now().UTC().Truncate(time.Second)}
}

func createJob(t *testing.T, s site, change func(*transship.Job)) transship.Job {
	t.Helper()
	job := newJob()
	if change != nil {
		change(&job)
	}
	if err := s.CreateJob(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	return job
}

// wantCode fails unless err has the code.
func wantCode(t *testing.T, err error, code transship.Code) {
	t.Helper()
	if err == nil || transship.CodeOf(err) != code {
		t.Errorf("the answer is %v, want code %q", err, code)
	}
}

// eventually waits for a condition that the store brings about by itself.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after 30 s not yet: %s", what)
		}
	}
}

// tryLease takes a chunk, or nil when none is free. A queue that was just
// opened may not be known to every node of a cluster yet.
func tryLease(t *testing.T, s site, job string, attempt int) engine.Lease {
	t.Helper()
	l, err := s.Lease(t.Context(), job, attempt)
	if err != nil && transship.CodeOf(err) != transship.Unavailable {
		t.Fatal(err)
	}
	return l
}

// mustLease takes a chunk, waiting until one is free.
func mustLease(t *testing.T, s site, job string, attempt int) engine.Lease {
	t.Helper()
	var got engine.Lease
	eventually(t, "a chunk of "+job+" is free", func() bool { got = tryLease(t, s, job, attempt); return got != nil })
	return got
}
