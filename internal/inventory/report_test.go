package inventory

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var started = time.Date(2026, 11, 24, 1, 0, 5, 250e6, time.UTC)

func stream(objects []transship.Object) iter.Seq2[transship.Object, error] {
	return func(yield func(transship.Object, error) bool) {
		for _, o := range objects {
			if !yield(o, nil) {
				return
			}
		}
	}
}

func numbered() func() string {
	n := 0
	return func() string { n++; return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }
}

// sample is one of everything that a row can hold.
func sample() []transship.Object {
	at := time.Date(2026, 11, 24, 1, 11, 6, 0, time.UTC)
	etag := "d0655f3673af1ca741b11b29865be8e1"
	return []transship.Object{
		{Key: "a b+c.jpg", VersionID: "v3", IsLatest: true, Size: 85860, ETag: etag, LastModified: at, StorageClass: "STANDARD"},
		{Key: "a b+c.jpg", VersionID: "null", Size: 1, ETag: etag + "-3", LastModified: at.Add(-time.Hour), StorageClass: "GLACIER_IR"},
		{Key: "gone \"quoted\", é", VersionID: "v9", IsLatest: true, IsDeleteMarker: true, LastModified: at},
		{Key: "gone \"quoted\", é", VersionID: "v8", Size: 0, ETag: etag, LastModified: at, Checksum: transship.Checksum{Algorithm: "CRC64NVME"}},
	}
}

func delivery() Delivery {
	return Delivery{SourceBucket: "photos", ID: "nightly", DestinationBucket: "inv-dst", Prefix: "inv/", Versions: true, Fields: Fields(), Started: started}
}

// TestWriterGolden compares everything that a delivery writes, in the order in
// which it was written, with testdata/delivery.txt.
func TestWriterGolden(t *testing.T) {
	s := &store{}
	w := Writer{Store: s, TempDir: t.TempDir(), NewID: numbered(), FileBytes: 1}
	out, err := w.Write(t.Context(), delivery(), stream(sample()))
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, key := range s.order {
		data := s.files[key]
		if strings.HasSuffix(key, ".gz") {
			data = gunzip(t, data)
		}
		fmt.Fprintf(&got, "== %s\n%s\n", key, strings.TrimSuffix(string(data), "\n"))
	}
	fmt.Fprintf(&got, "== delivered\nbucket %s key %s files %d rows %d bytes %d\n", out.Bucket, out.Key, out.Files, out.Rows, out.Bytes)
	if out.ETag != etagOf(s.files[out.Bucket+"/"+out.Key]) {
		t.Errorf("the ETag of manifest.json is not %s", out.ETag)
	}
	// Sizes and MD5 of gzip's output belong to the library's version; the
	// reader checks them in the next test.
	golden(t, "delivery.txt", withoutSums(got.String()))
	left, _ := os.ReadDir(w.TempDir)
	if len(left) != 0 {
		t.Errorf("temporary files are left: %v", left)
	}
}

