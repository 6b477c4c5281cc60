package report

import (
	"crypto/md5"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/transship/transship"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// outcomes are rows of each kind, with the keys that are hard to write.
var outcomes = []transship.Result{
	{Bucket: "photos", RawKey: "a%2Fb+c.jpg", Succeeded: true, HTTPStatus: 200, ETag: "x", Size: 4},
	{Bucket: "photos", RawKey: "x%2520y.txt", RawVersion: "3HL4kqt", HTTPStatus: 403, ErrorCode: "AccessDenied", Message: "Access Denied"},
	{Bucket: "photos", RawKey: "deleted", RawVersion: "v2", Succeeded: true, Skipped: true, HTTPStatus: 200, Message: "skipped: delete marker"},
	{Bucket: "photos", RawKey: "2026/k.jpg", HTTPStatus: 200, ErrorCode: "PermanentFailure", Message: `Lambda returned function error: {"errorMessage":"Task timed out after 3.00 seconds"}`},
	{Bucket: "photos", RawKey: `comma,and "quote"`, Succeeded: true},
	{Bucket: "photos", RawKey: "umlaut-ü 你好", HTTPStatus: 404, ErrorCode: "NoSuchKey", Message: "two\nlines, and not UTF-8: \xff"},
	{Bucket: "photos", RawKey: " spaces bare ", Succeeded: true, HTTPStatus: 200},
}

func golden(t *testing.T, folder string, objects map[string][]byte) {
	t.Helper()
	root := filepath.Join("testdata", folder)
	if *update {
		if err := os.RemoveAll(root); err != nil {
			t.Fatal(err)
		}
		for key, data := range objects {
			name := filepath.Join(root, key)
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	found := map[string][]byte{}
	err := filepath.WalkDir(root, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		key, err := filepath.Rel(root, name)
		if err == nil {
			found[filepath.ToSlash(key)], err = os.ReadFile(name)
		}
		return err
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("no golden files in %s: %v", root, err)
	}
	for key, want := range found {
		if got := objects[key]; string(got) != string(want) {
			t.Errorf("%s\ngot  %q\nwant %q", key, got, want)
		}
	}
	if len(found) != len(objects) {
		t.Errorf("objects %v, golden files %v", slices.Sorted(maps.Keys(objects)), slices.Sorted(maps.Keys(found)))
	}
}

func TestReportsAsAWSWritesThem(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*transship.Report)
		rows   []transship.Result
	}{
		{"all-tasks", func(*transship.Report) {}, outcomes},
		{"failed-tasks-only", func(r *transship.Report) { r.Scope = transship.FailedTasksOnly }, outcomes},
		{"nothing-failed", func(r *transship.Report) { r.Scope = transship.FailedTasksOnly }, outcomes[:1]},
		{"no-prefix", func(r *transship.Report) { r.Prefix = "" }, outcomes[:2]},
		{"prefix-with-slash", func(r *transship.Report) { r.Prefix = "a/b/" }, outcomes[:2]},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := &bucket{}
			key, err := writer(t, b).Write(t.Context(), job(test.change), rowsOf(test.rows...))
			if err != nil || !strings.HasSuffix(key, "job-3f6c2b1e-0000-4000-8000-000000000001/manifest.json") {
				t.Fatal(key, err)
			}
			golden(t, test.name, b.objects)
			if last := b.order[len(b.order)-1]; last != key {
				t.Errorf("%s was written last, want manifest.json", last)
			}
			if sum := b.objects[key+".md5"]; string(sum) != fmt.Sprintf("%x\n", md5.Sum(b.objects[key])) || len(sum) != 33 {
				t.Errorf("manifest.json.md5 is %q", sum)
			}
			name := regexp.MustCompile(`/?job-[0-9a-f-]{36}/(results/[0-9a-f]{40}\.csv|manifest\.json|manifest\.json\.md5)$`)
			for _, key := range b.order {
				if !name.MatchString(key) {
					t.Errorf("key %q", key)
				}
			}
			// A second time it is the same, over the first.
			before := maps.Clone(b.objects)
			if _, err := writer(t, b).Write(t.Context(), job(test.change), rowsOf(test.rows...)); err != nil || !reflect.DeepEqual(before, b.objects) {
				t.Errorf("written twice it differs: %v", err)
			}
		})
	}
}

func TestLargeReportsAreSplit(t *testing.T) {
	const rows = 1_000
	b := &bucket{}
	w := writer(t, b)
	w.FileSize = 4_096
	all := func(yield func(transship.Result, error) bool) {
		for i := range rows {
			if !yield(transship.Result{Bucket: "b", RawKey: fmt.Sprintf("key-%04d", i), Succeeded: i%10 != 0, HTTPStatus: 200}, nil) {
				return
			}
		}
	}
	key, err := w.Write(t.Context(), job(), all)
	if err != nil {
		t.Fatal(err)
	}
	index, err := (&Reader{b}).Index(t.Context(), "reports", key)
	if err != nil || len(index.Results) < 7 {
		t.Fatalf("%d files, %v", len(index.Results), err)
	}
	seen := map[string]int{}
	for _, f := range index.Results {
		data := b.objects[f.Key]
		if len(data) > 4_096 || !strings.HasSuffix(string(data), "\n") || fmt.Sprintf("%x", md5.Sum(data)) != f.MD5Checksum {
			t.Errorf("%s: %d bytes, MD5 %s", f.Key, len(data), f.MD5Checksum)
		}
		for line := range strings.Lines(string(data)) {
			seen[line]++
			if !strings.Contains(line, ","+f.TaskExecutionStatus+",") {
				t.Errorf("%q lies in a file of %s", line, f.TaskExecutionStatus)
			}
		}
	}
	if len(seen) != rows {
		t.Errorf("%d rows, want %d", len(seen), rows)
	}
	left, _ := os.ReadDir(w.Dir)
	if len(left) != 0 {
		t.Errorf("the spool left %v", left)
	}
}

