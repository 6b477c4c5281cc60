package operation

import (
	"strings"
	"testing"
	"time"

	"github.com/transship/transship"
)

func TestReconcile(t *testing.T) {
	since := time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC) // newStore's start
	long := since.Add(-time.Hour)
	src := func(v *version) {
		v.ContentType, v.UserMetadata = "a/b", map[string]string{"m": "1"}
		v.tags = []transship.Tag{{Key: "t", Value: "1"}}
	}
	equal := func(v *version) { v.ContentType, v.UserMetadata = "a/b", map[string]string{"m": "1"} }
	tests := []struct {
		name     string
		spec     transship.CopyOperation
		source   func(*version)
		existing func(*store)
		previous []transship.Result
		done     bool
	}{
		{"absent is not done", transship.CopyOperation{}, src, func(*store) {}, nil, false},
		{"equal and new is done", transship.CopyOperation{}, src, func(s *store) { s.put("dst", "k", "data", equal) }, nil, true},
		{"equal but from before is not", transship.CopyOperation{}, src, func(s *store) {
			s.put("dst", "k", "data", equal, func(v *version) { v.LastModified = long })
		}, nil, false},
		{"a second earlier counts, for the store's dates have seconds", transship.CopyOperation{}, src, func(s *store) {
			s.put("dst", "k", "data", equal, func(v *version) { v.LastModified = since.Add(-time.Second) })
		}, nil, true},
		{"another size is not done", transship.CopyOperation{}, src, func(s *store) { s.put("dst", "k", "dat", equal) }, nil, false},
		{"another ETag is not done", transship.CopyOperation{}, src, func(s *store) { s.put("dst", "k", "DATA", equal) }, nil, false},
		{"an ETag of parts says nothing", transship.CopyOperation{}, src, func(s *store) {
			s.put("dst", "k", "data", equal, func(v *version) { v.ETag = "d41d8cd98f00b204e9800998ecf8427e-3" })
		}, nil, true},
		{"an ETag under KMS says nothing", transship.CopyOperation{}, src, func(s *store) {
			s.put("dst", "k", "data", equal, func(v *version) { v.ETag, v.SSE = "d41d8cd98f00b204e9800998ecf8427e", "aws:kms" })
		}, nil, true},
		{"another checksum is not done", transship.CopyOperation{}, func(v *version) {
			src(v)
			v.Checksums = []transship.Checksum{{Algorithm: "CRC32", Value: "AAAAAA=="}}
		}, func(s *store) {
			s.put("dst", "k", "data", equal, func(v *version) { v.Checksums = []transship.Checksum{{Algorithm: "CRC32", Value: "BBBBBB=="}} })
		}, nil, false},
		{"a composite checksum says nothing", transship.CopyOperation{}, func(v *version) {
			src(v)
			v.Checksums = []transship.Checksum{{Algorithm: "CRC32", Value: "AAAAAA==-2", Type: "COMPOSITE"}}
		}, func(s *store) {
			s.put("dst", "k", "data", equal, func(v *version) { v.Checksums = []transship.Checksum{{Algorithm: "CRC32", Value: "BBBBBB=="}} })
		}, nil, true},
		{"other user metadata is not done", transship.CopyOperation{}, src, func(s *store) {
			s.put("dst", "k", "data", equal, func(v *version) { v.UserMetadata = map[string]string{"m": "2"} })
		}, nil, false},
		{"another content type is not done", transship.CopyOperation{}, src, func(s *store) {
			s.put("dst", "k", "data", equal, func(v *version) { v.ContentType = "x" })
		}, nil, false},
		{"metadata is compared with what the job sets", transship.CopyOperation{NewMetadata: &transship.NewMetadata{ContentType: "n", UserMetadata: map[string]string{"N": "1"}}}, src, func(s *store) {
			s.put("dst", "k", "data", func(v *version) { v.ContentType, v.UserMetadata = "n", map[string]string{"n": "1"} })
		}, nil, true},
		{"a version of another result is not this one's", transship.CopyOperation{}, src, func(s *store) {
			s.put("dst", "k", "data", equal, func(v *version) { v.VersionID = "mine" })
		}, []transship.Result{{VersionID: "mine"}}, false},
		{"a null version of the same bytes is as good", transship.CopyOperation{}, func(v *version) { src(v); v.tags = nil }, func(s *store) {
			s.put("dst", "k", "data", equal, func(v *version) { v.VersionID = "null" })
		}, []transship.Result{{VersionID: "null"}}, true},
		{"behind another version it is found", transship.CopyOperation{}, src, func(s *store) {
			s.versioned = true
			s.put("dst", "k", "data", equal)
			s.put("dst", "k", "later task of the key", equal)
		}, nil, true},
		{"behind another version, but of another result", transship.CopyOperation{}, src, func(s *store) {
			s.versioned = true
			s.ids = 40
			s.put("dst", "k", "data", equal)
			s.put("dst", "k", "other", equal)
		}, []transship.Result{{VersionID: "v41"}}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newStore()
			s.put("src", "k", "data", test.source, func(v *version) { v.LastModified = long })
			test.existing(s)
			r, done, err := newCopy(t, s, test.spec).Reconcile(t.Context(), task("k"), since, test.previous)
			if err != nil || done != test.done {
				t.Fatalf("done %v, %v; want %v", done, err, test.done)
			}
			if done && (!r.Succeeded || r.HTTPStatus != 200 || r.ETag == "" || r.Size != 4 || r.Message == "" || r.RawKey != "raw k") {
				t.Errorf("result %+v", r)
			}
			for _, call := range s.calls {
				if call == "CopyObject" || call == "PutObject" {
					t.Error("it wrote")
				}
			}
		})
	}
}

