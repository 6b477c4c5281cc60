package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"

	"github.com/transship/transship"
)

// longKey makes reasons long: on the wire one has at most 256 characters.
var longKey = "list-" + strings.Repeat("äö", 150) + ".csv"

func wrongManifests(t *testing.T, c *cloud, etag string) {
	csv := func(key, text string) transship.Manifest {
		return transship.Manifest{Format: transship.ManifestCSV, Fields: []string{transship.FieldBucket, transship.FieldKey},
			ObjectARN: "arn:aws:s3:::lists/" + key, ETag: c.put(t, "lists", key, text)}
	}
	inventory := func(name string, data []byte, size int) transship.Manifest {
		if data != nil {
			c.put(t, "lists", name+"/data.csv.gz", string(data))
		}
		text := fmt.Sprintf(`{"sourceBucket": "from", "destinationBucket": "arn:aws:s3:::lists", "version": "2016-11-30",
			"fileFormat": "CSV", "fileSchema": "Bucket, Key, Size", "files": [{"key": "%s/data.csv.gz", "size": %d, "MD5checksum": "%032d"}]}`, name, size, 0)
		return transship.Manifest{Format: transship.ManifestInventory, ObjectARN: "arn:aws:s3:::lists/" + name + "/manifest.json",
			ETag: c.put(t, "lists", name+"/manifest.json", text)}
	}
	other := csv("other-etag.csv", "from,data/000000\n")
	other.ETag = etag
	missing := other
	missing.ObjectARN = "arn:aws:s3:::lists/missing.csv"
	for _, test := range []struct {
		name     string
		manifest transship.Manifest
		code     transship.FailureCode
		says     []string
	}{
		{"missing", missing, transship.FailManifestNotFound, []string{"lists/missing.csv"}},
		{"with another ETag", other, transship.FailManifestETag, []string{"lists/other-etag.csv", etag}},
		{"with a line of three fields", csv("three.csv", "from,data/000000\nfrom,data/000001,x\n"), transship.FailManifestContent, []string{"lists/three.csv", "line 2"}},
		{"with an empty line", csv("empty-line.csv", "from,data/000000\n\nfrom,data/000001\n"), transship.FailManifestContent, []string{"lists/empty-line.csv", "line 2"}},
		{"with a quote that does not end", csv("quote.csv", "from,data/000000\nfrom,\"data\n"), transship.FailManifestContent, []string{"lists/quote.csv", "line 2"}},
		{"with a key that is not encoded", csv("encoding.csv", "from,data/000000\nfrom,data/000001\nfrom,100%\n"), transship.FailManifestContent, []string{"lists/encoding.csv", "line 3"}},
		{"with nothing in it", csv("nothing.csv", ""), transship.FailManifestContent, []string{"lists/nothing.csv"}},
		{"with a long name and a wrong line", csv(longKey, "from,data/000000\nfrom\n"), transship.FailManifestContent, []string{"line 2"}},
		{"whose data file is missing", inventory("no-data", nil, 10), transship.FailManifestContent, []string{"lists/no-data/data.csv.gz"}},
		{"whose data file is no gzip", inventory("no-gzip", []byte("from,data/000000,9\n"), 19), transship.FailManifestContent, []string{"lists/no-gzip/data.csv.gz"}},
		{"whose data file has a wrong line", inventory("bad-line", zipped(t, "\"from\",\"data/000000\",\"9\"\n\"from\",\"data/000001\"\n"), 60), transship.FailManifestContent, []string{"lists/bad-line/data.csv.gz", "line 2"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			request := copyJob("", "to-plain")
			request.Manifest = test.manifest
			id := create(t, c.jobs, request)
			job := ends(t, c.jobs, id, transship.Failed)
			if len(job.Failures) != 1 || job.Failures[0].Code != test.code {
				t.Fatalf("failures: %+v, want %s", job.Failures, test.code)
			}
			reason := job.Failures[0].Reason
			if n := len([]rune(reason)); n == 0 || n > 256 {
				t.Errorf("the reason has %d characters: %s", n, reason)
			}
			for _, part := range test.says {
				if !strings.Contains(reason, part) {
					t.Errorf("the reason does not name %q: %s", part, reason)
				}
			}
		})
	}
	if n := c.count(t, "to-plain"); n != 0 {
		t.Errorf("%d objects were copied", n)
	}
}

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
