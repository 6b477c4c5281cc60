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

// silent is what a client answers when no answer came.
var silent = &transship.Error{Code: transship.Unavailable, Op: "CopyObject", Err: errors.New("connection reset by peer")}

// newCopy is a copy from bucket src to bucket dst of one store, whose clock it
// shares and whose waits take no time.
func newCopy(t *testing.T, s *store, spec transship.CopyOperation, change ...func(*CopyConfig)) *Copy {
	t.Helper()
	spec.TargetResource = transship.BucketARN("dst")
	cfg := CopyConfig{Spec: spec, Source: s, Destination: s, CopyLimit: s.limit,
		Now:    func() time.Time { s.mu.Lock(); defer s.mu.Unlock(); return s.now },
		Sleep:  func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		Random: func(n int64) int64 { return n - 1 }}
	for _, f := range change {
		f(&cfg)
	}
	c, err := NewCopy(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func task(key string) transship.Task {
	return transship.Task{Bucket: "src", Key: key, RawKey: "raw " + key, Size: -1}
}

// failOn makes the nth call of a name (from 1) end with err.
func failOn(call string, after bool, err error, nth ...int) func(string, bool) error {
	n := 0
	return func(c string, a bool) error {
		if c != call || a != after {
			return nil
		}
		n++
		for _, want := range nth {
			if n == want {
				return err
			}
		}
		return nil
	}
}

func mustSucceed(t *testing.T, r transship.Result, err error) {
	t.Helper()
	if err != nil || !r.Succeeded || r.HTTPStatus != 200 {
		t.Fatalf("got %+v, %v; want success", r, err)
	}
}

func TestCopyRequestHasEveryField(t *testing.T) {
	when := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	kms := "arn:aws:kms:us-east-1:222222222222:key/1"
	tests := []struct {
		name string
		spec transship.CopyOperation
		task transship.Task
		want func(*s3call.Copy)
	}{
		{"nothing said keeps metadata and tags and writes STANDARD by saying nothing", transship.CopyOperation{}, task("k"), func(*s3call.Copy) {}},
		{"a prefix gets one slash", transship.CopyOperation{TargetKeyPrefix: "Folder1"}, task("a/k"), func(c *s3call.Copy) { c.Source.Key, c.Key = "a/k", "Folder1/a/k" }},
		{"a prefix with a slash gets no second one", transship.CopyOperation{TargetKeyPrefix: "Folder1/"}, task("k"), func(c *s3call.Copy) { c.Key = "Folder1/k" }},
		{"a key that begins with a slash keeps it", transship.CopyOperation{TargetKeyPrefix: "p/"}, task("/k"), func(c *s3call.Copy) { c.Source.Key, c.Key = "/k", "p//k" }},
		{"a version id is passed on", transship.CopyOperation{}, transship.Task{Bucket: "src", Key: "k", VersionID: "v1", ETag: "not a condition"}, func(c *s3call.Copy) { c.Source.VersionID = "v1" }},
		{"the null version is passed on", transship.CopyOperation{}, transship.Task{Bucket: "src", Key: "k", VersionID: "null"}, func(c *s3call.Copy) { c.Source.VersionID = "null" }},
		{"new metadata replaces", transship.CopyOperation{NewMetadata: &transship.NewMetadata{CacheControl: "a", ContentDisposition: "b", ContentEncoding: "c",
			ContentLanguage: "d", ContentType: "e", Expires: &when, UserMetadata: map[string]string{"Name": "V"}, SSEAlgorithm: "AES256"}}, task("k"), func(c *s3call.Copy) {
			c.MetadataDirective = "REPLACE"
			c.Attributes = s3call.Attributes{CacheControl: "a", ContentDisposition: "b", ContentEncoding: "c", ContentLanguage: "d", ContentType: "e",
				Expires: "Wed, 02 Jan 2030 03:04:05 GMT", UserMetadata: map[string]string{"name": "V"}, SSE: "AES256"}
		}},
		{"a directive COPY keeps the metadata in spite of new metadata", transship.CopyOperation{MetadataDirective: "COPY", NewMetadata: &transship.NewMetadata{ContentType: "e", SSEAlgorithm: "AES256"}},
			task("k"), func(c *s3call.Copy) { c.SSE = "AES256" }},
		{"new metadata with an encryption only does not wipe the metadata", transship.CopyOperation{NewMetadata: &transship.NewMetadata{SSEAlgorithm: "AES256"}}, task("k"), func(c *s3call.Copy) { c.SSE = "AES256" }},
		{"a directive REPLACE with an encryption only does", transship.CopyOperation{MetadataDirective: "REPLACE", NewMetadata: &transship.NewMetadata{SSEAlgorithm: "AES256"}}, task("k"), func(c *s3call.Copy) {
			c.MetadataDirective, c.SSE, c.UserMetadata = "REPLACE", "AES256", map[string]string{}
		}},
		{"KMS with key and bucket key", transship.CopyOperation{SSEKMSKeyID: kms, BucketKeyEnabled: true, MetadataDirective: "COPY", NewMetadata: &transship.NewMetadata{SSEAlgorithm: "KMS"}}, task("k"),
			func(c *s3call.Copy) { c.SSE, c.SSEKMSKeyID, c.BucketKeyEnabled = "aws:kms", kms, true }},
		{"a KMS key alone means KMS", transship.CopyOperation{SSEKMSKeyID: kms}, task("k"), func(c *s3call.Copy) { c.SSE, c.SSEKMSKeyID = "aws:kms", kms }},
		{"no tags", transship.CopyOperation{NewTagging: &[]transship.Tag{}}, task("k"), func(c *s3call.Copy) { c.TaggingDirective, c.Tags = "REPLACE", []transship.Tag{} }},
		{"these tags", transship.CopyOperation{NewTagging: &[]transship.Tag{{Key: "a", Value: "b"}}}, task("k"), func(c *s3call.Copy) {
			c.TaggingDirective, c.Tags = "REPLACE", []transship.Tag{{Key: "a", Value: "b"}}
		}},
		{"a canned ACL", transship.CopyOperation{CannedACL: "bucket-owner-full-control"}, task("k"), func(c *s3call.Copy) { c.ACL = "bucket-owner-full-control" }},
		{"grants", transship.CopyOperation{Grants: []transship.Grant{{GranteeType: "id", Grantee: "x", Permission: "READ"}}}, task("k"), func(c *s3call.Copy) {
			c.Grants = []transship.Grant{{GranteeType: "id", Grantee: "x", Permission: "READ"}}
		}},
		{"a storage class", transship.CopyOperation{StorageClass: "STANDARD_IA"}, task("k"), func(c *s3call.Copy) { c.StorageClass = "STANDARD_IA" }},
		{"STANDARD is not sent", transship.CopyOperation{StorageClass: "STANDARD"}, task("k"), func(*s3call.Copy) {}},
		{"its own class, as the inventory tells it", transship.CopyOperation{KeepStorageClass: true}, transship.Task{Bucket: "src", Key: "k", StorageClass: "GLACIER_IR"}, func(c *s3call.Copy) { c.StorageClass = "GLACIER_IR" }},
		{"a checksum", transship.CopyOperation{ChecksumAlgorithm: "SHA256"}, task("k"), func(c *s3call.Copy) { c.ChecksumAlgorithm = "SHA256" }},
		{"constraints", transship.CopyOperation{ModifiedSince: &time.Time{}, UnmodifiedSince: &when}, task("k"), func(c *s3call.Copy) { c.SourceModifiedSince, c.SourceUnmodifiedSince = &time.Time{}, &when }},
		{"a redirect", transship.CopyOperation{RedirectLocation: "/x"}, task("k"), func(c *s3call.Copy) { c.RedirectLocation = "/x" }},
		{"requester pays", transship.CopyOperation{RequesterPays: true}, task("k"), func(c *s3call.Copy) { c.RequesterPays = true }},
		{"a lock", transship.CopyOperation{LegalHold: "ON", ObjectLockMode: "GOVERNANCE", RetainUntil: &when}, task("k"), func(c *s3call.Copy) {
			c.LegalHold, c.LockMode, c.RetainUntil = "ON", "GOVERNANCE", &when
		}},
		{"only if absent", transship.CopyOperation{IfNoneMatch: true}, task("k"), func(c *s3call.Copy) { c.IfNoneMatch = true }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newStore()
			s.put("src", test.task.Key, "x", func(v *version) { v.VersionID = test.task.VersionID })
			c := newCopy(t, s, test.spec)
			r, err := c.Do(t.Context(), test.task)
			mustSucceed(t, r, err)
			want := s3call.Copy{Source: s3call.Ref{Bucket: "src", Key: "k"}, Bucket: "dst", Key: "k", MetadataDirective: "COPY", TaggingDirective: "COPY"}
			test.want(&want)
			if got := s.last["CopyObject"].(s3call.Copy); !reflect.DeepEqual(got, want) {
				t.Errorf("request\n%+v, want\n%+v", got, want)
			}
			if looks := s.count("HeadObject dst"); len(s.calls) != 1+looks || looks > 0 && !test.spec.IfNoneMatch {
				t.Errorf("calls %v, want one CopyObject", s.calls)
			}
		})
	}
}

func TestKeepStorageClassAsksForAClassThatIsNotKnown(t *testing.T) {
	s := newStore()
	s.put("src", "k", "x", func(v *version) { v.StorageClass = "STANDARD_IA" })
	s.put("src", "plain", "x")
	c := newCopy(t, s, transship.CopyOperation{KeepStorageClass: true})
	for key, want := range map[string]string{"k": "STANDARD_IA", "plain": ""} {
		r, err := c.Do(t.Context(), task(key))
		mustSucceed(t, r, err)
		if got := s.last["CopyObject"].(s3call.Copy).StorageClass; got != want || r.Size != 1 {
			t.Errorf("%s: class %q, size %d; want %q, 1", key, got, r.Size, want)
		}
	}
}

func TestResultsWithoutACall(t *testing.T) {
	s := newStore()
	c := newCopy(t, s, transship.CopyOperation{})
	marker := transship.Task{Bucket: "src", Key: "k", RawKey: "k%20", RawVersion: "v", IsDeleteMarker: true}
	r, err := c.Do(t.Context(), marker)
	mustSucceed(t, r, err)
	if !r.Skipped || r.Message != "skipped: delete marker" || r.RawKey != "k%20" || r.RawVersion != "v" {
		t.Errorf("delete marker: %+v", r)
	}
	r, err = c.Do(t.Context(), transship.Task{Bucket: "src", Fault: &transship.Fault{HTTPStatus: 400, ErrorCode: "InvalidArgument", Message: "m"}})
	if err != nil || r.Succeeded || r.HTTPStatus != 400 || r.ErrorCode != "InvalidArgument" || r.Message != "m" {
		t.Errorf("fault: %+v, %v", r, err)
	}
	if len(s.calls) != 0 {
		t.Errorf("calls %v, want none", s.calls)
	}
}

func TestEvidenceOfACopy(t *testing.T) {
	s := newStore()
	s.versioned = true
	s.put("src", "k", "old")
	v := s.put("src", "k", "new")
	s.put("src", "k", "newest")
	c := newCopy(t, s, transship.CopyOperation{ChecksumAlgorithm: "CRC64NVME"})
	tk := task("k")
	tk.VersionID, tk.Size = v.VersionID, 3
	r, err := c.Do(t.Context(), tk)
	mustSucceed(t, r, err)
	dst := s.objects["dst/k"][0]
	if string(dst.data) != "new" || r.VersionID != dst.VersionID || r.ETag != v.ETag || r.Size != 3 || r.Checksum != dst.Checksums[0] {
		t.Errorf("result %+v for %+v", r, dst)
	}
}

func TestAnswersOfTheStore(t *testing.T) {
	repeat := func(n int) []int {
		var all []int
		for i := 1; i <= n; i++ {
			all = append(all, i)
		}
		return all
	}
	tests := []struct {
		name      string
		err       error
		times     int
		succeeded bool
		status    int
		code      string
		unknown   bool
		calls     int
	}{
		{"a missing key fails", s3err(404, "NoSuchKey", "gone"), 1, false, 404, "NoSuchKey", false, 1},
		{"denied fails at once", s3err(403, "AccessDenied", "Access Denied"), 1, false, 403, "AccessDenied", false, 1},
		{"an archived source fails at once", s3err(403, "InvalidObjectState", "restore it"), 1, false, 403, "InvalidObjectState", false, 1},
		{"a code that the store left out is filled in", s3err(404, "", ""), 1, false, 404, "NoSuchKey", false, 1},
		{"not implemented fails at once", s3err(501, "NotImplemented", "no"), 1, false, 501, "NotImplemented", false, 1},
		{"slow down is asked again", s3err(503, "SlowDown", ""), 4, true, 200, "", false, 5},
		{"slow down for ever is no result", s3err(503, "SlowDown", ""), 5, false, 0, "", true, 5},
		{"a timed-out request is asked again", s3err(400, "RequestTimeout", ""), 1, true, 200, "", false, 2},
		{"500 is asked again once nothing is seen done", s3err(500, "InternalError", ""), 4, true, 200, "", false, 5},
		{"500 for ever is no result", s3err(500, "InternalError", ""), 5, false, 0, "", true, 5},
		{"silence is no result and is not asked again", silent, 1, false, 0, "", true, 1},
		{"a request that the client refuses fails", &transship.Error{Code: transship.Invalid, Message: "key too long"}, 1, false, 400, "InvalidRequest", false, 1},
		{"an expired credential is not the object's fault", s3err(400, "ExpiredToken", ""), 5, false, 0, "", true, 5},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newStore()
			s.put("src", "k", "x")
			s.fault = failOn("CopyObject", false, test.err, repeat(test.times)...)
			r, err := newCopy(t, s, transship.CopyOperation{}).Do(t.Context(), task("k"))
			if (err != nil) != test.unknown {
				t.Fatalf("error %v, want unknown=%v", err, test.unknown)
			}
			if r.Succeeded != test.succeeded || r.HTTPStatus != test.status || r.ErrorCode != test.code {
				t.Errorf("result %+v", r)
			}
			if err == nil && !r.Succeeded && r.Message == "" {
				t.Error("a failed row says nothing")
			}
			if n := s.count("CopyObject"); n != test.calls {
				t.Errorf("%d calls, want %d", n, test.calls)
			}
		})
	}
}

