package operation

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

const mib = 1 << 20

func TestCutIntoParts(t *testing.T) {
	tests := []struct {
		name         string
		size, wanted int64
		parts        int
		part, last   int64
	}{
		{"one byte", 1, 5 * mib, 1, 1, 1},
		{"one below a part", 5*mib - 1, 5 * mib, 1, 5*mib - 1, 5*mib - 1},
		{"exactly a part", 5 * mib, 5 * mib, 1, 5 * mib, 5 * mib},
		{"one above a part", 5*mib + 1, 5 * mib, 2, 5 * mib, 1},
		{"a wish below 5 MiB is raised", 10 * mib, mib, 2, 5 * mib, 5 * mib},
		{"exactly 10,000 parts", 50_000 * mib, 5 * mib, 10_000, 5 * mib, 5 * mib},
		{"one byte more makes parts larger", 50_000*mib + 1, 5 * mib, 8_334, 6 * mib, 2*mib + 1},
		{"nothing", 0, 5 * mib, 0, 0, 0},
		{"over 5 TiB", 8 << 40, 128 * mib, 9_999, 839 * mib, 286 * mib},
		{"48.8 TiB, the most that S3 documents", 50_000_000 * mib, 128 * mib, 10_000, 5_000 * mib, 5_000 * mib},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spans, err := cut(test.size, test.wanted, 5<<30)
			if err != nil || len(spans) != test.parts {
				t.Fatalf("%d parts, %v; want %d", len(spans), err, test.parts)
			}
			var next int64
			for i, s := range spans {
				if s.First != next || s.Number != i+1 || s.Length <= 0 {
					t.Fatalf("part %d is %+v, want it to begin at %d", i+1, s, next)
				}
				next += s.Length
			}
			if next != test.size {
				t.Errorf("parts end at %d, want %d", next, test.size)
			}
			if n := len(spans); n > 0 && (spans[0].Length != test.part || spans[n-1].Length != test.last) {
				t.Errorf("first %d, last %d; want %d, %d", spans[0].Length, spans[n-1].Length, test.part, test.last)
			}
		})
	}
	if _, err := cut(5<<30*maxParts+1, 0, 5<<30); err == nil {
		t.Error("more than 10,000 parts of 5 GiB were cut")
	}
}

func TestPartsStayUnderTheStoresLimit(t *testing.T) {
	spans, err := cut(10*mib, 128*mib, 3*mib)
	if err != nil || len(spans) != 4 || spans[0].Length != 3*mib {
		t.Errorf("%v, %v", spans, err)
	}
	s := newStore() // whose limit the copy does not know beforehand
	s.limit, s.minPart = 3*mib, mib
	s.put("src", "k", strings.Repeat("x", 10*mib))
	r, err := newCopy(t, s, transship.CopyOperation{}, func(cfg *CopyConfig) { cfg.CopyLimit = 0 }).Do(t.Context(), task("k"))
	mustSucceed(t, r, err)
	if len(s.parts) != 4 {
		t.Errorf("%d parts, want 4", len(s.parts))
	}
}

// largeSize takes three parts under a limit of 1 MiB.
const largeSize = 2*mib + mib/2

// large is a store with such an object and limit.
func large(versioned bool) (*store, *version) {
	s := newStore()
	s.versioned, s.limit = versioned, mib
	v := s.put("src", "k", strings.Repeat("0123456789abcdef", largeSize/16), func(v *version) {
		v.ContentType, v.CacheControl, v.StorageClass = "text/x", "no-store", "STANDARD_IA"
		v.UserMetadata = map[string]string{"a": "b"}
		v.tags = []transship.Tag{{Key: "t", Value: "1"}}
		v.ETag = "0123456789abcdef0123456789abcdef-2"
	})
	return s, v
}