func TestNoReport(t *testing.T) {
	b := &bucket{}
	for name, test := range map[string]struct {
		job  *transship.Job
		rows []transship.Result
	}{
		"nothing was attempted": {job(), nil},
		"the job wants none":    {job(func(r *transship.Report) { r.Enabled = false }), outcomes},
	} {
		key, err := writer(t, b).Write(t.Context(), test.job, rowsOf(test.rows...))
		if key != "" || err != nil || len(b.order) != 0 {
			t.Errorf("%s: %q, %v, %v", name, key, err, b.order)
		}
	}
}

func TestRowsThatCannotBeReadMakeNoManifest(t *testing.T) {
	b := &bucket{}
	broken := errors.New("record unreadable")
	_, err := writer(t, b).Write(t.Context(), job(), func(yield func(transship.Result, error) bool) {
		_ = yield(outcomes[0], nil) && yield(transship.Result{}, broken)
	})
	if !errors.Is(err, broken) || len(b.order) != 0 {
		t.Errorf("%v, %v", err, b.order)
	}
}

func TestAReportWithoutAnEndIsDatedByTheCaller(t *testing.T) {
	b := &bucket{}
	j := job()
	j.Ended = j.Created
	key, err := writer(t, b).Write(t.Context(), j, rowsOf(outcomes...))
	if err != nil || !strings.Contains(string(b.objects[key]), `"ReportCreationDate":"2026-01-02T03:04:05.000Z"`) {
		t.Errorf("%s, %v", b.objects[key], err)
	}
}

func TestTheBucketsOwnerIsSent(t *testing.T) {
	b := &bucket{}
	if _, err := writer(t, b).Write(t.Context(), job(func(r *transship.Report) { r.ExpectedBucketOwner = "222222222222" }), rowsOf(outcomes...)); err != nil {
		t.Fatal(err)
	}
	for _, in := range b.puts {
		if in.ExpectedOwner != "222222222222" || in.Bucket != "reports" {
			t.Errorf("%s: owner %q", in.Key, in.ExpectedOwner)
		}
	}
}

func TestUnwritableReports(t *testing.T) {
	refusal := func(status int, code string) error {
		return &transship.Error{Code: transship.Denied, Op: "PutObject", Status: status, S3Code: code}
	}
	for _, test := range []struct {
		name    string
		err     error
		forGood bool
	}{
		{"SEED-8: the bucket's policy forgets it", refusal(403, "AccessDenied"), true},
		{"no such bucket", refusal(404, "NoSuchBucket"), true},
		{"an object lock wants a checksum", refusal(400, "InvalidRequest"), true},
		{"another Region", refusal(301, "PermanentRedirect"), true},
		{"slow down passes", refusal(503, "SlowDown"), false},
		{"a fault passes", refusal(500, "InternalError"), false},
		{"a request that took too long passes", refusal(400, "RequestTimeout"), false},
		{"an expired session passes", refusal(400, "ExpiredToken"), false},
		{"silence passes", &transship.Error{Code: transship.Unavailable, Op: "PutObject"}, false},
	} {
		for _, at := range []string{".csv", "manifest.json.md5", "manifest.json"} {
			b := &bucket{refuse: func(key string) error {
				if strings.HasSuffix(key, at) {
					return test.err
				}
				return nil
			}}
			_, err := writer(t, b).Write(t.Context(), job(), rowsOf(outcomes...))
			var failure *transship.JobFailure
			if err == nil || errors.As(err, &failure) != test.forGood {
				t.Errorf("%s, at %s: %v", test.name, at, err)
				continue
			}
			if !test.forGood {
				continue
			}
			if failure.Code != transship.FailReportUnwritable || !strings.HasPrefix(failure.Reason, unwritable+" (bucket reports: ") || !strings.Contains(failure.Err.Error(), "reports/weekly/") {
				t.Errorf("%s: %+v", test.name, failure)
			}
			if hints := transship.HintsOf(failure.Err); len(hints) == 0 {
				t.Errorf("%s: no hint", test.name)
			}
		}
	}
	_, err := writer(t, &bucket{}).Write(t.Context(), job(func(r *transship.Report) { r.BucketARN = "reports" }), rowsOf(outcomes...))
	if !errors.As(err, new(*transship.JobFailure)) {
		t.Errorf("a bucket that is no ARN: %v", err)
	}
}
