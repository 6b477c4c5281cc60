package verify

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// object is one object of a test's side.
type object struct {
	key   string
	size  int64
	etag  string
	head  s3call.Head // Size and ETag are filled in
	tags  []transship.Tag
	err   error // HEAD's
	body  string
	cut   int   // the body breaks off after so many bytes; 0: it does not
	tagsE error // tagging's
}

// side is a store in memory.
type side struct {
	objects []object
	listErr error // after the last object
	running atomic.Int64
	most    atomic.Int64
	heads   atomic.Int64
}

func (s *side) list() iter.Seq2[transship.Object, error] {
	return func(yield func(transship.Object, error) bool) {
		for _, o := range s.objects {
			if !yield(transship.Object{Key: o.key, Size: o.size, ETag: o.etag, IsLatest: true}, nil) {
				return
			}
		}
		if s.listErr != nil {
			yield(transship.Object{}, s.listErr)
		}
	}
}

func (s *side) find(key string) *object {
	i := slices.IndexFunc(s.objects, func(o object) bool { return o.key == key })
	return &s.objects[i]
}

func (s *side) HeadObject(ctx context.Context, g s3call.Get) (s3call.Head, error) {
	now := s.running.Add(1)
	defer s.running.Add(-1)
	s.heads.Add(1)
	for most := s.most.Load(); now > most && !s.most.CompareAndSwap(most, now); most = s.most.Load() {
	}
	o := s.find(g.Key)
	if o.err != nil {
		return s3call.Head{}, o.err
	}
	head := o.head
	if head.Size == 0 {
		head.Size = o.size
	}
	if head.ETag == "" {
		head.ETag = o.etag
	}
	return head, ctx.Err()
}

func (s *side) GetObjectTagging(_ context.Context, r s3call.Ref) ([]transship.Tag, error) {
	o := s.find(r.Key)
	return o.tags, o.tagsE
}

func (s *side) GetObject(_ context.Context, g s3call.Get) (*s3call.Body, error) {
	o := s.find(g.Key)
	if g.IfMatch != o.etag {
		return nil, &transship.Error{Code: transship.Precondition, S3Code: "PreconditionFailed", Status: 412}
	}
	var body io.Reader = strings.NewReader(o.body)
	if o.cut > 0 {
		body = io.MultiReader(io.LimitReader(body, int64(o.cut)), iotest.ErrReader(io.ErrUnexpectedEOF))
	}
	return &s3call.Body{ReadCloser: io.NopCloser(iotest.HalfReader(body)), Length: int64(len(o.body))}, nil
}

func of(objects ...object) *side { return &side{objects: objects} }

func clock() func() time.Time {
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	return func() time.Time { at = at.Add(time.Minute); return at }
}