func withoutSums(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		for _, field := range []string{`"size": `, `"MD5checksum": `} {
			if before, _, ok := strings.Cut(line, field); ok {
				lines[i] = before + field + "..."
			}
		}
		if i > 0 && strings.HasSuffix(lines[i-1], "manifest.checksum") {
			lines[i] = fmt.Sprintf("(%d hexadecimal digits)", len(line))
		}
	}
	return strings.Join(lines, "\n")
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("not as %s has it:\n%s", path, got)
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	for _, versions := range []bool{true, false} {
		s := versionsOf(3, append(odd(), folders(3000)...)...)
		l := Lister{Store: s, Parallel: 4}
		d := delivery()
		d.Versions = versions
		w := Writer{Store: s, TempDir: t.TempDir(), FileBytes: 2_000}
		out, err := w.Write(t.Context(), d, l.Objects(t.Context(), Scope{Bucket: "photos", Versions: versions}))
		if err != nil {
			t.Fatal(err)
		}
		if out.Files < 3 {
			t.Errorf("only %d files", out.Files)
		}
		r := Reader{Source: s}
		report, err := r.Open(t.Context(), s3call.Get{Ref: s3call.Ref{Bucket: out.Bucket, Key: out.Key}, IfMatch: out.ETag})
		if err != nil {
			t.Fatal(err)
		}
		if report.Versioned() != versions || report.ETag != out.ETag || !report.Created.Equal(started.Truncate(time.Minute)) {
			t.Errorf("read %+v", report)
		}
		var want []transship.Object
		for _, o := range s.objects {
			if versions || o.IsLatest && !o.IsDeleteMarker {
				want = append(want, o)
			}
		}
		i := 0
		for row, err := range r.Rows(t.Context(), report) {
			if err != nil {
				t.Fatal(err)
			}
			o := want[i]
			if row.Key != o.Key || row.RawKey != EncodeKey(o.Key) || !o.IsDeleteMarker && (row.Size != o.Size || row.ETag != o.ETag) ||
				versions && (row.VersionID != o.VersionID || row.IsLatest != o.IsLatest || row.IsDeleteMarker != o.IsDeleteMarker) {
				t.Fatalf("row %d: read %+v, wrote %+v", i, row, o)
			}
			i++
		}
		if i != len(want) || int64(i) != out.Rows {
			t.Errorf("read %d rows, wrote %d", i, out.Rows)
		}
	}
}

func TestNullVersionsComeBackAsNull(t *testing.T) {
	s := &store{}
	out, err := (&Writer{Store: s}).Write(t.Context(), delivery(), stream(sample()))
	if err != nil {
		t.Fatal(err)
	}
	r := Reader{Source: s}
	report, err := r.Open(t.Context(), s3call.Get{Ref: s3call.Ref{Bucket: out.Bucket, Key: out.Key}})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for row, err := range r.Rows(t.Context(), report) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, row.RawVersion+"="+row.VersionID)
	}
	if got := strings.Join(ids, " "); got != "v3=v3 =null v9=v9 v8=v8" {
		t.Errorf("got %s", got)
	}
	summary, err := r.Show(t.Context(), report)
	if err != nil {
		t.Fatal(err)
	}
	if summary.Rows != 4 || summary.Objects != 1 || summary.Noncurrent != 2 || summary.DeleteMarkers != 1 || summary.Bytes != 85861 ||
		summary.ByStorageClass["GLACIER_IR"] != (ClassTotal{1, 1}) || summary.ByStorageClass["STANDARD"] != (ClassTotal{2, 85860}) {
		t.Errorf("summary %+v", summary)
	}
}

func TestSortedGivesCurrentObjectsInOrder(t *testing.T) {
	s := versionsOf(2, append(odd(), folders(500)...)...)
	var shuffled, want []transship.Object
	for i, o := range s.objects {
		shuffled = append(shuffled, s.objects[i*7919%len(s.objects)])
		if o.IsLatest && !o.IsDeleteMarker {
			o.Bucket, o.StorageClass = "photos", "STANDARD"
			want = append(want, o)
		}
	}
	out, err := (&Writer{Store: s}).Write(t.Context(), delivery(), stream(shuffled))
	if err != nil {
		t.Fatal(err)
	}
	r := Reader{Source: s}
	report, err := r.Open(t.Context(), s3call.Get{Ref: s3call.Ref{Bucket: out.Bucket, Key: out.Key}})
	if err != nil {
		t.Fatal(err)
	}
	var got []transship.Object
	for o, err := range r.Sorted(t.Context(), report, t.TempDir()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, o)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %d objects, want %d", len(got), len(want))
	}
	for range r.Sorted(t.Context(), report, t.TempDir()) {
		break
	}
}

