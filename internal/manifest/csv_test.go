package manifest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/transship/transship"
)

var (
	plainFields     = []string{"Bucket", "Key"}
	versionedFields = []string{"Bucket", "Key", "VersionId"}
)

func TestCSV(t *testing.T) {
	tests := []struct {
		name   string
		text   string
		fields []string
		want   string
	}{
		{"two columns", "photos,a.jpg\nphotos,b.jpg\n", plainFields, "photos|a.jpg|a.jpg||\nphotos|b.jpg|b.jpg||"},
		{"no line end at the end", "photos,a.jpg", plainFields, "photos|a.jpg|a.jpg||"},
		{"CRLF", "photos,a.jpg\r\nphotos,b.jpg\r\n", plainFields, "photos|a.jpg|a.jpg||\nphotos|b.jpg|b.jpg||"},
		{"quoted fields", `"photos","a,b.jpg"`, plainFields, "photos|a,b.jpg|a,b.jpg||"},
		{"keys are decoded, %20 and plus alike", "photos,a%20b\nphotos,a+b\nphotos,a%2Bb\nphotos,pct%2520x", plainFields,
			"photos|a b|a%20b||\nphotos|a b|a+b||\nphotos|a+b|a%2Bb||\nphotos|pct%20x|pct%2520x||"},
		{"columns in another order, some ignored", "x,a,y,photos\n", []string{"Ignore", "Key", "Ignore", "Bucket"}, "photos|a|a||"},
		{"duplicates are separate tasks", "photos,a\nphotos,a\n", plainFields, "photos|a|a||\nphotos|a|a||"},
		{"a bucket that is called bucket", "bucket,key\nbucket,b\n", plainFields, "bucket|key|key||\nbucket|b|b||"},
		{"versions of a key come together, the last listed first", "photos,a,v2\nphotos,b,v1\nphotos,a,v1\n", versionedFields,
			"photos|a|a|v1|v1\nphotos|a|a|v2|v2\nphotos|b|b|v1|v1"},
		{"null is the null version", "photos,a,null\n", versionedFields, "photos|a|a|null|null"},
		{"an empty version id fails that task alone", "photos,a,\nphotos,b,v1\n", versionedFields,
			"photos|a|a|||400 InvalidRequest Task failed due to missing VersionId\nphotos|b|b|v1|v1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, m := csvManifest(test.text, test.fields...)
			chunks, plan, err := read(t, &Reader{Source: s}, m)
			if err != nil {
				t.Fatal(err)
			}
			if got := show(chunks); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
			if plan.Tasks != int64(strings.Count(test.want, "\n")+1) || plan.Chunks != 1 || plan.ManifestETag != m.ETag {
				t.Errorf("plan %+v", plan)
			}
			if chunks[0].Tasks[0].Size != -1 {
				t.Error("a size that nobody told is not -1")
			}
		})
	}
}