func TestReconcileKnowsTheStoresClock(t *testing.T) {
	s := newStore()
	s.put("src", "k", "data")
	s.put("dst", "k", "data")
	ahead := 3 * time.Hour // this machine's clock
	c := newCopy(t, s, transship.CopyOperation{}, func(cfg *CopyConfig) { cfg.Now = func() time.Time { return s.now.Add(ahead) } })
	if _, done, _ := c.Reconcile(t.Context(), task("k"), s.now.Add(ahead), nil); !done {
		t.Error("an attempt of a moment ago was not found")
	}
	s.now = s.now.Add(workerSkew + 2*time.Second)
	if _, done, _ := c.Reconcile(t.Context(), task("k"), s.now.Add(ahead), nil); done {
		t.Error("an object of a minute ago was taken for an attempt of now")
	}
}

func TestReconcileWhatCannotBeSeen(t *testing.T) {
	for _, test := range []struct {
		name    string
		call    string
		err     error
		unknown bool
	}{
		{"a destination that may not be read shows nothing", "HeadObject dst", s3err(403, "", ""), false},
		{"a destination that does not answer is asked later", "HeadObject dst", silent, true},
		{"a source that is gone shows nothing", "HeadObject src", s3err(404, "", ""), false},
		{"a source that is faulty is asked later", "HeadObject src", s3err(503, "SlowDown", ""), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStore()
			s.put("src", "k", "data")
			s.put("dst", "k", "data")
			s.fault = failOn(test.call, false, test.err, 1, 2, 3, 4, 5)
			_, done, err := newCopy(t, s, transship.CopyOperation{}).Reconcile(t.Context(), task("k"), time.Time{}, nil)
			if done || (err != nil) != test.unknown {
				t.Errorf("done %v, %v", done, err)
			}
		})
	}
	t.Run("one passing fault is not noticed", func(t *testing.T) {
		s := newStore()
		s.put("src", "k", "data")
		s.put("dst", "k", "data")
		s.fault = failOn("HeadObject dst", false, silent, 1)
		if _, done, err := newCopy(t, s, transship.CopyOperation{}).Reconcile(t.Context(), task("k"), time.Time{}, nil); !done || err != nil {
			t.Errorf("done %v, %v", done, err)
		}
	})
}

// lost copies an object whose answer is lost, after or before it was done.
func lost(t *testing.T, s *store, after bool) *Copy {
	t.Helper()
	s.put("src", "k", "data")
	s.fault = failOn("CopyObject", after, silent, 1)
	c := newCopy(t, s, transship.CopyOperation{})
	if r, err := c.Do(t.Context(), task("k")); err == nil {
		t.Fatalf("a result without an answer: %+v", r)
	}
	return c
}