func TestWriterFails(t *testing.T) {
	broken := func(yield func(transship.Object, error) bool) {
		if yield(sample()[0], nil) {
			yield(transship.Object{}, &transship.Error{Code: transship.Denied, S3Code: "AccessDenied"})
		}
	}
	tests := []struct {
		name    string
		change  func(*Delivery)
		objects iter.Seq2[transship.Object, error]
		code    transship.Code
	}{
		{"when the listing fails", func(*Delivery) {}, broken, transship.Denied},
		{"for an id that is no path segment", func(d *Delivery) { d.ID = "a/b" }, stream(nil), transship.Invalid},
		{"for a field that a listing does not tell", func(d *Delivery) { d.Fields = []string{"EncryptionStatus"} }, stream(nil), transship.Unsupported},
		{"without a destination", func(d *Delivery) { d.DestinationBucket = "" }, stream(nil), transship.Invalid},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &store{}
			d := delivery()
			test.change(&d)
			dir := t.TempDir()
			_, err := (&Writer{Store: s, TempDir: dir}).Write(t.Context(), d, test.objects)
			if transship.CodeOf(err) != test.code {
				t.Errorf("got %v", err)
			}
			for key := range s.files {
				if strings.Contains(key, "manifest") {
					t.Errorf("%s was written", key)
				}
			}
			if left, _ := os.ReadDir(dir); len(left) != 0 {
				t.Errorf("temporary files are left: %v", left)
			}
		})
	}
}

func TestWriterKeepsOddPrefixes(t *testing.T) {
	for prefix, want := range map[string]string{
		"": "photos/nightly/", "inv": "inv/photos/nightly/", "inv/": "inv/photos/nightly/", "a//b/../c/": "a//b/../c/photos/nightly/",
	} {
		s := &store{}
		d := delivery()
		d.Prefix = prefix
		out, err := (&Writer{Store: s}).Write(t.Context(), d, stream(sample()))
		if err != nil || out.Key != want+"2026-11-24T01-00Z/manifest.json" {
			t.Errorf("prefix %q: %s, %v", prefix, out.Key, err)
		}
	}
}

func TestReaderRefusesADataFile(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(files map[string][]byte, key string)
		code  transship.Code
		says  string
	}{
		{"that is not there", func(f map[string][]byte, key string) { delete(f, key) }, transship.NotFound, "NoSuchKey"},
		{"that was cut off", func(f map[string][]byte, key string) { f[key] = f[key][:len(f[key])-9] }, transship.Damaged, "bytes long"},
		{"that grew", func(f map[string][]byte, key string) { f[key] = append(f[key], 'x') }, transship.Damaged, "bytes long"},
		{"of which a bit was turned", func(f map[string][]byte, key string) { f[key][len(f[key])/2] ^= 4 }, transship.Damaged, "MD5"},
		{"that is not gzip", func(f map[string][]byte, key string) { f[key] = []byte("a,b") }, transship.Damaged, "bytes long"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &store{}
			out, err := (&Writer{Store: s, NewID: numbered(), FileBytes: 1}).Write(t.Context(), delivery(), stream(sample()))
			if err != nil {
				t.Fatal(err)
			}
			r := Reader{Source: s}
			report, err := r.Open(t.Context(), s3call.Get{Ref: s3call.Ref{Bucket: out.Bucket, Key: out.Key}})
			if err != nil {
				t.Fatal(err)
			}
			key := report.Files[0].Key
			test.spoil(s.files, "inv-dst/"+key)
			var failed error
			for _, err := range r.Rows(t.Context(), report) {
				failed = err
			}
			if transship.CodeOf(failed) != test.code || !strings.Contains(fmt.Sprint(failed), test.says) || !strings.Contains(fmt.Sprint(failed), "inv-dst/"+key) {
				t.Errorf("got %v", failed)
			}
		})
	}
}

// breaking is a store whose data files stop in the middle.
type breaking struct{ *store }