func compare(t *testing.T, level Level, s, d *side) *Result {
	t.Helper()
	v := Verifier{Level: level, Now: clock(), Examples: 3}
	result, err := v.Compare(t.Context(), Side{Bucket: "a", Objects: s.list(), Store: s}, Side{Bucket: "b", Objects: d.list(), Store: d})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

const (
	md5A = "d0655f3673af1ca741b11b29865be8e1"
	md5B = "ffffffffffffffffffffffffffffffff"
)

func sum(algorithm, value, kind string) s3call.Head {
	return s3call.Head{Checksums: []transship.Checksum{{Algorithm: algorithm, Value: value, Type: kind}}}
}

func sse(name string) s3call.Head { return s3call.Head{Attributes: s3call.Attributes{SSE: name}} }

// verdictOf is a result in a few words.
func verdictOf(r *Result) string {
	var words []string
	for kind, f := range r.Differences {
		words = append(words, fmt.Sprintf("%s %d", kind, f.Count))
	}
	for reason, f := range r.NotComparable {
		words = append(words, fmt.Sprintf("not comparable %d: %s", f.Count, reason))
	}
	slices.Sort(words)
	if len(words) == 0 {
		words = []string{"equal"}
	}
	return strings.Join(words, "; ")
}

func TestPairs(t *testing.T) {
	denied := &transship.Error{Code: transship.Denied, S3Code: "AccessDenied", Status: 403}
	gone := &transship.Error{Code: transship.NotFound, S3Code: "NoSuchKey", Status: 404}
	attributes := func(a s3call.Attributes) s3call.Head { return s3call.Head{Attributes: a} }
	tests := []struct {
		name   string
		level  Level
		source object
		dest   object
		want   string // verdictOf, or how it begins
	}{
		{"equal ETags are equal", ByListing, object{etag: md5A}, object{etag: md5A}, "equal"},
		{"other sizes differ", ByListing, object{size: 1, etag: md5A}, object{size: 2, etag: md5B}, "size 1"},
		{"other MD5s differ", ByListing, object{etag: md5A}, object{etag: md5B}, "etag 1"},
		{"other MD5s differ under SSE-S3 too", ByListing, object{etag: md5A, head: sse("AES256")}, object{etag: md5B}, "etag 1"},
		{"ETags of as many parts are comparable", ByListing, object{etag: md5A + "-3"}, object{etag: md5B + "-3"}, "etag 1"},
		{"ETags of other numbers of parts are not", ByListing, object{etag: md5A + "-3"}, object{etag: md5B + "-4"}, "not comparable 1: the ETags differ, the objects were uploaded in different numbers of parts"},
		{"a multipart and a plain ETag are not", ByListing, object{etag: md5A + "-3"}, object{etag: md5B}, "not comparable 1: the ETags differ, the objects were uploaded in different"},
		{"a KMS ETag is not", ByListing, object{etag: md5A, head: sse("aws:kms")}, object{etag: md5B}, "not comparable 1: the ETags differ, one side is encrypted"},
		{"a full checksum settles other ETags", ByListing, object{etag: md5A + "-3", head: sum("CRC64NVME", "x", "FULL_OBJECT")}, object{etag: md5B, head: sum("CRC64NVME", "x", "FULL_OBJECT")}, "equal"},
		{"a full checksum that differs is a difference", ByListing, object{etag: md5A + "-3", head: sum("CRC64NVME", "x", "FULL_OBJECT")}, object{etag: md5B, head: sum("CRC64NVME", "y", "FULL_OBJECT")}, "checksum 1"},
		{"checksums of other algorithms settle nothing", ByListing, object{etag: md5A + "-3", head: sum("CRC32", "x", "FULL_OBJECT")}, object{etag: md5B, head: sum("CRC64NVME", "x", "FULL_OBJECT")}, "not comparable 1"},
		{"a composite checksum that differs settles nothing", ByListing, object{etag: md5A + "-3", head: sum("CRC32", "x-3", "COMPOSITE")}, object{etag: md5B + "-4", head: sum("CRC32", "y-4", "COMPOSITE")}, "not comparable 1"},
		{"a composite checksum that is equal is equal", ByListing, object{etag: md5A, head: sum("SHA256", "x-3", "COMPOSITE")}, object{etag: md5B, head: sum("SHA256", "x-3", "COMPOSITE")}, "equal"},
		{"a missing ETag is not comparable", ByListing, object{}, object{etag: md5A}, "not comparable 1: an ETag is missing"},
		{"an object that HEAD finds changed", ByListing, object{etag: md5A, head: s3call.Head{ETag: "other"}}, object{etag: md5B}, "changed 1"},
		{"an object that HEAD does not find", ByListing, object{etag: md5A}, object{etag: md5B, err: gone}, "changed 1"},
		{"an object that HEAD may not see", ByListing, object{etag: md5A}, object{etag: md5B, err: denied}, "not comparable 1: HEAD at the destination failed: AccessDenied"},

		{"full: equal in everything", Full, object{etag: md5A, head: attributes(s3call.Attributes{ContentType: "text/plain", UserMetadata: map[string]string{"a": "1"}}), tags: []transship.Tag{{Key: "x", Value: "1"}, {Key: "y", Value: "2"}}},
			object{etag: md5A, head: attributes(s3call.Attributes{ContentType: "text/plain", UserMetadata: map[string]string{"a": "1"}}), tags: []transship.Tag{{Key: "y", Value: "2"}, {Key: "x", Value: "1"}}}, "equal"},
		{"full: other metadata", Full, object{etag: md5A, head: attributes(s3call.Attributes{UserMetadata: map[string]string{"a": "1"}})}, object{etag: md5A}, "metadata 1"},
		{"full: other headers", Full, object{etag: md5A, head: attributes(s3call.Attributes{CacheControl: "no-store"})}, object{etag: md5A}, "headers 1"},
		{"full: no type is S3's own type", Full, object{etag: md5A, head: attributes(s3call.Attributes{ContentType: "binary/octet-stream"})}, object{etag: md5A}, "equal"},
		{"full: other tags", Full, object{etag: md5A, tags: []transship.Tag{{Key: "x", Value: "1"}}}, object{etag: md5A}, "tags 1"},
		{"full: tags that may not be read", Full, object{etag: md5A, tagsE: denied}, object{etag: md5A}, "not comparable 1: reading tags at the source failed: AccessDenied"},
		{"full: several differences", Full, object{etag: md5A, tags: []transship.Tag{{Key: "x"}}, head: attributes(s3call.Attributes{ContentLanguage: "de"})}, object{etag: md5B}, "etag 1; headers 1; tags 1"},
		{"full: the storage class and encryption may differ", Full, object{etag: md5A, head: attributes(s3call.Attributes{StorageClass: "GLACIER_IR", SSE: "AES256"})}, object{etag: md5A}, "equal"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.source.key, test.dest.key = "k", "k"
			r := compare(t, test.level, of(test.source), of(test.dest))
			if got := verdictOf(r); !strings.HasPrefix(got, test.want) || test.want == "equal" != r.Equal() {
				t.Errorf("got %s (equal %v), want %s", got, r.Equal(), test.want)
			}
			if same := int64(0); r.Equal() && r.Same != 1 || !r.Equal() && r.Same != same {
				t.Errorf("%d counted as the same", r.Same)
			}
		})
	}
}

