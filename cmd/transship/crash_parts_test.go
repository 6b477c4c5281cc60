package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
	"github.com/transship/transship/internal/verify"
)

// The lab is told to refuse CopyObject above 64 KiB, where S3 has 5 GiB.
const partLimit = 64 << 10

func TestCopiesInPartsOutliveDeathsAndLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	const objects, deaths = 40, 3
	c := startCloud(t, fmt.Sprintf("--copy-limit=%d", partLimit), fmt.Sprintf("--min-part-size=%d", partLimit))
	etag := c.fillLarge(t, objects)
	id := create(t, c.jobs, copyJob(etag, "to-versioned"))
	for i := range deaths {
		if i > 0 {
			c.rise(t)
		}
		eventually(t, "a copy in the middle of its parts", func() bool {
			return c.count(t, "to-versioned") >= i*objects/(deaths+1) && len(c.uploads(t, "to-versioned")) > 0
		})
		c.die()
	}
	c.rise(t)
	left := len(c.uploads(t, "to-versioned"))
	ends(t, c.jobs, id, transship.Complete)
	report := c.rowsOf(t, id)
	allSucceeded(t, report, objects)
	beyond := eachOnce(t, c.versions(t, "to-versioned"), report)
	c.compare(t, verify.Full, place{bucket: "from"}, place{bucket: "to-versioned"}, objects)
	if open := c.uploads(t, "to-versioned"); len(open) > 0 {
		t.Errorf("the job has ended and left %d uploads: %+v", len(open), open[0])
	}
	t.Logf("%d deaths in %d tasks; the last left %d uploads open: %d tasks with a remark, %d duplicates", deaths, objects, left, remarks(report), beyond)

	c.copyInParts(t)
	for i := range objects {
		head, err := c.destination.S3.HeadObject(t.Context(), s3call.Get{Ref: s3call.Ref{Bucket: "to-copied", Key: dataKey(i)}})
		if err != nil {
			t.Fatal(err)
		}
		if head.StorageClass != classOfLarge(i) || head.UserMetadata["number"] != fmt.Sprint(i) || head.ContentType != "text/x-large" || head.TagCount != 2 {
			t.Errorf("%s came as %+v", dataKey(i), head)
		}
	}
}

// copyInParts has copy do the same, which keeps storage classes. The store lives
// on while it dies.
func (c *cloud) copyInParts(t *testing.T) {
	t.Helper()
	data := filepath.Join(t.TempDir(), "copy")
	run := func() *program {
		return launch(t, c.env, "copy", "s3://from", "s3://to-copied", "--profile", "destination", "--data", data, "--yes", "--full")
	}
	for range 2 {
		copying := run()
		eventually(t, "a copy in the middle of its parts", func() bool { return len(c.uploads(t, "to-copied")) > 0 })
		copying.kill()
	}
	run().exits(t, exitGood)
	if open := c.uploads(t, "to-copied"); len(open) > 0 {
		t.Errorf("copy has ended and left %d uploads: %+v", len(open), open[0])
	}
}

func classOfLarge(i int) string {
	if i%2 == 1 {
		return "STANDARD_IA"
	}
	return ""
}

// fillLarge puts n objects of up to 1 MiB into the source, with all that a copy
// has to carry over, and their list into lists/all.csv.
func (c *cloud) fillLarge(t *testing.T, n int) (etag string) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	list := ""
	for i := range n {
		body := make([]byte, 1<<20-i*1000)
		for at := range body {
			body[at] = byte(random.Uint32())
		}
		list += "from," + dataKey(i) + "\n"
		put := s3call.Put{Bucket: "from", Key: dataKey(i), Body: bytes.NewReader(body), Size: int64(len(body)),
			Attributes: s3call.Attributes{ContentType: "text/x-large", CacheControl: "max-age=7", StorageClass: classOfLarge(i),
				UserMetadata: map[string]string{"number": fmt.Sprint(i)}},
			Tags: []transship.Tag{{Key: "team", Value: "data + more"}, {Key: "n", Value: fmt.Sprint(i)}}}
		if _, err := c.source.S3.PutObject(t.Context(), put); err != nil {
			t.Fatal(err)
		}
	}
	return c.put(t, "lists", "all.csv", list)
}

// uploads are a bucket's multipart uploads that were neither completed nor
// aborted.
func (c *cloud) uploads(t *testing.T, bucket string) []s3call.PendingUpload {
	t.Helper()
	open, err := c.destination.S3.ListMultipartUploads(t.Context(), bucket, "", 10_000)
	if err != nil {
		t.Fatal(err)
	}
	return open
}
