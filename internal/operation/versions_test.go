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

// Where the destination keeps no versions, what lies there may be what an earlier
// result of the key has left: it counts only if doing the task again would
// change nothing.
func TestReconcileBesideEarlierResultsOfTheKey(t *testing.T) {
	kms := func(v *version) { v.ETag, v.SSE = "d41d8cd98f00b204e9800998ecf8427e", "aws:kms" }
	parts := func(v *version) { v.ETag = "d41d8cd98f00b204e9800998ecf8427e-3" }
	named := func(id string) func(*version) { return func(v *version) { v.VersionID = id } }
	class := func(class string) func(*version) { return func(v *version) { v.StorageClass = class } }
	tagged := func(v *version) { v.tags = []transship.Tag{{Key: "t", Value: "1"}} }
	both := func(fs ...func(*version)) func(*version) {
		return func(v *version) {
			for _, f := range fs {
				f(v)
			}
		}
	}
	same := func(*version) {}
	left := func(id string) []transship.Result { return []transship.Result{{Succeeded: true, VersionID: id}} }
	tests := []struct {
		name        string
		spec        transship.CopyOperation
		source, dst func(*version)
		previous    []transship.Result
		done        bool
	}{
		{"no version ids, KMS", transship.CopyOperation{}, same, kms, left(""), false},
		{"no version ids, parts", transship.CopyOperation{}, parts, same, left(""), false},
		{"suspended, KMS", transship.CopyOperation{}, same, both(kms, named("null")), left("null"), false},
		{"suspended meanwhile, KMS", transship.CopyOperation{}, same, both(kms, named("null")), left("v7"), false},
		{"an earlier failure may have left something", transship.CopyOperation{}, same, kms, []transship.Result{{HTTPStatus: 503}}, false},
		{"nothing earlier: it can only be this one", transship.CopyOperation{}, same, kms, nil, true},
		{"the same bytes are the same object", transship.CopyOperation{}, same, same, left(""), true},
		{"the same bytes, suspended", transship.CopyOperation{}, same, named("null"), left("null"), true},
		{"the same bytes, but the source has tags", transship.CopyOperation{}, tagged, same, left(""), false},
		{"the same bytes, but the earlier one had tags", transship.CopyOperation{}, same, tagged, left(""), false},
		{"the same bytes, and the job sets the tags", transship.CopyOperation{NewTagging: &[]transship.Tag{}}, tagged, same, left(""), true},
		{"the same bytes of another class", transship.CopyOperation{KeepStorageClass: true}, class("STANDARD_IA"), same, left(""), false},
		{"the same bytes of the same class", transship.CopyOperation{KeepStorageClass: true}, class("STANDARD"), same, left(""), true},
		{"a version of its own, KMS", transship.CopyOperation{}, same, both(kms, named("v8")), left("v7"), true},
		{"a version, but the earlier result's is not known", transship.CopyOperation{}, same, both(kms, named("v8")), left(""), false},
		{"a version, but the earlier task ended nobody knows how", transship.CopyOperation{}, same, both(kms, named("v8")), []transship.Result{{HTTPStatus: 503}}, false},
		{"a version, and the earlier task was refused", transship.CopyOperation{}, same, both(kms, named("v8")), []transship.Result{{HTTPStatus: 404}}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newStore()
			s.put("src", "k", "data", test.source)
			s.put("dst", "k", "data", test.dst)
			_, done, err := newCopy(t, s, test.spec).Reconcile(t.Context(), task("k"), s.now, test.previous)
			if done != test.done || err != nil {
				t.Errorf("done %v, %v; want %v", done, err, test.done)
			}
		})
	}
}

// The time from which a chunk was worked on was taken by its first worker's
// clock, which is not its successor's.
func TestReconcileAfterAWorkerWhoseClockWasAhead(t *testing.T) {
	kms := func(v *version) { v.ETag, v.SSE = "d41d8cd98f00b204e9800998ecf8427e", "aws:kms" }
	tests := []struct {
		name     string
		ahead    time.Duration
		dst      func(*version)
		previous []transship.Result
		done     bool
	}{
		{"seconds ahead", 10 * time.Second, func(*version) {}, nil, true},
		{"nearly a minute ahead", 59 * time.Second, func(*version) {}, nil, true},
		{"beyond what clocks may differ by", 2 * time.Minute, func(*version) {}, nil, false},
		{"an earlier result's version stays its own", 10 * time.Second, func(*version) {}, []transship.Result{{Succeeded: true, VersionID: "v2"}}, false},
		{"what may be older than the chunk must be proven equal", 10 * time.Second, kms, nil, false},
	}
	for _, test := range tests {
		for _, behind := range []bool{false, true} {
			t.Run(test.name+map[bool]string{true: ", behind another version"}[behind], func(t *testing.T) {
				s := newStore()
				s.versioned = true
				s.put("src", "k", "data")
				s.put("dst", "k", "data", test.dst)
				if behind {
					s.put("dst", "k", "other")
				}
				_, done, err := newCopy(t, s, transship.CopyOperation{}).Reconcile(t.Context(), task("k"), s.now.Add(test.ahead), test.previous)
				if done != test.done || err != nil {
					t.Errorf("done %v, %v; want %v", done, err, test.done)
				}
			})
		}
	}
	t.Run("what landed after we looked is named", func(t *testing.T) {
		s := newStore()
		s.versioned = true
		s.put("src", "k", "data")
		earlier := s.put("dst", "k", "else")
		c := newCopy(t, s, transship.CopyOperation{})
		known := []transship.Result{{Succeeded: true, VersionID: earlier.VersionID}}
		if _, done, err := c.Reconcile(t.Context(), task("k"), s.now.Add(10*time.Second), known); done || err != nil {
			t.Fatal(done, err)
		}
		late := s.put("dst", "k", "data")
		r, err := c.Do(t.Context(), task("k"))
		mustSucceed(t, r, err)
		if !strings.Contains(r.Message, late.VersionID) || strings.Contains(r.Message, earlier.VersionID) {
			t.Errorf("message %q, want %s named and %s not", r.Message, late.VersionID, earlier.VersionID)
		}
	})
	t.Run("no time at all excludes nothing", func(t *testing.T) {
		s := newStore()
		s.put("src", "k", "data")
		s.put("dst", "k", "data", kms, func(v *version) { v.LastModified = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC) })
		if _, done, err := newCopy(t, s, transship.CopyOperation{}).Reconcile(t.Context(), task("k"), time.Time{}, nil); !done || err != nil {
			t.Error(done, err)
		}
	})
}