func TestTheCopyLimit(t *testing.T) {
	for _, test := range []struct {
		name  string
		size  int
		told  bool
		parts bool
	}{
		{"one below, told", mib - 1, true, false},
		{"at, told", mib, true, false},
		{"above, told", mib + 1, true, true},
		{"at, not told", mib, false, false},
		{"above, not told", mib + 1, false, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStore()
			s.limit, s.minPart = mib, mib
			s.put("src", "k", strings.Repeat("x", test.size))
			tk := task("k")
			if test.told {
				tk.Size = int64(test.size)
			}
			r, err := newCopy(t, s, transship.CopyOperation{}).Do(t.Context(), tk)
			mustSucceed(t, r, err)
			if parts := s.count("UploadPartCopy") > 0; parts != test.parts {
				t.Errorf("in parts: %v, want %v", parts, test.parts)
			}
			if test.told && test.parts && s.count("CopyObject") > 0 {
				t.Error("CopyObject was tried though the size was known")
			}
			if got := len(s.objects["dst/k"][0].data); got != test.size {
				t.Errorf("copied %d bytes of %d", got, test.size)
			}
			if test.parts && r.Size != int64(test.size) {
				t.Errorf("size %d, want %d", r.Size, test.size)
			}
		})
	}
}

func TestACopyInPartsCarriesEverythingOver(t *testing.T) {
	for _, versioned := range []bool{false, true} {
		s, v := large(versioned)
		up := &memory{}
		spec := transship.CopyOperation{KeepStorageClass: true, CannedACL: "bucket-owner-full-control", LegalHold: "ON", SSEKMSKeyID: "k1", TargetKeyPrefix: "p"}
		c := newCopy(t, s, spec, func(cfg *CopyConfig) { cfg.Uploads = up })
		r, err := c.Do(t.Context(), task("k"))
		mustSucceed(t, r, err)
		dst := s.objects["dst/p/k"][0]
		if string(dst.data) != string(v.data) || !reflect.DeepEqual(dst.tags, v.tags) || !reflect.DeepEqual(dst.UserMetadata, v.UserMetadata) ||
			dst.ContentType != "text/x" || dst.CacheControl != "no-store" || dst.StorageClass != "STANDARD_IA" || dst.SSE != "aws:kms" || dst.SSEKMSKeyID != "k1" || dst.LegalHold != "ON" {
			t.Errorf("copy %+v, tags %v", dst.Head, dst.tags)
		}
		if in := s.last["CreateMultipartUpload"].(s3call.CreateUpload); in.ACL != "bucket-owner-full-control" {
			t.Errorf("ACL %q", in.ACL)
		}
		if len(s.parts) != 3 {
			t.Errorf("%d parts, want 3", len(s.parts))
		}
		for _, p := range s.parts {
			if p.SourceIfMatch != v.ETag || p.Source.VersionID != v.VersionID {
				t.Errorf("part %d is not pinned: %+v", p.Number, p)
			}
		}
		if r.Size != largeSize || r.VersionID != dst.VersionID || !strings.HasSuffix(r.ETag, "-3") {
			t.Errorf("result %+v", r)
		}
		if len(up.open) != 0 || len(s.uploads) != 0 {
			t.Errorf("uploads left: %v %v", up.open, s.uploads)
		}
	}
}

func TestPartsKeepNoTagsThatTheJobReplaces(t *testing.T) {
	s, _ := large(false)
	c := newCopy(t, s, transship.CopyOperation{NewTagging: &[]transship.Tag{}, NewMetadata: &transship.NewMetadata{ContentType: "new/type"}})
	r, err := c.Do(t.Context(), task("k"))
	mustSucceed(t, r, err)
	dst := s.objects["dst/k"][0]
	if len(dst.tags) != 0 || dst.ContentType != "new/type" || len(dst.UserMetadata) != 0 || dst.StorageClass != "" || s.count("GetObjectTagging") != 0 {
		t.Errorf("copy %+v, tags %v", dst.Head, dst.tags)
	}
}

