package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/lab"
)

// The store lives on while its service dies: requests of the dead may still be
// carried out, so what they did must be looked for.

// storeObjects are in the source of the store that the tests of one process
// share.
const storeObjects = 3_000

func TestOnAStoreThatLivesOn(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	etag := c.fill(t, storeObjects)
	for name, test := range map[string]func(*testing.T, *cloud, string){
		"a job outlives the deaths of its service":                 serviceDies,
		"a copy that is killed goes on when it is run again":       copyDies,
		"a cancelled job has a row for each task that it tried":    cancelInAChunk,
		"a job of which half the tasks fail ends inside a chunk":   halfFails,
		"a job whose manifest is wrong says where and in what way": wrongManifests,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); test(t, c, etag) })
	}
}

func serviceDies(t *testing.T, c *cloud, etag string) {
	dir, address := filepath.Join(t.TempDir(), "service"), "127.0.0.1:0"
	serve := func() *program {
		p := launch(t, c.env, "serve", "--data", dir, "--listen", address, "--service-profile", "destination")
		p.stopAfter(t)
		return p
	}
	service := serve()
	var at lab.Endpoints
	eventually(t, "the service to be ready", func() (ready bool) {
		if !service.alive() {
			t.Fatalf("the service did not start:\n%s", &service.said)
		}
		var err error
		at, err = lab.ReadEndpoints(dir)
		return err == nil
	})
	address = strings.TrimPrefix(at.Control, "http://")
	jobs := jobsAt(t, c.account(t, dir, "transship"), at.Control)

	id := create(t, jobs, copyJob(etag, "to-versioned"))
	const deaths = 4
	for i := range deaths {
		if i > 0 {
			service = serve()
			service.answers(t, at.Control)
		}
		c.reaches(t, (i+1)*storeObjects/(deaths+1), storeObjects, "to-versioned")
		service.kill()
	}
	serve().answers(t, at.Control)
	job := ends(t, jobs, id, transship.Complete)
	if job.Counters.Succeeded != storeObjects || job.Counters.Failed != 0 {
		t.Errorf("the job counts %+v", job.Counters)
	}
	report := c.rowsOf(t, id)
	allSucceeded(t, report, storeObjects)
	c.equal(t, "to-versioned", storeObjects)
	beyond := eachOnce(t, c.versions(t, "to-versioned"), report)
	t.Logf("%d deaths in %d tasks: %d tasks with a remark, %d duplicates", deaths, storeObjects, remarks(report), beyond)
}

func copyDies(t *testing.T, c *cloud, _ string) {
	dir := filepath.Join(t.TempDir(), "copy")
	run := func() *program {
		return launch(t, c.env, "copy", "s3://from", "s3://to-copied", "--profile", "destination", "--data", dir, "--yes")
	}
	// The first dies while its folder is being made.
	copying := run()
	eventually(t, "the copy's folder", func() bool {
		_, err := os.Stat(filepath.Join(dir, "jobs", "jetstream"))
		return err == nil
	})
	copying.kill()
	copying = run()
	const deaths = 3
	for i := range deaths {
		c.reaches(t, (i+1)*storeObjects/(deaths+2), storeObjects, "to-copied")
		copying.kill()
		copying = run()
	}
	// The last stop is a wish: Ctrl-C.
	c.reaches(t, (deaths+1)*storeObjects/(deaths+2), storeObjects, "to-copied")
	copying.interrupt()
	copying.exits(t, exitFailed)
	if said := copying.said.String(); !strings.Contains(said, "going on with job") || !strings.Contains(said, "the same command goes on from the last checkpoint") {
		t.Errorf("the copy that was interrupted said:\n%s", said)
	}
	// One more dies when the job is over and its end was not told yet.
	shelf := shelf{filepath.Join(dir, "files")}
	copying = run()
	var found []string
	eventually(t, "the report", func() bool {
		var err error
		found, err = filepath.Glob(filepath.Join(shelf.dir, "report", "job-*", "manifest.json"))
		return err == nil && len(found) > 0
	})
	if copying.kill(); copying.code == exitGood {
		t.Log("the copy ended before it was killed")
	} else {
		copying = run()
		copying.exits(t, exitGood)
	}
	if said := copying.said.String(); !strings.Contains(said, "going on with job") {
		t.Errorf("the last copy said:\n%s", said)
	}
	c.equal(t, "to-copied", storeObjects)

	if all, err := filepath.Glob(filepath.Join(shelf.dir, "report", "job-*")); err != nil || len(all) != 1 {
		t.Fatalf("reports: %q, %v", all, err)
	}
	key, err := filepath.Rel(shelf.dir, found[0])
	if err != nil {
		t.Fatal(err)
	}
	report := rows(t, shelf, shelfBucket, filepath.ToSlash(key))
	allSucceeded(t, report, storeObjects)
	beyond := eachOnce(t, c.versions(t, "to-copied"), report)
	if beyond > storeObjects/10 {
		t.Errorf("%d of %d objects were copied again", beyond, storeObjects)
	}
	t.Logf("%d deaths and an interrupt in %d tasks: %d tasks with a remark, %d duplicates", deaths, storeObjects, remarks(report), beyond)
}