func TestUnknownKeepsTheLastAnswer(t *testing.T) {
	s := newStore()
	s.put("src", "k", "x")
	s.fault = func(call string, _ bool) error { return s3err(503, "SlowDown", "Please reduce your request rate.") }
	_, err := newCopy(t, s, transship.CopyOperation{}).Do(t.Context(), task("k"))
	var e *transship.Error
	if !errors.As(err, &e) || e.Status != 503 || e.S3Code != "SlowDown" || e.Code != transship.Unavailable || !strings.Contains(err.Error(), "src/k") {
		t.Errorf("error %v", err)
	}
}

func TestACancelledContextIsNoResult(t *testing.T) {
	s := newStore()
	s.put("src", "k", "x")
	ctx, cancel := context.WithCancel(t.Context())
	s.fault = func(string, bool) error { cancel(); return silent }
	_, err := newCopy(t, s, transship.CopyOperation{}).Do(ctx, task("k"))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context cancelled in it", err)
	}
}

func TestLeaveExistingObjectsAlone(t *testing.T) {
	old := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, stream := range []bool{false, true} {
		tests := []struct {
			name     string
			existing func(*store)
			spec     transship.CopyOperation
			skipped  bool
			failed   string
		}{
			{"absent is copied", func(*store) {}, transship.CopyOperation{}, false, ""},
			{"an equal one is left", func(s *store) { s.put("dst", "k", "data") }, transship.CopyOperation{}, true, ""},
			{"another one fails", func(s *store) { s.put("dst", "k", "DATA") }, transship.CopyOperation{}, false, existsOther},
			{"other metadata fails", func(s *store) {
				s.put("dst", "k", "data", func(v *version) { v.UserMetadata = map[string]string{"a": "b"} })
			}, transship.CopyOperation{}, false, existsOther},
			{"nothing comparable and not older is left", func(s *store) {
				s.put("dst", "k", "data", func(v *version) { v.ETag = "x-2" })
			}, transship.CopyOperation{}, true, ""},
			{"nothing comparable and older fails", func(s *store) {
				s.put("dst", "k", "data", func(v *version) { v.ETag, v.LastModified = "x-2", old })
			}, transship.CopyOperation{}, false, existsOther},
			{"a condition on the source fails as such", func(s *store) { s.put("dst", "k", "data") },
				transship.CopyOperation{ModifiedSince: new(time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC))}, false, "the source was not modified since"},
		}
		for _, test := range tests {
			t.Run(test.name+map[bool]string{true: ", streamed"}[stream], func(t *testing.T) {
				s := newStore()
				s.put("src", "k", "data")
				test.existing(s)
				test.spec.IfNoneMatch, test.spec.Stream = true, stream
				r, err := newCopy(t, s, test.spec).Do(t.Context(), task("k"))
				if err != nil {
					t.Fatal(err)
				}
				if test.failed != "" {
					if r.Succeeded || r.HTTPStatus != 412 || r.ErrorCode != "PreconditionFailed" || !strings.Contains(r.Message, test.failed) {
						t.Errorf("result %+v", r)
					}
					return
				}
				if !r.Succeeded || r.Skipped != test.skipped || r.ETag == "" || r.Skipped && r.Size != 0 {
					t.Errorf("result %+v", r)
				}
			})
		}
	}
}