func TestRepeatsIntoAVersionedBucket(t *testing.T) {
	versionsOf := func(s *store) int { return len(s.objects["dst/k"]) }
	t.Run("what was done is found and makes no second version", func(t *testing.T) {
		s := newStore()
		s.versioned = true
		c := lost(t, s, true)
		r, done, err := c.Reconcile(t.Context(), task("k"), s.now, nil)
		if !done {
			t.Fatal("not found done")
		}
		mustSucceed(t, r, err)
		if versionsOf(s) != 1 || r.VersionID != s.objects["dst/k"][0].VersionID {
			t.Errorf("%d versions, %+v", versionsOf(s), r)
		}
	})
	t.Run("what landed after we looked is named", func(t *testing.T) {
		s := newStore()
		s.versioned = true
		c := lost(t, s, false)
		since := s.now
		if _, done, err := c.Reconcile(t.Context(), task("k"), since, nil); done || err != nil {
			t.Fatal(done, err)
		}
		late := s.put("dst", "k", "data")
		r, err := c.Do(t.Context(), task("k"))
		mustSucceed(t, r, err)
		if want := "version " + late.VersionID + " may be its duplicate"; !strings.Contains(r.Message, want) || !strings.Contains(r.Message, doneAgain) {
			t.Errorf("message %q, want %q", r.Message, want)
		}
		r, err = c.Do(t.Context(), task("k"))
		mustSucceed(t, r, err)
		if r.Message != "" {
			t.Errorf("the doubt was not forgotten: %q", r.Message)
		}
	})
	t.Run("a repeat without a twin says that it is one", func(t *testing.T) {
		s := newStore()
		s.versioned = true
		c := lost(t, s, false)
		r, err := c.Do(t.Context(), task("k"))
		mustSucceed(t, r, err)
		if r.Message != doneAgain {
			t.Errorf("message %q", r.Message)
		}
	})
	t.Run("a successor that finds nothing and leaves no twin says nothing", func(t *testing.T) {
		s := newStore()
		s.versioned = true
		s.put("src", "k", "data")
		c := newCopy(t, s, transship.CopyOperation{})
		if _, done, err := c.Reconcile(t.Context(), task("k"), s.now, nil); done || err != nil {
			t.Fatal(done, err)
		}
		r, err := c.Do(t.Context(), task("k"))
		mustSucceed(t, r, err)
		if r.Message != "" {
			t.Errorf("message %q", r.Message)
		}
	})
	t.Run("a store that lists no versions to us leaves it open", func(t *testing.T) {
		s := newStore()
		s.versioned = true
		c := lost(t, s, false)
		s.fault = failOn("ListObjectVersions", false, s3err(403, "AccessDenied", ""), 1)
		r, err := c.Do(t.Context(), task("k"))
		mustSucceed(t, r, err)
		if r.Message != doneAgain+unseenTwins {
			t.Errorf("message %q", r.Message)
		}
	})
	t.Run("without versions a repeat overwrites and says nothing", func(t *testing.T) {
		s := newStore()
		c := lost(t, s, true)
		r, err := c.Do(t.Context(), task("k"))
		mustSucceed(t, r, err)
		if r.Message != "" || versionsOf(s) != 1 {
			t.Errorf("message %q, %d versions", r.Message, versionsOf(s))
		}
	})
	t.Run("500 after it was done makes no second version", func(t *testing.T) {
		s := newStore()
		s.versioned = true
		s.put("src", "k", "data")
		s.fault = failOn("CopyObject", true, s3err(500, "InternalError", ""), 1)
		r := attempt(t, newCopy(t, s, transship.CopyOperation{}), task("k"), s.now, nil)
		mustSucceed(t, r, nil)
		if versionsOf(s) != 1 || r.Message != reconciled {
			t.Errorf("%d versions, %q", versionsOf(s), r.Message)
		}
	})
	t.Run("two versions of a key that were both done unrecorded are both found", func(t *testing.T) {
		s := newStore()
		s.versioned = true
		v1, v2 := s.put("src", "k", "one!"), s.put("src", "k", "two!")
		since := s.now
		t1, t2 := task("k"), task("k")
		t1.VersionID, t2.VersionID = v1.VersionID, v2.VersionID
		first := newCopy(t, s, transship.CopyOperation{})
		for _, tk := range []transship.Task{t1, t2} {
			r, err := first.Do(t.Context(), tk)
			mustSucceed(t, r, err)
		}
		second := newCopy(t, s, transship.CopyOperation{})
		r1, done1, _ := second.Reconcile(t.Context(), t1, since, nil)
		r2, done2, _ := second.Reconcile(t.Context(), t2, since, []transship.Result{r1})
		if !done1 || !done2 || r1.VersionID == r2.VersionID || versionsOf(s) != 2 {
			t.Errorf("%v %v %+v %+v", done1, done2, r1, r2)
		}
	})
}

func TestReconcileOfTasksThatNeedNoCall(t *testing.T) {
	s := newStore()
	r, done, err := newCopy(t, s, transship.CopyOperation{}).Reconcile(t.Context(), transship.Task{IsDeleteMarker: true}, time.Time{}, nil)
	if !done || err != nil || !r.Skipped || len(s.calls) != 0 {
		t.Errorf("%+v %v %v", r, done, err)
	}
}
