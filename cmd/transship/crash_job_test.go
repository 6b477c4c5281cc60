package main

import (
	"testing"

	"github.com/transship/transship"
)

func TestJobsOutliveTheDeathsOfTheWholeCloud(t *testing.T) {
	t.Parallel()
	outliveDeaths(t, 3_000, 6)
}

// outliveDeaths kills store and service together while two jobs copy the same
// objects, one of them into a versioned bucket.
func outliveDeaths(t *testing.T, objects, deaths int) {
	c := startCloud(t)
	etag := c.fill(t, objects)
	plain := create(t, c.jobs, copyJob(etag, "to-plain"))
	versioned := create(t, c.jobs, copyJob(etag, "to-versioned"))
	for i := range deaths {
		if i > 0 {
			c.rise(t)
		}
		c.reaches(t, (i+1)*2*objects/(deaths+1), 2*objects, "to-plain", "to-versioned")
		c.die()
	}
	c.rise(t)
	for id, bucket := range map[string]string{plain: "to-plain", versioned: "to-versioned"} {
		job := ends(t, c.jobs, id, transship.Complete)
		if job.Counters.Succeeded != int64(objects) || job.Counters.Failed != 0 {
			t.Errorf("the job into %s counts %+v", bucket, job.Counters)
		}
		allSucceeded(t, c.rowsOf(t, id), objects)
		c.equal(t, bucket, objects)
	}
	report := c.rowsOf(t, versioned)
	beyond := eachOnce(t, c.versions(t, "to-versioned"), report)
	t.Logf("%d deaths in %d tasks: in the versioned bucket %d tasks with a remark, %d duplicates", deaths, 2*objects, remarks(report), beyond)
}

// reaches waits until buckets hold n objects together, in the middle of work
// that ends with all.
func (c *cloud) reaches(t *testing.T, n, all int, buckets ...string) {
	t.Helper()
	there := 0
	eventually(t, "the copies to get on", func() bool {
		there = 0
		for _, b := range buckets {
			there += c.count(t, b)
		}
		return there >= n
	})
	if there >= all {
		t.Logf("all %d objects were there before a kill at %d", all, n)
	}
}