func TestAnObjectThatAppearsMeanwhileIsLeftAlone(t *testing.T) {
	s := newStore()
	s.put("src", "k", "data")
	s.fault = func(call string, after bool) error {
		if call == "CopyObject" && !after {
			s.put("dst", "k", "another")
		}
		return nil
	}
	r, err := newCopy(t, s, transship.CopyOperation{IfNoneMatch: true}).Do(t.Context(), task("k"))
	if err != nil || r.Succeeded || r.HTTPStatus != 412 || string(s.objects["dst/k"][0].data) != "another" {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestNewCopyRefuses(t *testing.T) {
	s := newStore()
	for name, cfg := range map[string]CopyConfig{
		"no bucket ARN":      {Spec: transship.CopyOperation{TargetResource: "dst"}, Source: s, Destination: s},
		"no destination":     {Spec: transship.CopyOperation{TargetResource: "arn:aws:s3:::dst"}, Source: s},
		"two classes":        {Spec: transship.CopyOperation{TargetResource: "arn:aws:s3:::dst", KeepStorageClass: true, StorageClass: "GLACIER"}, Source: s, Destination: s},
		"ACL and grants":     {Spec: transship.CopyOperation{TargetResource: "arn:aws:s3:::dst", CannedACL: "private", Grants: []transship.Grant{{}}}, Source: s, Destination: s},
		"a negative setting": {Spec: transship.CopyOperation{TargetResource: "arn:aws:s3:::dst"}, Source: s, Destination: s, PartSize: -1},
	} {
		if _, err := NewCopy(cfg); transship.CodeOf(err) != transship.Invalid {
			t.Errorf("%s: %v, want Invalid", name, err)
		}
	}
}
