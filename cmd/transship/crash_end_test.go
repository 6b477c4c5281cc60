package main

import (
	"testing"

	"github.com/transship/transship"
)

func cancelInAChunk(t *testing.T, c *cloud, etag string) {
	id := create(t, c.jobs, copyJob(etag, "to-cancelled"))
	c.reaches(t, storeObjects/10, storeObjects, "to-cancelled")
	if state, err := c.jobs.UpdateStatus(t.Context(), id, transship.Cancelled, "enough"); err != nil || state != transship.Cancelling && state != transship.Cancelled {
		t.Fatalf("cancelled: %s, %v", state, err)
	}
	job := ends(t, c.jobs, id, transship.Cancelled)
	report := c.rowsOf(t, id)
	if n := len(report); n == storeObjects || int64(n) != job.Counters.Attempted() {
		t.Errorf("%d rows of %d objects; the job counts %+v", n, storeObjects, job.Counters)
	}
	c.holdsWhatSucceeded(t, "to-cancelled", report)
}

func halfFails(t *testing.T, c *cloud, etag string) {
	request := copyJob(etag, "to-half")
	request.RoleARN = "arn:aws:iam::222222222222:role/Half"
	id := create(t, c.jobs, request)
	job := ends(t, c.jobs, id, transship.Failed)
	if len(job.Failures) != 1 || job.Failures[0].Code != transship.FailThreshold {
		t.Errorf("failures: %+v", job.Failures)
	}
	report := c.rowsOf(t, id)
	if n := len(report); n < 1_000 || n == storeObjects || int64(n) != job.Counters.Attempted() {
		t.Errorf("%d rows of %d objects; the job counts %+v", n, storeObjects, job.Counters)
	}
	if c := job.Counters; c.Failed*2 <= c.Attempted() {
		t.Errorf("the job counts %+v: that is not over half", c)
	}
	for key, row := range report {
		if !row.Succeeded && (row.HTTPStatus != 403 || row.ErrorCode != "AccessDenied") {
			t.Errorf("the row of %s: %+v", key, row)
		}
	}
	c.holdsWhatSucceeded(t, "to-half", report)
}

// holdsWhatSucceeded demands that a bucket has the keys of the rows that say
// so, and no others.
func (c *cloud) holdsWhatSucceeded(t *testing.T, bucket string, report map[string]transship.Result) {
	t.Helper()
	there := c.versions(t, bucket)
	for key, row := range report {
		if _, ok := there[key]; ok != row.Succeeded {
			t.Errorf("%s is there: %t; its row: %+v", key, ok, row)
		}
		delete(there, key)
	}
	for key := range there {
		t.Errorf("%s was copied and has no row", key)
	}
}