func TestPairsThatAreRead(t *testing.T) {
	long := strings.Repeat("transship ", 40_000)
	tests := []struct {
		name         string
		source, dest object
		want         string
	}{
		{"equal bytes are equal, whatever the ETags", object{etag: md5A + "-2", body: long}, object{etag: md5B, body: long}, "equal"},
		{"a byte at the end differs", object{etag: md5A + "-2", body: long}, object{etag: md5B, body: long[:len(long)-1] + "x"}, "bytes 1"},
		{"a byte at the beginning differs", object{etag: md5A + "-2", body: long}, object{etag: md5B, body: "x" + long[1:]}, "bytes 1"},
		{"empty objects are equal", object{etag: md5A + "-1"}, object{etag: md5B}, "equal"},
		{"a body that breaks off proves nothing", object{etag: md5A + "-2", body: long, cut: 1000}, object{etag: md5B, body: long}, "not comparable 1: GET"},
		{"bodies that break off at the same place prove nothing", object{etag: md5A + "-2", body: long, cut: 1000}, object{etag: md5B, body: long, cut: 1000}, "not comparable 1: GET"},
		{"comparable ETags are not read", object{etag: md5A, body: "a"}, object{etag: md5B, body: "a"}, "etag 1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, o := range []*object{&test.source, &test.dest} {
				o.key, o.size = "k", int64(len(o.body))
			}
			s, d := of(test.source), of(test.dest)
			r, err := (&Verifier{Read: true}).Compare(t.Context(), Side{Bucket: "a", Objects: s.list(), Store: s, Bodies: s}, Side{Bucket: "b", Objects: d.list(), Store: d, Bodies: d})
			if err != nil {
				t.Fatal(err)
			}
			if got := verdictOf(r); !strings.HasPrefix(got, test.want) {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if test.want == "equal" && (r.Same != 1 || r.ReadObjects != 1 || r.ReadBytes != 2*test.source.size) {
				t.Errorf("%+v", r)
			}
		})
	}
	s := of()
	if _, err := (&Verifier{Read: true}).Compare(t.Context(), Side{Objects: s.list(), Store: s}, Side{Objects: s.list(), Store: s}); transship.CodeOf(err) != transship.Invalid {
		t.Errorf("without bodies: %v", err)
	}
}

