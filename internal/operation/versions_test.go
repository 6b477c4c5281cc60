package operation

import (
	"strings"
	"testing"
	"time"

	"github.com/transship/transship"
)

// attempt does a task as the engine does: what has no result is reconciled with
// the results that the key has already, and done again if it was not done.
func attempt(t *testing.T, c *Copy, tk transship.Task, since time.Time, previous []transship.Result) transship.Result {
	t.Helper()
	for range 5 {
		r, err := c.Do(t.Context(), tk)
		if err == nil {
			return r
		}
		if r, done, err := c.Reconcile(t.Context(), tk, since, previous); done && err == nil {
			return r
		}
	}
	t.Fatal("no result after 5 attempts")
	return transship.Result{}
}

// Two versions of a key may hold the same bytes. The copy of one is then not the
// copy of the other, however uncertain the other's write was.
func TestAnEqualEarlierVersionIsNotTakenForAnUncertainOne(t *testing.T) {
	internal := s3err(500, "InternalError", "")
	for _, way := range []struct {
		name, call string
		size       int
		stream     bool
	}{
		{"one request", "CopyObject", 4, false},
		{"in parts", "CompleteMultipartUpload", largeSize, false},
		{"streamed", "PutObject", 4, true},
		{"streamed in parts", "CompleteMultipartUpload", largeSize, true},
	} {
		for _, done := range []bool{false, true} {
			t.Run(way.name+map[bool]string{true: ", done", false: ", not done"}[done], func(t *testing.T) {
				s := newStore()
				s.versioned, s.limit = true, mib
				data := strings.Repeat("x", way.size)
				sums := func(v *version) { v.Checksums = []transship.Checksum{sumOf("CRC32", data)} }
				v1, v2 := s.put("src", "k", data, sums), s.put("src", "k", data, sums)
				t1, t2 := task("k"), task("k")
				t1.VersionID, t2.VersionID = v1.VersionID, v2.VersionID
				up := &memory{}
				c := newCopy(t, s, transship.CopyOperation{Stream: way.stream}, func(cfg *CopyConfig) {
					cfg.PutLimit, cfg.PartSize, cfg.Uploads = mib, mib, up
				})
				since := s.now
				r1 := attempt(t, c, t1, since, nil)
				mustSucceed(t, r1, nil)
				s.fault = failOn(way.call, done, internal, 1)
				r2 := attempt(t, c, t2, since, []transship.Result{r1})
				mustSucceed(t, r2, nil)
				if n := len(s.objects["dst/k"]); n != 2 || r1.VersionID == r2.VersionID {
					t.Errorf("%d versions at the destination; results %+v and %+v", n, r1, r2)
				}
				if strings.Contains(r2.Message, r1.VersionID) {
					t.Errorf("the first version's copy is called a duplicate: %q", r2.Message)
				}
				if len(up.open) != 0 || len(s.uploads) != 0 {
					t.Errorf("uploads left: %v, %v", up.open, s.uploads)
				}
			})
		}
	}
}

// What Reconcile was told holds for the attempt that follows it, too.
func TestAnAttemptThatKnowsTheEarlierResultsSettlesItself(t *testing.T) {
	s := newStore()
	s.versioned = true
	v1, v2 := s.put("src", "k", "data"), s.put("src", "k", "data")
	t1, t2 := task("k"), task("k")
	t1.VersionID, t2.VersionID = v1.VersionID, v2.VersionID
	c := newCopy(t, s, transship.CopyOperation{})
	r1, err := c.Do(t.Context(), t1)
	mustSucceed(t, r1, err)
	if _, done, err := c.Reconcile(t.Context(), t2, s.now, []transship.Result{r1}); done || err != nil {
		t.Fatal(done, err)
	}
	s.fault = failOn("CopyObject", true, s3err(500, "InternalError", ""), 1)
	r2, err := c.Do(t.Context(), t2)
	mustSucceed(t, r2, err)
	if n := len(s.objects["dst/k"]); n != 2 || r2.Message != reconciled || r2.VersionID == r1.VersionID {
		t.Errorf("%d versions, %+v", n, r2)
	}
}
