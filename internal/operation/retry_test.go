package operation

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// The clients that a job gets make each write once. Its attempts are made here.
func TestEachWriteHasItsAttempts(t *testing.T) {
	writes := []struct {
		call   string
		size   int
		stream bool
	}{
		{"CopyObject", 4, false},
		{"PutObject", 4, true},
		{"CreateMultipartUpload", largeSize, false},
		{"UploadPartCopy", largeSize, false},
		{"UploadPart", largeSize, true},
		{"CompleteMultipartUpload", largeSize, false},
		{"AbortMultipartUpload", largeSize, false},
	}
	for _, w := range writes {
		for _, status := range []int{429, 503, 500, 502, 504} {
			for _, passes := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s answers %d, passing %v", w.call, status, passes), func(t *testing.T) {
					s := newStore()
					s.limit = mib
					s.put("src", "k", strings.Repeat("x", w.size))
					faults := []int{1, 2, 3, 4}
					if !passes {
						faults = append(faults, 5)
					}
					fault := failOn(w.call, false, s3err(status, "", ""), faults...)
					s.fault = func(call string, after bool) error {
						if w.call == "AbortMultipartUpload" && call == "UploadPartCopy" {
							return s3err(403, "AccessDenied", "no") // so that there is something to abort
						}
						return fault(call, after)
					}
					var waits []time.Duration
					up := &memory{}
					c := newCopy(t, s, transship.CopyOperation{Stream: w.stream}, func(cfg *CopyConfig) {
						cfg.PutLimit, cfg.PartSize, cfg.Parallel, cfg.Uploads = mib, mib, 1, up
						cfg.Sleep = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
					})
					r, err := c.Do(t.Context(), task("k"))
					if n := s.count(w.call); n < 5 || passes && n > 5+2 { // a copy has three parts
						t.Errorf("%d calls, want 5 for the one that fails", n)
					}
					// Random answers the most that it may: full jitter of a doubling time.
					want := []time.Duration{firstWait, 2 * firstWait, 4 * firstWait, 8 * firstWait}
					if fmt.Sprint(waits) != fmt.Sprint(want) {
						t.Errorf("waits %v, want %v", waits, want)
					}
					switch {
					case w.call == "AbortMultipartUpload":
						if err != nil || r.ErrorCode != "AccessDenied" || (len(s.uploads) == 0) != passes || (len(up.open) == 0) != passes {
							t.Errorf("%+v, %v; at the store %v, remembered %v", r, err, s.uploads, up.open)
						}
					case passes:
						mustSucceed(t, r, err)
						if n := len(s.objects["dst/k"]); n != 1 {
							t.Errorf("%d objects", n)
						}
					case err == nil:
						t.Errorf("a row without an answer: %+v", r)
					}
				})
			}
		}
	}
}

// An upload whose begin was answered by 500 may be there without a name. It stays
// remembered for the sweep by its key, also when others of the key end well.
func TestAnUploadThatWasBegunTwiceIsSwept(t *testing.T) {
	for name, earlier := range map[string]bool{"the begin was asked again": false, "a worker before this one may have begun it": true} {
		t.Run(name, func(t *testing.T) {
			s, _ := large(true)
			up := &memory{}
			v2 := s.put("src", "k", strings.Repeat("y", largeSize))
			c := newCopy(t, s, transship.CopyOperation{}, func(cfg *CopyConfig) { cfg.Uploads = up })
			since := s.now
			if earlier {
				meant := s3call.Upload{Bucket: "dst", Key: "k"}
				_ = up.Began(t.Context(), meant)
				if _, err := s.CreateMultipartUpload(t.Context(), s3call.CreateUpload{Bucket: "dst", Key: "k"}); err != nil {
					t.Fatal(err)
				}
				if _, done, err := c.Reconcile(t.Context(), task("k"), since, nil); done || err != nil {
					t.Fatal(done, err)
				}
			} else {
				s.fault = failOn("CreateMultipartUpload", true, s3err(500, "InternalError", ""), 1)
			}
			for _, version := range []string{"", v2.VersionID} {
				tk := task("k")
				tk.VersionID = version
				r, err := c.Do(t.Context(), tk)
				mustSucceed(t, r, err)
			}
			if len(s.uploads) != 1 {
				t.Fatalf("at the store: %v", s.uploads)
			}
			var left []s3call.Upload
			for u := range up.open {
				left = append(left, u)
			}
			if err := SweepUploads(t.Context(), s, up, left, since); err != nil {
				t.Fatal(err)
			}
			if len(s.uploads) != 0 || len(up.open) != 0 {
				t.Errorf("at the store %v, remembered %v", s.uploads, up.open)
			}
		})
	}
}
