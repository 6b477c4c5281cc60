package inventory

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

func folders(n int) (keys []string) {
	for i := range n {
		keys = append(keys, fmt.Sprintf("photos/%02d/%02d/img-%05d.jpg", i%7, i%31, i))
	}
	return keys
}

func flat(n int) (keys []string) {
	for i := range n {
		keys = append(keys, fmt.Sprintf("%08x", i*2654435761%(1<<32)))
	}
	return keys
}

// odd are keys that break careless code.
func odd() []string {
	return []string{"a", "a/b", "a//b", "a/../b", "a/", "/", "//", "/a", " ", "+", "%", "a b", "a+b", "ä", "日本/語", "\U0010ffff", "~", "\x01",
		"a/b/c/d/e/f/g/h", "a-b", "a.b", strings.Repeat("k", 1024), "z/\U0001f600", "z/\uffff", "\u007f"}
}

func random(n int) (keys []string) {
	r := rand.New(rand.NewPCG(1, 2))
	for range n {
		var b strings.Builder
		for range 1 + r.IntN(6) {
			b.WriteString([]string{"a", "b", "/", "zz", "é", "0", "\U0001f600", "-"}[r.IntN(8)])
		}
		keys = append(keys, b.String())
	}
	return keys
}

func TestListerGivesEveryKeyOnceInOrder(t *testing.T) {
	tests := []struct {
		name   string
		store  *store
		prefix string
	}{
		{"an empty bucket", bucketOf(), ""},
		{"a single key", bucketOf("a"), ""},
		{"folders in folders", bucketOf(folders(5000)...), ""},
		{"a flat bucket", bucketOf(flat(5000)...), ""},
		{"odd keys", bucketOf(odd()...), ""},
		{"odd keys among many", bucketOf(append(odd(), flat(2000)...)...), ""},
		{"random keys", bucketOf(random(5000)...), ""},
		{"a prefix that is a folder", bucketOf(append(odd(), folders(3000)...)...), "photos/03/"},
		{"a prefix that is no folder", bucketOf(append(odd(), folders(3000)...)...), "photos/0"},
		{"a prefix that nothing has", bucketOf(folders(300)...), "x"},
	}
	for _, test := range tests {
		for _, parallel := range []int{1, 2, 8} {
			for _, page := range []int{1, 3, 100, 1000} {
				if page == 1 && len(test.store.objects) > 100 {
					continue
				}
				t.Run(fmt.Sprintf("%s, %d ranges, %d a page", test.name, parallel, page), func(t *testing.T) {
					l := Lister{Store: test.store, Parallel: parallel, PageSize: page}
					var got []string
					for o, err := range l.Objects(t.Context(), Scope{Bucket: "photos", Prefix: test.prefix}) {
						if err != nil {
							t.Fatal(err)
						}
						got = append(got, o.Key)
					}
					var want []string
					for _, o := range test.store.objects {
						if strings.HasPrefix(o.Key, test.prefix) {
							want = append(want, o.Key)
						}
					}
					if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
						t.Errorf("got %d keys, want %d", len(got), len(want))
					}
				})
			}
		}
	}
}

func TestListerGivesVersionsNewestFirst(t *testing.T) {
	for _, versions := range []int{1, 3, 25} {
		for _, page := range []int{2, 7, 50} {
			s := versionsOf(versions, append(odd(), folders(300)...)...)
			l := Lister{Store: s, Parallel: 4, PageSize: page}
			i := 0
			for o, err := range l.Objects(t.Context(), Scope{Bucket: "photos", Versions: true}) {
				if err != nil {
					t.Fatal(err)
				}
				if want := s.objects[i]; o != want {
					t.Fatalf("entry %d of %d versions, %d a page: got %q %s, want %q %s", i, versions, page, o.Key, o.VersionID, want.Key, want.VersionID)
				}
				i++
			}
			if i != len(s.objects) {
				t.Errorf("got %d of %d", i, len(s.objects))
			}
		}
	}
}