func (b breaking) GetObject(ctx context.Context, g s3call.Get) (*s3call.Body, error) {
	body, err := b.store.GetObject(ctx, g)
	if err == nil && strings.HasSuffix(g.Key, ".gz") {
		body.ReadCloser = io.NopCloser(io.MultiReader(io.LimitReader(body.ReadCloser, 20), brokenReader{}))
	}
	return body, err
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestABrokenConnectionIsNotADamagedFile(t *testing.T) {
	s := &store{}
	out, err := (&Writer{Store: s}).Write(t.Context(), delivery(), stream(sample()))
	if err != nil {
		t.Fatal(err)
	}
	r := Reader{Source: breaking{s}}
	report, err := r.Open(t.Context(), s3call.Get{Ref: s3call.Ref{Bucket: out.Bucket, Key: out.Key}})
	if err != nil {
		t.Fatal(err)
	}
	var failed error
	for _, err := range r.Rows(t.Context(), report) {
		failed = err
	}
	if transship.CodeOf(failed) != transship.Unavailable {
		t.Errorf("got %v", failed)
	}
}

func TestParseReportRefuses(t *testing.T) {
	good := `{"sourceBucket":"photos","destinationBucket":"arn:aws:s3:::inv","version":"2016-11-30","creationTimestamp":"1","fileFormat":"CSV","fileSchema":"Bucket, Key","files":[{"key":"k","size":1,"MD5checksum":"d0655f3673af1ca741b11b29865be8e1"}]}`
	if _, err := ParseReport([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, old, new, says string }{
		{"text that is no JSON", `{"source`, `x`, "not the manifest.json"},
		{"a manifest without source", `"photos"`, `""`, "sourceBucket"},
		{"a destination that is a name", `arn:aws:s3:::inv`, `inv`, "destinationBucket"},
		{"a time that is a date", `"1"`, `"2026"x`, "not the manifest.json"},
		{"ORC", `"CSV"`, `"ORC"`, "only CSV"},
		{"Parquet", `"CSV"`, `"Parquet"`, "only CSV"},
		{"a schema without keys", `Bucket, Key`, `Bucket, Size`, "lacks"},
		{"a schema with a column twice", `Bucket, Key`, `Bucket, Key, Key`, "twice"},
		{"a file without key", `"k"`, `""`, "no key"},
		{"a negative size", `"size":1`, `"size":-1`, "negative"},
		{"a checksum of the wrong length", `d0655f`, `d0`, "MD5checksum"},
		{"a file without checksum", `,"MD5checksum":"d0655f3673af1ca741b11b29865be8e1"`, ``, "MD5checksum"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ParseReport([]byte(strings.Replace(good, test.old, test.new, 1)))
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func FuzzParseReport(f *testing.F) {
	f.Add([]byte(`{"sourceBucket":"photos","destinationBucket":"arn:aws:s3:::inv","version":"2016-11-30","creationTimestamp":"1","fileFormat":"CSV","fileSchema":"Bucket, Key","files":[{"key":"k","size":1,"MD5checksum":"d0655f3673af1ca741b11b29865be8e1"}]}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ParseReport(data)
		if err != nil {
			return
		}
		text, err := r.encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseReport(text)
		if err != nil || !slices.Equal(again.Files, r.Files) || !slices.Equal(again.Schema, r.Schema) {
			t.Fatalf("%s came back as %+v, %v", data, again, err)
		}
	})
}

func gunzip(t *testing.T, data []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func BenchmarkRows(b *testing.B) {
	s := bucketOf(folders(50_000)...)
	for i := range s.objects {
		s.objects[i].LastModified = started
	}
	d := delivery()
	d.Versions = false
	out, err := (&Writer{Store: s}).Write(b.Context(), d, stream(s.objects))
	if err != nil {
		b.Fatal(err)
	}
	r := Reader{Source: s}
	report, err := r.Open(b.Context(), s3call.Get{Ref: s3call.Ref{Bucket: out.Bucket, Key: out.Key}})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range r.Rows(b.Context(), report) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.N)*50_000/b.Elapsed().Seconds(), "rows/s")
}