func TestPartsLeaveExistingObjectsAlone(t *testing.T) {
	s, v := large(false)
	s.put("dst", "k", string(v.data), func(w *version) { w.Attributes = v.Attributes })
	c := newCopy(t, s, transship.CopyOperation{IfNoneMatch: true})
	tk := task("k")
	tk.Size = v.Size
	r, err := c.Do(t.Context(), tk)
	mustSucceed(t, r, err)
	if !r.Skipped || s.count("CreateMultipartUpload") != 0 {
		t.Errorf("%+v, %v", r, s.calls)
	}
	// One that appears while the parts are copied is left alone, too.
	delete(s.objects, "dst/k")
	s.fault = func(call string, _ bool) error {
		if call == "CompleteMultipartUpload" {
			s.put("dst", "k", "another")
		}
		return nil
	}
	r, err = c.Do(t.Context(), tk)
	if err != nil || r.Succeeded || r.Message != existsOther || string(s.objects["dst/k"][0].data) != "another" || len(s.uploads) != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestPartsThatFail(t *testing.T) {
	tests := []struct {
		name    string
		fault   func(*store) func(string, bool) error
		failed  string // error code; empty: no result
		open    int    // uploads left at the store
		remembd int    // and remembered
	}{
		{"a source that changed is not mixed", func(s *store) func(string, bool) error {
			n := 0
			return func(call string, after bool) error {
				if call == "UploadPartCopy" && !after {
					s.mu.Lock()
					defer s.mu.Unlock()
					if n++; n == 2 {
						s.write("src", "k", make([]byte, largeSize), s3call.Attributes{}, nil, "", "")
					}
				}
				return nil
			}
		}, "PreconditionFailed", 0, 0},
		{"a part that is denied", func(*store) func(string, bool) error {
			return failOn("UploadPartCopy", false, s3err(403, "AccessDenied", "no"), 2)
		}, "AccessDenied", 0, 0},
		{"tags that may not be read", func(*store) func(string, bool) error {
			return failOn("GetObjectTagging", false, s3err(403, "AccessDenied", "no"), 1)
		}, "AccessDenied", 0, 0},
		{"a store that stays faulty", func(*store) func(string, bool) error {
			return failOn("UploadPartCopy", false, s3err(503, "SlowDown", ""), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
		}, "", 0, 0},
		{"an abort that fails stays remembered", func(*store) func(string, bool) error {
			return func(call string, _ bool) error {
				switch call {
				case "UploadPartCopy":
					return s3err(403, "AccessDenied", "no")
				case "AbortMultipartUpload":
					return silent
				}
				return nil
			}
		}, "AccessDenied", 1, 1},
		{"a completion that nobody answers stays remembered", func(*store) func(string, bool) error {
			return failOn("CompleteMultipartUpload", false, silent, 1)
		}, "", 1, 1},
		{"an upload that was swept meanwhile is no failure of the object", func(s *store) func(string, bool) error {
			return func(call string, _ bool) error {
				if call == "CompleteMultipartUpload" {
					s.mu.Lock()
					defer s.mu.Unlock()
					clear(s.uploads)
				}
				return nil
			}
		}, "", 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, _ := large(false)
			s.fault = test.fault(s)
			up := &memory{}
			c := newCopy(t, s, transship.CopyOperation{}, func(cfg *CopyConfig) { cfg.Uploads, cfg.Parallel = up, 1 })
			tk := task("k")
			tk.Size = 12 * mib
			r, err := c.Do(t.Context(), tk)
			if (err == nil) != (test.failed != "") {
				t.Fatalf("%+v, %v", r, err)
			}
			if err == nil && (r.Succeeded || r.ErrorCode != test.failed || r.Message == "") {
				t.Errorf("result %+v", r)
			}
			if len(s.objects["dst/k"]) != 0 {
				t.Error("something was written")
			}
			if len(s.uploads) != test.open || len(up.open) != test.remembd {
				t.Errorf("%d uploads left and %d remembered, want %d and %d", len(s.uploads), len(up.open), test.open, test.remembd)
			}
		})
	}
}

func TestACancelledCopyInPartsIsLeftToTheSweep(t *testing.T) {
	s, _ := large(false)
	ctx, cancel := context.WithCancel(t.Context())
	s.fault = func(call string, _ bool) error {
		if call == "UploadPartCopy" {
			cancel()
			return silent
		}
		return nil
	}
	up := &memory{}
	c := newCopy(t, s, transship.CopyOperation{}, func(cfg *CopyConfig) { cfg.Uploads = up })
	if r, err := c.Do(ctx, task("k")); !errors.Is(err, context.Canceled) {
		t.Fatalf("%+v, %v", r, err)
	}
	if len(up.open) != 1 || s.count("AbortMultipartUpload") != 0 {
		t.Errorf("remembered %v, %v", up.open, s.calls)
	}
	s.fault = nil
	r, err := c.Do(t.Context(), task("k"))
	mustSucceed(t, r, err)
	if len(up.open) != 0 || len(s.uploads) != 0 {
		t.Errorf("left: %v, %v", up.open, s.uploads)
	}
}

func TestPartsAreRepeatedInPassingFaults(t *testing.T) {
	s, v := large(false)
	s.fault = failOn("UploadPartCopy", true, nil)
	n := 0
	s.fault = func(call string, after bool) error {
		if call == "UploadPartCopy" {
			if n++; n%2 == 1 {
				return silent
			}
		}
		return nil
	}
	r, err := newCopy(t, s, transship.CopyOperation{}, func(cfg *CopyConfig) { cfg.Parallel = 1 }).Do(t.Context(), task("k"))
	mustSucceed(t, r, err)
	if string(s.objects["dst/k"][0].data) != string(v.data) {
		t.Error("the copy differs")
	}
}

func TestCompletionWithAnUnknownEnd(t *testing.T) {
	t.Run("500 after it was done is reconciled, and the upload forgotten", func(t *testing.T) {
		s, _ := large(true)
		s.fault = failOn("CompleteMultipartUpload", true, s3err(500, "InternalError", ""), 1)
		up := &memory{}
		c := newCopy(t, s, transship.CopyOperation{}, func(cfg *CopyConfig) { cfg.Uploads = up })
		r := attempt(t, c, task("k"), s.now, nil)
		mustSucceed(t, r, nil)
		if n := len(s.objects["dst/k"]); n != 1 || len(up.open) != 0 || r.VersionID == "" {
			t.Errorf("%d versions, uploads %v, %+v", n, up.open, r)
		}
	})
	t.Run("silence after it was done is reconciled, and the upload forgotten", func(t *testing.T) {
		s, _ := large(true)
		s.fault = failOn("CompleteMultipartUpload", true, silent, 1)
		up := &memory{}
		c := newCopy(t, s, transship.CopyOperation{}, func(cfg *CopyConfig) { cfg.Uploads = up })
		began := s.now
		if _, err := c.Do(t.Context(), task("k")); err == nil {
			t.Fatal("a result without an answer")
		}
		r, done, err := c.Reconcile(t.Context(), task("k"), began, nil)
		if !done {
			t.Fatal("not found done")
		}
		mustSucceed(t, r, err)
		if len(up.open) != 0 || r.Size != largeSize {
			t.Errorf("uploads %v, %+v", up.open, r)
		}
	})
	t.Run("silence before it was done is done again, and the first upload aborted", func(t *testing.T) {
		s, _ := large(false)
		s.fault = failOn("CompleteMultipartUpload", false, silent, 1)
		up := &memory{}
		c := newCopy(t, s, transship.CopyOperation{}, func(cfg *CopyConfig) { cfg.Uploads = up })
		began := s.now
		if _, err := c.Do(t.Context(), task("k")); err == nil {
			t.Fatal("a result without an answer")
		}
		if _, done, err := c.Reconcile(t.Context(), task("k"), began, nil); done || err != nil {
			t.Fatal(done, err)
		}
		r, err := c.Do(t.Context(), task("k"))
		mustSucceed(t, r, err)
		if len(up.open) != 0 || len(s.uploads) != 0 {
			t.Errorf("uploads left: %v %v", up.open, s.uploads)
		}
	})
}

func TestAnUploadThatCannotBeRememberedIsAborted(t *testing.T) {
	s, _ := large(false)
	up := &memory{refu: errors.New("disk full")}
	if _, err := newCopy(t, s, transship.CopyOperation{}, func(cfg *CopyConfig) { cfg.Uploads = up }).Do(t.Context(), task("k")); err == nil {
		t.Fatal("no error")
	}
	if len(s.uploads) != 0 {
		t.Error("the upload was left open")
	}
}

func TestADifferentChecksumOfTheWholeFails(t *testing.T) {
	s, v := large(false)
	v.Checksums = []transship.Checksum{{Algorithm: "SHA256", Value: "AAAAAA==", Type: "FULL_OBJECT"}}
	r, err := newCopy(t, s, transship.CopyOperation{}).Do(t.Context(), task("k"))
	if err != nil || r.Succeeded || r.ErrorCode != "BadDigest" || r.ETag == "" {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestChecksumsOfPartsAreCheckedBeforeTheyAreAnObject(t *testing.T) {
	for _, algorithm := range []string{"CRC32", "CRC64NVME", "SHA256"} {
		for _, test := range []struct {
			name        string
			set         func(*store)
			spec        string
			failed      bool
			asked       string // in the last upload
			uploadsMade int
		}{
			{"a store that counts right", func(*store) {}, "", false, algorithm, 1},
			{"a store that copies the whole's checksum is asked without", func(s *store) { s.lazy = true }, "", false, "", 2},
			{"unless the job asks for it", func(s *store) { s.lazy = true }, algorithm, true, algorithm, 1},
			{"a store that tells nothing", func(s *store) { s.noSums = true }, "", false, algorithm, 1},
		} {
			s, v := large(false)
			v.Checksums = []transship.Checksum{sumOf(algorithm, string(v.data))}
			test.set(s)
			r, err := newCopy(t, s, transship.CopyOperation{ChecksumAlgorithm: test.spec}).Do(t.Context(), task("k"))
			if err != nil || r.Succeeded == test.failed || test.failed && r.ErrorCode != "BadDigest" {
				t.Errorf("%s, %s: %+v, %v", algorithm, test.name, r, err)
			}
			if got := s.last["CreateMultipartUpload"].(s3call.CreateUpload).ChecksumAlgorithm; got != test.asked || s.count("CreateMultipartUpload") != test.uploadsMade {
				t.Errorf("%s, %s: asked for %q in upload %d", algorithm, test.name, got, s.count("CreateMultipartUpload"))
			}
			if test.failed && len(s.objects["dst/k"]) != 0 || len(s.uploads) != 0 {
				t.Errorf("%s, %s: something was left", algorithm, test.name)
			}
		}
	}
	s, v := large(false)
	s.wrong = true
	v.Checksums = []transship.Checksum{sumOf("CRC32", string(v.data))}
	r, err := newCopy(t, s, transship.CopyOperation{ChecksumAlgorithm: "CRC32"}).Do(t.Context(), task("k"))
	if err != nil || r.ErrorCode != "BadDigest" || len(s.objects["dst/k"]) != 0 {
		t.Errorf("wrong checksums of parts: %+v, %v", r, err)
	}
}

func TestSweepUploads(t *testing.T) {
	s := newStore()
	up := &memory{}
	var left []s3call.Upload
	for _, key := range []string{"a", "b", "c"} {
		u, _ := s.CreateMultipartUpload(t.Context(), s3call.CreateUpload{Bucket: "dst", Key: key})
		_ = up.Began(t.Context(), u)
		left = append(left, u)
	}
	delete(s.uploads, left[1].ID) // was completed after all
	s.fault = failOn("AbortMultipartUpload", false, s3err(403, "AccessDenied", "no"), 3)
	err := SweepUploads(t.Context(), s, up, left, s.now)
	if err == nil || !strings.Contains(err.Error(), "dst/c") {
		t.Errorf("error %v, want one that names dst/c", err)
	}
	if len(up.open) != 1 || !up.open[left[2]] || len(s.uploads) != 1 {
		t.Errorf("remembered %v, at the store %v", up.open, s.uploads)
	}
}

func TestAnUploadThatNobodyCouldNameIsSwept(t *testing.T) {
	ask := func(t *testing.T, s *store, c *Copy, ok bool) {
		t.Helper()
		tk := task("k")
		tk.Size = largeSize
		if r, err := c.Do(t.Context(), tk); (err == nil && r.Succeeded) != ok {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	sweep := func(t *testing.T, s *store, up *memory, since time.Time) {
		t.Helper()
		var left []s3call.Upload
		for u := range up.open {
			left = append(left, u)
		}
		if err := SweepUploads(t.Context(), s, up, left, since); err != nil {
			t.Fatal(err)
		}
	}
	for name, again := range map[string]func(t *testing.T, s *store, c *Copy, up *memory){
		"the job ends without another attempt": func(*testing.T, *store, *Copy, *memory) {},
		"the same process does it again":       func(t *testing.T, s *store, c *Copy, _ *memory) { ask(t, s, c, true) },
		"another process does it again": func(t *testing.T, s *store, _ *Copy, up *memory) {
			c := newCopy(t, s, transship.CopyOperation{}, func(cfg *CopyConfig) { cfg.Uploads = up })
			tk := task("k")
			tk.Size = largeSize
			if _, done, err := c.Reconcile(t.Context(), tk, s.now, nil); done || err != nil {
				t.Fatal(done, err)
			}
			ask(t, s, c, true)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := large(false)
			s.fault = failOn("CreateMultipartUpload", true, silent, 1)
			up := &memory{}
			c := newCopy(t, s, transship.CopyOperation{}, func(cfg *CopyConfig) { cfg.Uploads = up })
			ask(t, s, c, false)
			again(t, s, c, up)
			foreign, err := s.CreateMultipartUpload(t.Context(), s3call.CreateUpload{Bucket: "dst", Key: "k2"})
			if err != nil {
				t.Fatal(err)
			}
			if len(s.uploads) != 2 {
				t.Fatalf("at the store: %v", s.uploads)
			}
			sweep(t, s, up, s.now)
			if len(up.open) != 0 || len(s.uploads) != 1 || s.uploads[foreign.ID] == nil {
				t.Errorf("remembered %v, at the store %v", up.open, s.uploads)
			}
		})
	}
	t.Run("one from before the job stays", func(t *testing.T) {
		s, _ := large(false)
		s.fault = failOn("CreateMultipartUpload", true, silent, 1)
		up := &memory{}
		ask(t, s, newCopy(t, s, transship.CopyOperation{}, func(cfg *CopyConfig) { cfg.Uploads = up }), false)
		sweep(t, s, up, s.now.Add(time.Hour))
		if len(s.uploads) != 1 {
			t.Errorf("at the store: %v", s.uploads)
		}
	})
}

// MinIO makes no checksum of a part that it copies, and then misses it.
func TestPartsAreCopiedAgainWithoutChecksumWhereTheStoreMissesThem(t *testing.T) {
	data := strings.Repeat("0123456789abcdef", largeSize/16)
	s := newStore()
	s.noSums, s.missing = true, true
	s.put("src", "k", data, func(v *version) { v.Checksums = []transship.Checksum{sumOf("CRC32C", data)} })
	c := newCopy(t, s, transship.CopyOperation{}, func(cfg *CopyConfig) { cfg.CopyLimit, cfg.PartSize = mib, mib })
	tk := task("k")
	tk.Size = largeSize
	r, err := c.Do(t.Context(), tk)
	mustSucceed(t, r, err)
	if n := s.count("CreateMultipartUpload"); n != 2 || len(s.uploads) != 0 || string(s.objects["dst/k"][0].data) != data {
		t.Errorf("%d uploads, %d left open", n, len(s.uploads))
	}
}
