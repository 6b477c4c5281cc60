package manifest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/transship/transship"
)

func lines(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func TestCutting(t *testing.T) {
	tests := []struct {
		name   string
		text   string
		fields []string
		tasks  int
		want   []int // tasks of each chunk
	}{
		{"a chunk has no more tasks than asked for", lines(10, "photos,k%d\n"), plainFields, 4, []int{4, 4, 2}},
		{"a chunk has at most MaxChunkTasks", lines(9_000, "photos,%d\n"), plainFields, 1 << 20, nil},
		{"long keys make smaller chunks", lines(1000, "photos,"+strings.Repeat("k", 1000)+"%04d\n"), plainFields, 0, nil},
		{"encoded keys count twice", lines(1000, "photos,"+strings.Repeat("%%C3%%BC", 500)+"%04d\n"), plainFields, 0, nil},
		{"versions stay together over the wanted size", lines(6, "photos,a,v%d\n") + lines(6, "photos,b,v%d\n"), versionedFields, 4, []int{6, 6}},
		{"versions that do not fit go to the next chunk", "photos,a,v1\nphotos,b,v1\n" + lines(3, "photos,c,v%d\n"), versionedFields, 4, []int{2, 3}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, m := csvManifest(test.text, test.fields...)
			chunks, plan, err := read(t, &Reader{Source: s, ChunkTasks: test.tasks}, m)
			if err != nil {
				t.Fatal(err)
			}
			var got []int
			for _, c := range chunks {
				got = append(got, len(c.Tasks))
				if need := costOf(c.Tasks); !need.fits() {
					t.Errorf("chunk %d takes %+v", c.Number, need)
				}
			}
			if test.want != nil && !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
			if plan.Chunks != len(chunks) || plan.Tasks != int64(strings.Count(test.text, "\n")) {
				t.Errorf("plan %+v", plan)
			}
		})
	}
}

func TestAKeyWithMoreVersionsThanAChunkHolds(t *testing.T) {
	for _, n := range []int{4_200, transship.MaxChunkTasks + 1} {
		s, m := csvManifest(lines(n, "photos,many,version-%d\n"), versionedFields...)
		_, _, err := read(t, &Reader{Source: s}, m)
		failure(t, err, transship.FailManifestContent, "the key many has more versions in the manifest lists/m.csv than one chunk holds")
	}
	s, m := csvManifest(lines(4_000, "photos,many,v%d\n"), versionedFields...)
	chunks, _, err := read(t, &Reader{Source: s}, m)
	if err != nil || len(chunks) != 1 {
		t.Errorf("%d chunks, %v", len(chunks), err)
	}
}

func TestAManifestOverTheLimitOfChunks(t *testing.T) {
	s, m := csvManifest(lines(transship.MaxChunks+1, "photos,%d\n"), plainFields...)
	_, _, err := read(t, &Reader{Source: s, ChunkTasks: 1}, m)
	failure(t, err, transship.FailManifestTooLarge, "split it into several jobs")
	s, m = csvManifest(lines(transship.MaxChunks, "photos,%d\n"), plainFields...)
	if _, plan, err := read(t, &Reader{Source: s, ChunkTasks: 1}, m); err != nil || plan.Chunks != transship.MaxChunks {
		t.Errorf("plan %+v, %v", plan, err)
	}
}

// TestChunksAreTheSameEveryTime holds for any memory that sorting is given: a
// lost chunk is made again by reading again.
func TestChunksAreTheSameEveryTime(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var text strings.Builder
	for i := range 5_000 {
		fmt.Fprintf(&text, "photos,key%%20%d,v%d\n", r.IntN(700), i)
	}
	s, m := csvManifest(text.String(), versionedFields...)
	var first []transship.Chunk
	for _, memory := range []int{0, 100, 10_000, 300_000} {
		dir := t.TempDir()
		chunks, plan, err := read(t, &Reader{Source: s, ChunkTasks: 100, SortBytes: memory, TempDir: dir}, m)
		if err != nil || plan.Tasks != 5_000 {
			t.Fatalf("plan %+v, %v", plan, err)
		}
		if first == nil {
			first = chunks
		}
		if !reflect.DeepEqual(chunks, first) {
			t.Errorf("other chunks with %d bytes of memory", memory)
		}
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("%d files are left", len(left))
		}
	}
}

func TestSortingWithoutRoom(t *testing.T) {
	s, m := csvManifest(lines(100, "photos,%[1]d,v%[1]d\n"), versionedFields...)
	r := Reader{Source: s, SortBytes: 1, TempDir: t.TempDir() + "/missing"}
	_, err := r.Read(t.Context(), m, func(transship.Chunk) error { return nil })
	var f *transship.JobFailure
	if transship.CodeOf(err) != transship.Unavailable || errors.As(err, &f) {
		t.Errorf("got %v", err)
	}
}

func FuzzRecord(f *testing.F) {
	f.Add([]byte{})
	f.Add(appendRecord(nil, &transship.Task{Key: "k", RawKey: "%6B", VersionID: "null", Size: -1, ETag: "e", Fault: noVersion()}))
	f.Fuzz(func(t *testing.T, data []byte) {
		task, err := parseRecord("k", data)
		if err != nil {
			return
		}
		again, err := parseRecord("k", appendRecord(nil, &task))
		if err != nil || !reflect.DeepEqual(task, again) {
			t.Fatalf("%+v came back as %+v, %v", task, again, err)
		}
	})
}
