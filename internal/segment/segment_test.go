package segment

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/transship/transship"
)

func sampleChunk(n int) transship.Chunk {
	c := transship.Chunk{Job: "3f6c2b1e-9d47-4c0a-8a55-1e2f7d90c4ab", Number: 7}
	for i := range n {
		c.Tasks = append(c.Tasks, transship.Task{
			Bucket: "photos", Key: fmt.Sprintf("a b/%d", i), RawKey: fmt.Sprintf("a+b/%d", i),
			VersionID: "null", RawVersion: "", Size: int64(i), ETag: "d0655f3673af1ca741b11b29865be8e1",
			LastModified: time.Date(2026, 11, 24, 1, 2, 3, 4e6, time.UTC), IsLatest: i%2 == 0,
		})
	}
	c.Tasks[n-1].Fault = &transship.Fault{HTTPStatus: 400, ErrorCode: "InvalidRequest", Message: "Task failed due to missing VersionId"}
	return c
}

func TestAChunkSurvivesItsEncoding(t *testing.T) {
	want := sampleChunk(300)
	body, err := EncodeChunk(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeChunk(body)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got.Tasks[0], want.Tasks[0])
	}
}

func TestAChunkOverTheLimitsIsRefused(t *testing.T) {
	c := sampleChunk(transship.MaxChunkTasks + 1)
	if _, err := EncodeChunk(c); transship.CodeOf(err) != transship.Invalid {
		t.Errorf("too many tasks: %v", err)
	}
	c = sampleChunk(1000)
	for i := range c.Tasks { // random keys of 1,024 bytes do not compress
		b := make([]byte, 1024)
		for j := range b {
			b[j] = byte(33 + rand.IntN(90))
		}
		c.Tasks[i].Key, c.Tasks[i].RawKey = string(b), string(b)
	}
	if _, err := EncodeChunk(c); transship.CodeOf(err) != transship.Invalid {
		t.Errorf("too many bytes: %v", err)
	}
}

func TestARecordSurvivesItsEncoding(t *testing.T) {
	want := &Record{Writer: "w1", Sequence: 3, Started: time.Unix(1, 2).UTC(), Released: true, Stopped: true, Closed: true, Strikes: 2, Trying: NoTask}
	for i := range 100 {
		want.Rows = append(want.Rows, transship.Result{Task: i, Bucket: "photos", RawKey: fmt.Sprint("k", i), Succeeded: i%2 == 0, Skipped: i%4 == 0,
			HTTPStatus: 200, ETag: "e", VersionID: "v", Checksum: transship.Checksum{Algorithm: "CRC32", Value: "AAAA", Type: "FULL_OBJECT"}, Size: 5})
	}
	body, err := EncodeRecord(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeRecord(body)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestLongMessagesAreShortenedAndNoRowIsLost(t *testing.T) {
	r := &Record{Trying: NoTask}
	for i := range transship.MaxChunkTasks {
		b := make([]byte, 700)
		for j := range b {
			b[j] = byte(33 + rand.IntN(90))
		}
		r.Rows = append(r.Rows, transship.Result{Task: i, RawKey: fmt.Sprint(i), ErrorCode: "AccessDenied", Message: string(b)})
	}
	body, err := EncodeRecord(r)
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeRecord(body)
	if err != nil || len(got.Rows) != len(r.Rows) || len(body) > MaxRecordBytes {
		t.Fatalf("%d rows, %d bytes, %v", len(got.Rows), len(body), err)
	}
	if !strings.HasPrefix(r.Rows[9].Message, got.Rows[9].Message) {
		t.Error("the message is not the beginning of what it was")
	}
}

func FuzzDecode(f *testing.F) {
	body, _ := EncodeChunk(sampleChunk(3))
	f.Add(body)
	rec, _ := EncodeRecord(&Record{Writer: "w", Trying: NoTask, Rows: []transship.Result{{RawKey: "k"}}})
	f.Add(rec)
	f.Add([]byte{version})
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := DecodeChunk(b); err != nil && transship.CodeOf(err) != transship.Damaged {
			t.Error(err)
		}
		if _, err := DecodeRecord(b); err != nil && transship.CodeOf(err) != transship.Damaged {
			t.Error(err)
		}
	})
}

// A full record: of as many rows as a chunk has tasks.
func BenchmarkRecord(b *testing.B) {
	r := &Record{Trying: NoTask}
	for i := range transship.MaxChunkTasks {
		r.Rows = append(r.Rows, transship.Result{Task: i, Bucket: "photos", RawKey: fmt.Sprint("some/prefix/", i), Succeeded: true, HTTPStatus: 200, ETag: fmt.Sprintf("%032x", rand.Uint64())})
	}
	b.ReportAllocs()
	size := 0
	for b.Loop() {
		body, err := EncodeRecord(r)
		if err != nil {
			b.Fatal(err)
		}
		size = len(body)
	}
	b.ReportMetric(float64(size)/float64(len(r.Rows)), "bytes/row")
}
