package main

import (
	"context"
	"strings"
	"testing"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/report"
	"github.com/transship/transship/internal/s3call"
	"github.com/transship/transship/internal/verify"
)

// rows are the rows of a report by key. A key with two rows is an error.
func rows(t *testing.T, shelf report.Shelf, bucket, manifest string) map[string]transship.Result {
	t.Helper()
	found := map[string]transship.Result{}
	for row, err := range (&report.Reader{Shelf: shelf}).Rows(t.Context(), bucket, manifest) {
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := found[row.RawKey]; twice {
			t.Errorf("the report has two rows for %s", row.RawKey)
		}
		found[row.RawKey] = row
	}
	return found
}

func (c *cloud) rowsOf(t *testing.T, job string) map[string]transship.Result {
	t.Helper()
	return rows(t, c.destination.S3, "reports", "reports/job-"+job+"/manifest.json")
}

// allSucceeded demands one succeeded row for each of n objects.
func allSucceeded(t *testing.T, rows map[string]transship.Result, n int) {
	t.Helper()
	if len(rows) != n {
		t.Errorf("the report has %d rows, want %d", len(rows), n)
	}
	for i := range n {
		if row := rows[dataKey(i)]; !row.Succeeded {
			t.Errorf("the row of %s: %+v", dataKey(i), row)
		}
	}
}

// versions are the versions of a bucket's keys, newest first.
func (c *cloud) versions(t *testing.T, bucket string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for call := (s3call.ListVersions{Bucket: bucket}); ; {
		page, err := c.destination.S3.ListObjectVersions(t.Context(), call)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range page.Objects {
			found[v.Key] = append(found[v.Key], v.VersionID)
		}
		if !page.Truncated {
			return found
		}
		call.KeyMarker, call.VersionMarker = page.NextKeyMarker, page.NextVersionMarker
	}
}

// eachOnce demands one version a key, or that every further one is named in
// the key's row. It answers how many there are beyond one a key.
func eachOnce(t *testing.T, versions map[string][]string, rows map[string]transship.Result) (beyond int) {
	t.Helper()
	for key, ids := range versions {
		unnamed := 0
		for _, id := range ids {
			if !strings.Contains(rows[key].Message, id) {
				unnamed++
			}
		}
		if unnamed > 1 {
			t.Errorf("%s has the versions %q, its row names too few: %q", key, ids, rows[key].Message)
		}
		beyond += len(ids) - 1
	}
	return beyond
}

// remarks are how many tasks were looked at twice, by what their rows say.
func remarks(rows map[string]transship.Result) (n int) {
	for _, row := range rows {
		if strings.Contains(row.Message, "uncertain attempt") {
			n++
		}
	}
	return n
}

// count is how many keys a bucket has.
func (c *cloud) count(t *testing.T, bucket string) int {
	t.Helper()
	n := 0
	for call := (s3call.List{Bucket: bucket}); ; {
		page, err := c.destination.S3.ListObjectsV2(t.Context(), call)
		if err != nil {
			t.Fatal(err)
		}
		n += len(page.Objects)
		if !page.Truncated {
			return n
		}
		call.Token = page.Token
	}
}

// equal demands that bucket holds the source's objects: all by their listing,
// and a hundred in every detail.
func (c *cloud) equal(t *testing.T, bucket string, n int) {
	t.Helper()
	c.compare(t, verify.ByListing, place{bucket: "from"}, place{bucket: bucket}, n)
	c.compare(t, verify.Full, place{"from", "data/0001"}, place{bucket, "data/0001"}, 100)
}

func (c *cloud) compare(t *testing.T, level verify.Level, from, to place, n int) {
	t.Helper()
	ctx := context.Background()
	left, right := side(ctx, c.source.S3, from), side(ctx, c.destination.S3, to)
	left.Prefix, right.Prefix = "", ""
	result, err := (&verify.Verifier{Level: level}).Compare(t.Context(), left, right)
	if err != nil {
		t.Fatal(err)
	}
	if !result.Equal() || result.Same != int64(n) {
		t.Errorf("%s and %s are not equal (%s): %d the same of %d; %+v %+v", from, to, level, result.Same, n, result.Differences, result.NotComparable)
	}
}