func TestListerUsesSeveralRanges(t *testing.T) {
	s := bucketOf(folders(20_000)...)
	together := make(chan struct{})
	var once sync.Once
	s.spoil = func(n int64, _ *s3call.Page) error {
		if s.running.Load() >= 4 {
			once.Do(func() { close(together) })
		}
		if n == 1 {
			return nil
		}
		select { // later pages wait until four calls run at once
		case <-together:
			return nil
		case <-time.After(10 * time.Second):
			return errors.New("four calls never ran at once")
		}
	}
	l := Lister{Store: s, Parallel: 8, PageSize: 100}
	for _, err := range l.Objects(t.Context(), Scope{Bucket: "photos"}) {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestListerWaitsForItsTaker: however large the bucket, only so many pages are
// listed ahead.
func TestListerWaitsForItsTaker(t *testing.T) {
	for _, keys := range [][]string{folders(20_000), flat(20_000)} {
		synctest.Test(t, func(t *testing.T) {
			s := bucketOf(keys...)
			l := Lister{Store: s, Parallel: 4, PageSize: 10}
			n := 0
			for _, err := range l.Objects(t.Context(), Scope{Bucket: "photos"}) {
				if err != nil {
					t.Fatal(err)
				}
				if n++; n == 1 || n == 10_000 {
					before := s.pages.Load() - int64(n/10)
					synctest.Wait()
					if ahead := s.pages.Load() - int64(n/10); ahead > 2*pagesAhead*4+pagesAhead+100 || ahead < before {
						t.Errorf("after %d keys %d pages had been listed ahead", n, ahead)
					}
				}
			}
			t.Logf("%d calls, %d pages of keys", s.calls.Load(), s.pages.Load())
		})
	}
}

func TestListerOfASmallBucketMakesOneCall(t *testing.T) {
	s := bucketOf(folders(900)...)
	l := Lister{Store: s}
	for _, err := range l.Objects(t.Context(), Scope{Bucket: "photos"}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if n := s.calls.Load(); n != 1 {
		t.Errorf("%d calls", n)
	}
}

func TestListerFails(t *testing.T) {
	refused := &transship.Error{Code: transship.Denied, S3Code: "AccessDenied", Status: 403}
	tests := []struct {
		name     string
		versions bool
		spoil    func(n int64, page *s3call.Page) error
		code     transship.Code
		says     string
	}{
		{"when the first page fails", false, func(int64, *s3call.Page) error { return refused }, transship.Denied, "AccessDenied"},
		{"when a late page fails", false, func(n int64, _ *s3call.Page) error {
			if n > 10 {
				return refused
			}
			return nil
		}, transship.Denied, "AccessDenied"},
		{"when a page is out of order", false, func(n int64, p *s3call.Page) error {
			if len(p.Objects) > 2 {
				p.Objects[0], p.Objects[1] = p.Objects[1], p.Objects[0]
			}
			return nil
		}, transship.Damaged, "came after"},
		{"when a key is repeated", false, func(n int64, p *s3call.Page) error {
			if n > 5 && len(p.Objects) > 2 {
				p.Objects[1] = p.Objects[0]
			}
			return nil
		}, transship.Damaged, "repeated"},
		{"when a page begins where the last one began", false, func(n int64, p *s3call.Page) error {
			if n > 5 && len(p.Objects) > 0 {
				p.Objects[0].Key = "photos/00/"
			}
			return nil
		}, transship.Damaged, "came after"},
		{"when a key is outside of the prefix", false, func(n int64, p *s3call.Page) error {
			if n > 5 && len(p.Objects) > 0 {
				p.Objects[len(p.Objects)-1].Key = "z"
			}
			return nil
		}, transship.Damaged, "outside of the prefix"},
		{"when the token does not change", false, func(n int64, p *s3call.Page) error {
			p.Token = "token:photos/00"
			return nil
		}, transship.Damaged, "came after"},
		{"when empty pages give the same token", false, func(n int64, p *s3call.Page) error {
			*p = s3call.Page{Truncated: true, Token: "token:q"}
			return nil
		}, transship.Damaged, "token again"},
		{"when more is promised without a token", false, func(n int64, p *s3call.Page) error {
			p.Token = ""
			return nil
		}, transship.Damaged, "no token"},
		{"when more versions are promised without a marker", true, func(n int64, p *s3call.Page) error {
			p.NextKeyMarker = ""
			return nil
		}, transship.Damaged, "no key marker"},
		{"when the key marker goes back", true, func(n int64, p *s3call.Page) error {
			p.NextKeyMarker = "a"
			return nil
		}, transship.Damaged, "was to begin"},
		{"when a version is repeated", true, func(n int64, p *s3call.Page) error {
			if len(p.Objects) > 1 {
				p.Objects[1] = p.Objects[0]
			}
			return nil
		}, transship.Damaged, "repeated"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := versionsOf(2, folders(2000)...)
			s.spoil = test.spoil
			l := Lister{Store: s, Parallel: 4, PageSize: 50}
			var failed error
			for _, err := range l.Objects(t.Context(), Scope{Bucket: "photos", Prefix: "photos/", Versions: test.versions}) {
				failed = err
			}
			if transship.CodeOf(failed) != test.code || !strings.Contains(fmt.Sprint(failed), test.says) {
				t.Errorf("got %v; want %s, %q", failed, test.code, test.says)
			}
		})
	}
}

func TestListerEndsWhenItsTakerOrContextDoes(t *testing.T) {
	s := bucketOf(folders(5000)...)
	l := Lister{Store: s, Parallel: 4, PageSize: 10}
	n := 0
	for range l.Objects(t.Context(), Scope{Bucket: "photos"}) {
		if n++; n == 25 {
			break
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	n = 0
	for _, err := range l.Objects(ctx, Scope{Bucket: "photos"}) {
		last = err
		if n++; n == 25 {
			cancel()
		}
	}
	if !errors.Is(last, context.Canceled) || n > 4000 {
		t.Errorf("after %d keys: %v", n, last)
	}
	if s.running.Load() != 0 {
		t.Error("calls still run")
	}
}