func TestCSVFailsTheJob(t *testing.T) {
	tests := []struct {
		name   string
		text   string
		fields []string
		says   string
	}{
		{"on an empty line", "photos,a\n\nphotos,b\n", plainFields, "line 2 of the manifest lists/m.csv is empty"},
		{"on a byte order mark", "\xef\xbb\xbfphotos,a\n", plainFields, "line 1 of the manifest lists/m.csv begins with a byte order mark"},
		{"on a line with more columns", "photos,a\nphotos,b,c\n", plainFields, "line 2 of the manifest lists/m.csv has 3 columns, not 2"},
		{"on fields that are not the file's", "photos,a\n", versionedFields, "line 1 of the manifest lists/m.csv has 2 columns, not 3"},
		{"on a broken escape", "photos,100%\n", plainFields, "line 1 of the manifest lists/m.csv is wrong: the key has a %"},
		{"on a key over the limit", "photos,a\nphotos," + strings.Repeat("k", 1025) + "\n", plainFields, "line 2 of the manifest lists/m.csv is wrong: the key is 1025 bytes long"},
		{"on a key that is not UTF-8", "photos,%ff\n", plainFields, "is not UTF-8"},
		{"on an empty key", "photos,\n", plainFields, "the key is empty"},
		{"on an empty bucket", ",a\n", plainFields, "line 1 of the manifest lists/m.csv names no bucket"},
		{"on a second bucket", "photos,a\nvideos,b\n", plainFields, `line 2 of the manifest lists/m.csv names the bucket "videos"`},
		{"on a header row", "Bucket,Key\nphotos,a\n", plainFields, "line 1 of the manifest lists/m.csv looks like a header row"},
		{"on a header row in small letters", "bucket,key\nphotos,a\n", plainFields, "line 1 of the manifest lists/m.csv looks like a header row"},
		{"on a quote that does not end", `photos,"a`, plainFields, "line 1 of the manifest lists/m.csv has a quoted field that does not end"},
		{"on an empty manifest", "", plainFields, "the manifest lists/m.csv lists no objects"},
		{"without a column Key", "photos,a\n", []string{"Bucket", "Ignore"}, "Required fields are missing in the schema: Key"},
		{"without a column Bucket", "photos,a\n", []string{"Key", "Ignore"}, "Required fields are missing in the schema: Bucket"},
		{"with a column twice", "photos,a\n", []string{"Bucket", "Key", "Key"}, "names Key twice"},
		{"with a column that is not known", "photos,a\n", []string{"Bucket", "Key", "Size"}, `names "Size"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, m := csvManifest(test.text, test.fields...)
			_, plan, err := read(t, &Reader{Source: s}, m)
			failure(t, err, transship.FailManifestContent, test.says)
			if plan != (transship.Plan{}) {
				t.Errorf("plan %+v", plan)
			}
		})
	}
}

func failure(t *testing.T, err error, code transship.FailureCode, says string) {
	t.Helper()
	var f *transship.JobFailure
	if !errors.As(err, &f) || f.Code != code || !strings.Contains(f.Reason, says) {
		t.Errorf("got %v; want %s, %q", err, code, says)
	}
}

func TestManifestThatCannotBeHad(t *testing.T) {
	refusal := func(code transship.Code, s3Code string, status int) error {
		return &transship.Error{Code: code, S3Code: s3Code, Status: status}
	}
	good, goodManifest := csvManifest("photos,a\n", plainFields...)
	_ = good
	tests := []struct {
		name   string
		change func(*store, *transship.Manifest)
		code   transship.FailureCode // empty: an ordinary error
		says   string
	}{
		{"a key that does not exist", func(s *store, m *transship.Manifest) { clear(s.files) }, transship.FailManifestNotFound, "NoSuchKey: lists/m.csv"},
		{"a bucket that does not exist", func(s *store, m *transship.Manifest) {
			s.refuse = map[string]error{"lists/m.csv": refusal(transship.NotFound, "NoSuchBucket", 404)}
		}, transship.FailManifestNotFound, "NoSuchBucket: lists/m.csv"},
		{"a version that does not exist", func(s *store, m *transship.Manifest) { m.ObjectVersionID = "v7" }, transship.FailManifestNotFound, "lists/m.csv (version v7)"},
		{"a manifest that the role may not read", func(s *store, m *transship.Manifest) {
			s.refuse = map[string]error{"lists/m.csv": refusal(transship.Denied, "AccessDenied", 403)}
		}, transship.FailManifestDenied, "Reading the manifest is forbidden: AccessDenied: lists/m.csv"},
		{"a manifest that has changed", func(s *store, m *transship.Manifest) { s.files["lists/m.csv"] = []byte("photos,b\n") },
			transship.FailManifestETag, "expected " + goodManifest.ETag + ", actual " + etagOf([]byte("photos,b\n"))},
		{"a manifest that has changed, in a store without If-Match", func(s *store, m *transship.Manifest) {
			s.noMatch = true
			s.files["lists/m.csv"] = []byte("photos,b\n")
		}, transship.FailManifestETag, "expected " + goodManifest.ETag + ", actual " + etagOf([]byte("photos,b\n"))},
		{"an ARN that names no object", func(s *store, m *transship.Manifest) { m.ObjectARN = "arn:aws:s3:::lists" }, transship.FailManifestNotFound, "object ARN"},
		{"no ETag", func(s *store, m *transship.Manifest) { m.ETag = `""` }, transship.FailManifestETag, "names no ETag"},
		{"an unknown format", func(s *store, m *transship.Manifest) { m.Format = "XML" }, transship.FailManifestContent, `"XML" is not known`},
		{"a manifest under the customer's key", func(s *store, m *transship.Manifest) {
			s.refuse = map[string]error{"lists/m.csv": refusal(transship.Invalid, "InvalidRequest", 400)}
		}, transship.FailManifestDenied, "refuses to give the manifest lists/m.csv: InvalidRequest"},
		{"credentials that have run out", func(s *store, m *transship.Manifest) {
			s.refuse = map[string]error{"lists/m.csv": refusal(transship.Invalid, "ExpiredToken", 400)}
		}, "", "ExpiredToken"},
		{"a store that is down", func(s *store, m *transship.Manifest) {
			s.refuse = map[string]error{"lists/m.csv": refusal(transship.Unavailable, "InternalError", 500)}
		}, "", "InternalError"},
		{"a store that says slow down", func(s *store, m *transship.Manifest) {
			s.refuse = map[string]error{"lists/m.csv": refusal(transship.Throttled, "SlowDown", 503)}
		}, "", "SlowDown"},
		{"a store that does not answer", func(s *store, m *transship.Manifest) {
			s.refuse = map[string]error{"lists/m.csv": errors.New("connection refused")}
		}, "", "connection refused"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, m := csvManifest("photos,a\n", plainFields...)
			test.change(s, &m)
			_, _, err := read(t, &Reader{Source: s}, m)
			if test.code != "" {
				failure(t, err, test.code, test.says)
				return
			}
			var f *transship.JobFailure
			if err == nil || errors.As(err, &f) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v; want an error that may pass, %q", err, test.says)
			}
		})
	}
}

func TestETagIsComparedWithoutQuotesAndCase(t *testing.T) {
	for _, upper := range []bool{false, true} {
		for name, write := range map[string]func(string) string{
			"plain": func(s string) string { return s }, "quoted": func(s string) string { return `"` + s + `"` }, "in capitals": strings.ToUpper,
		} {
			s, m := csvManifest("photos,a\n", plainFields...)
			s.upper = upper
			m.ETag = write(m.ETag)
			if _, _, err := read(t, &Reader{Source: s}, m); err != nil {
				t.Errorf("%s, a store in capitals %v: %v", name, upper, err)
			}
			if s.asked[0].IfMatch == "" {
				t.Error("the condition was not sent")
			}
		}
	}
}

func TestObjectVersionIDNamesTheManifestsVersion(t *testing.T) {
	s, m := csvManifest("photos,new\n", plainFields...)
	s.files["lists/m.csv?v1"] = []byte("photos,old\n")
	m.ObjectVersionID, m.ETag = "v1", etagOf([]byte("photos,old\n"))
	chunks, _, err := read(t, &Reader{Source: s}, m)
	if err != nil || show(chunks) != "photos|old|old||" {
		t.Errorf("got %s, %v", show(chunks), err)
	}
}

func TestEmitsErrorEndsReading(t *testing.T) {
	s, m := csvManifest("photos,a\nphotos,b\n", plainFields...)
	full := errors.New("the queue is full")
	r := Reader{Source: s, ChunkTasks: 1}
	if _, err := r.Read(t.Context(), m, func(transship.Chunk) error { return full }); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s, m = csvManifest(strings.Repeat("photos,a\n", 10_000), plainFields...)
	r.Source = s
	if _, err := r.Read(ctx, m, func(transship.Chunk) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// FuzzCSV: whatever the text, reading ends with as many tasks as lines or with
// a failure that names the manifest.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{"photos,a\n", "photos,a,v1\r\nphotos,b,null", "a,b\n\n", "\xef\xbb\xbfa,b", `"a","b"`, "a,%zz", "Bucket,Key,VersionId\n"} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, text string, versions bool) {
		fields := plainFields
		if versions {
			fields = versionedFields
		}
		s, m := csvManifest(text, fields...)
		chunks, plan, err := read(t, &Reader{Source: s, ChunkTasks: 3}, m)
		if err != nil {
			var failed *transship.JobFailure
			if !errors.As(err, &failed) || !strings.Contains(failed.Reason, "lists/m.csv") && !strings.Contains(failed.Reason, "more versions") {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		lines := int64(strings.Count(strings.TrimSuffix(text, "\n"), "\n") + 1)
		n := int64(0)
		for _, c := range chunks {
			n += int64(len(c.Tasks))
		}
		if plan.Tasks != lines || n != lines || plan.Chunks != len(chunks) {
			t.Fatalf("%q: %d lines, plan %+v, %d tasks in chunks", text, lines, plan, n)
		}
		_ = fmt.Sprint(chunks)
	})
}