// TestResultGolden compares a whole result, as JSON, with testdata/result.json.
func TestResultGolden(t *testing.T) {
	s := of(object{key: "a", size: 1, etag: md5A}, object{key: "b", size: 2, etag: md5A}, object{key: "c", size: 3, etag: md5A},
		object{key: "d", size: 4, etag: md5A}, object{key: "e", size: 5, etag: md5A, head: sse("aws:kms")})
	d := of(object{key: "b", size: 2, etag: md5A}, object{key: "c", size: 33, etag: md5A}, object{key: "d", size: 4, etag: md5B},
		object{key: "e", size: 5, etag: md5B}, object{key: "x", size: 6}, object{key: "y", size: 7})
	got, err := json.MarshalIndent(compare(t, ByListing, s, d), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "result.json")
	if *update {
		if err := os.WriteFile(path, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got)+"\n" != string(want) {
		t.Errorf("not as %s has it:\n%s", path, got)
	}
}

func TestPrefixesAreTakenOff(t *testing.T) {
	s := of(object{key: "in/a", etag: md5A}, object{key: "in/b/c", etag: md5A})
	d := of(object{key: "old/x/a", etag: md5A}, object{key: "old/x/b/c", etag: md5A})
	v := Verifier{}
	r, err := v.Compare(t.Context(), Side{Bucket: "a", Prefix: "in/", Objects: s.list()}, Side{Bucket: "b", Prefix: "old/x/", Objects: d.list()})
	if err != nil || !r.Equal() || r.Same != 2 || r.Source.Digest != r.Destination.Digest || r.Source.ContentDigest != r.Destination.ContentDigest {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestFirstExamplesAreKeptInOrder(t *testing.T) {
	s, d := &side{}, &side{}
	for i := range 200 {
		o := object{key: fmt.Sprintf("k%03d", i), etag: md5A}
		s.objects = append(s.objects, o)
		o.tags = []transship.Tag{{Key: "new"}}
		d.objects = append(d.objects, o)
	}
	r := compare(t, Full, s, d)
	found := r.Differences[Tags]
	if found.Count != 200 || len(found.Examples) != 3 || found.Examples[0].Key != "k000" || found.Examples[2].Key != "k002" {
		t.Errorf("%+v", found)
	}
	if most := s.most.Load(); most > DefaultParallel {
		t.Errorf("%d calls at once", most)
	}
	if s.heads.Load() != 200 {
		t.Errorf("%d HEADs", s.heads.Load())
	}
}

func TestNothingIsProvedByABrokenListing(t *testing.T) {
	refused := &transship.Error{Code: transship.Denied, S3Code: "AccessDenied", Status: 403}
	a, b := object{key: "a", etag: md5A}, object{key: "b", etag: md5A}
	broken := of(a)
	broken.listErr = refused
	tests := []struct {
		name string
		s, d *side
		code transship.Code
	}{
		{"the source's fails", broken, of(a), transship.Denied},
		{"the destination's fails", of(a), broken, transship.Denied},
		{"the source's is out of order", of(b, a), of(a, b), transship.Damaged},
		{"the destination's repeats a key", of(a, b), of(a, a), transship.Damaged},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, err := (&Verifier{}).Compare(t.Context(), Side{Objects: test.s.list(), Store: test.s}, Side{Objects: test.d.list(), Store: test.d})
			if r != nil || transship.CodeOf(err) != test.code {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
	if _, err := (&Verifier{}).Compare(t.Context(), Side{Objects: of(a).list(), Prefix: "p/"}, Side{Objects: of(a).list()}); transship.CodeOf(err) != transship.Damaged {
		t.Errorf("a key outside of the prefix: %v", err)
	}
	if _, err := (&Verifier{Level: Full}).Compare(t.Context(), Side{Objects: of(a).list()}, Side{Objects: of(a).list()}); transship.CodeOf(err) != transship.Invalid {
		t.Errorf("full without stores: %v", err)
	}
}

func TestWithoutStoresOtherETagsAreNotComparable(t *testing.T) {
	s, d := of(object{key: "a", etag: md5A}), of(object{key: "a", etag: md5B})
	r, err := (&Verifier{}).Compare(t.Context(), Side{Objects: s.list()}, Side{Objects: d.list()})
	if err != nil || r.Equal() || len(r.NotComparable) != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestComparingEndsWithItsContext(t *testing.T) {
	s, d := &side{}, &side{}
	for i := range 5_000 {
		s.objects = append(s.objects, object{key: fmt.Sprintf("k%05d", i), etag: md5A})
	}
	d.objects = s.objects
	ctx, cancel := context.WithCancel(t.Context())
	v := Verifier{Level: Full, Progress: func(int64) { cancel() }}
	r, err := v.Compare(ctx, Side{Objects: s.list(), Store: s}, Side{Objects: d.list(), Store: d})
	if r != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%+v, %v", r, err)
	}
}
