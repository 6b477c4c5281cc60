package operation

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// store is a small S3 in memory: versions, tags, multipart uploads, the size
// limits and the conditions that a copy meets. Its clock is its own. fault is
// asked before and after each call; what it answers is the call's error.
type store struct {
	mu        sync.Mutex
	versioned bool
	limit     int64 // of CopyObject and of a part that is copied
	minPart   int
	now       time.Time
	objects   map[string][]*version // bucket/key -> versions, newest last
	uploads   map[string]*upload
	calls     []string
	last      map[string]any // last request by call
	parts     []s3call.PartCopy
	ids       int
	fault     func(call string, after bool) error
	damage    func(bucket, key string, data []byte) []byte // what a GET gives
	noSums    bool                                         // the store tells no checksums
	lazy      bool                                         // a part that is copied gets the checksum of its source
	wrong     bool                                         // or a wrong one
	missing   bool                                         // a part is not copied into an upload with checksums
	framing   string                                       // kept in front of each part that is sent
	trailers  string                                       // kept in front of each object that is sent with a checksum
}

type version struct {
	s3call.Head
	data []byte
	tags []transship.Tag
}

type upload struct {
	s3call.CreateUpload
	parts map[int][]byte
}

func newStore() *store {
	return &store{limit: 5 << 30, minPart: mib, now: time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC),
		objects: map[string][]*version{}, uploads: map[string]*upload{}, last: map[string]any{}}
}

func s3err(status int, code, message string) error {
	return &transship.Error{Code: transship.Invalid, Status: status, S3Code: code, Message: message}
}

// enter notes a call and asks for a fault before it.
func (s *store) enter(call string, in any) error {
	s.mu.Lock()
	s.calls = append(s.calls, call)
	s.last[call] = in
	s.mu.Unlock()
	if s.fault != nil {
		return s.fault(call, false)
	}
	return nil
}

func (s *store) leave(call string) error {
	if s.fault != nil {
		return s.fault(call, true)
	}
	return nil
}

func (s *store) count(call string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, c := range s.calls {
		if c == call {
			n++
		}
	}
	return n
}

// write adds a version. The caller holds mu.
func (s *store) write(bucket, key string, data []byte, a s3call.Attributes, tags []transship.Tag, etag, algorithm string) *version {
	s.now = s.now.Add(10 * time.Millisecond)
	if etag == "" {
		sum := md5.Sum(data)
		etag = hex.EncodeToString(sum[:])
	}
	v := &version{data: data, tags: slices.Clone(tags)}
	v.Attributes, v.Size, v.ETag, v.LastModified, v.TagCount = a, int64(len(data)), etag, s.now.Truncate(time.Second), len(tags)
	if h := newHash(algorithm); h != nil && !s.noSums {
		h.Write(data)
		v.Checksums = []transship.Checksum{{Algorithm: algorithm, Value: base64.StdEncoding.EncodeToString(h.Sum(nil)), Type: "FULL_OBJECT"}}
	}
	name := bucket + "/" + key
	if s.versioned {
		s.ids++
		v.VersionID = fmt.Sprintf("v%d", s.ids)
		s.objects[name] = append(s.objects[name], v)
	} else {
		s.objects[name] = []*version{v}
	}
	return v
}

// put is a test's way of laying an object down.
func (s *store) put(bucket, key, data string, change ...func(*version)) *version {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.write(bucket, key, []byte(data), s3call.Attributes{}, nil, "", "")
	for _, f := range change {
		f(v)
	}
	v.TagCount = len(v.tags)
	return v
}

func (s *store) find(ref s3call.Ref) (*version, error) {
	list := s.objects[ref.Bucket+"/"+ref.Key]
	if len(list) == 0 {
		return nil, s3err(404, "NoSuchKey", "The specified key does not exist.")
	}
	if ref.VersionID == "" {
		return list[len(list)-1], nil
	}
	for _, v := range list {
		if v.VersionID == ref.VersionID {
			return v, nil
		}
	}
	return nil, s3err(404, "NoSuchVersion", "The specified version does not exist.")
}

func (v *version) written() s3call.Written {
	w := s3call.Written{ETag: v.ETag, VersionID: v.VersionID}
	if len(v.Checksums) > 0 {
		w.Checksum = v.Checksums[0]
	}
	return w
}

func (s *store) HeadObject(_ context.Context, in s3call.Get) (s3call.Head, error) {
	if err := s.enter("HeadObject "+in.Bucket, in); err != nil {
		return s3call.Head{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	v, err := s.find(in.Ref)
	if err != nil {
		return s3call.Head{}, &transship.Error{Code: transship.NotFound, Status: 404} // a HEAD has no body
	}
	h := v.Head
	h.Date = s.now.Truncate(time.Second)
	return h, nil
}

func (s *store) GetObject(_ context.Context, in s3call.Get) (*s3call.Body, error) {
	if err := s.enter("GetObject", in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	v, err := s.find(in.Ref)
	if err != nil {
		return nil, err
	}
	if in.IfMatch != "" && in.IfMatch != v.ETag {
		return nil, s3err(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
	}
	data := v.data
	if in.Length > 0 {
		data = data[in.First : in.First+in.Length]
	}
	want := int64(len(data))
	if s.damage != nil {
		data = s.damage(in.Bucket, in.Key, slices.Clone(data))
	}
	return &s3call.Body{ReadCloser: io.NopCloser(bytes.NewReader(data)), Head: v.Head, Length: want}, nil
}

func (s *store) GetObjectTagging(_ context.Context, in s3call.Ref) ([]transship.Tag, error) {
	if err := s.enter("GetObjectTagging", in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	v, err := s.find(in)
	if err != nil {
		return nil, err
	}
	return v.tags, nil
}

func (s *store) ListObjectVersions(_ context.Context, in s3call.ListVersions) (s3call.Page, error) {
	if err := s.enter("ListObjectVersions", in); err != nil {
		return s3call.Page{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var page s3call.Page
	for _, name := range slices.Sorted(maps.Keys(s.objects)) {
		key, ok := strings.CutPrefix(name, in.Bucket+"/")
		if !ok || !strings.HasPrefix(key, in.Prefix) {
			continue
		}
		for _, v := range slices.Backward(s.objects[name]) {
			page.Objects = append(page.Objects, transship.Object{Bucket: in.Bucket, Key: key, VersionID: v.VersionID,
				Size: v.Size, ETag: v.ETag, LastModified: v.LastModified})
		}
	}
	return page, nil
}

func (s *store) CopyObject(_ context.Context, in s3call.Copy) (s3call.Copied, error) {
	if err := s.enter("CopyObject", in); err != nil {
		return s3call.Copied{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	src, err := s.find(in.Source)
	if err != nil {
		return s3call.Copied{}, err
	}
	if src.Size > s.limit {
		return s3call.Copied{}, s3err(400, "InvalidRequest", "The specified copy source is larger than the maximum allowable size for a copy source: "+strconv.FormatInt(s.limit, 10))
	}
	if t := in.SourceModifiedSince; t != nil && !src.LastModified.After(*t) {
		return s3call.Copied{}, s3err(412, "PreconditionFailed", "condition on the source")
	}
	if in.SourceIfMatch != "" && in.SourceIfMatch != src.ETag {
		return s3call.Copied{}, s3err(412, "PreconditionFailed", "condition on the source")
	}
	if in.IfNoneMatch && len(s.objects[in.Bucket+"/"+in.Key]) > 0 {
		return s3call.Copied{}, s3err(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
	}
	a, tags := in.Attributes, in.Tags
	if in.MetadataDirective != "REPLACE" {
		own := src.Attributes
		own.StorageClass, own.SSE, own.SSEKMSKeyID, own.RedirectLocation = a.StorageClass, a.SSE, a.SSEKMSKeyID, a.RedirectLocation
		a = own
	}
	if in.TaggingDirective != "REPLACE" {
		tags = src.tags
	}
	algorithm := in.ChecksumAlgorithm
	if algorithm == "" && len(src.Checksums) > 0 {
		algorithm = src.Checksums[0].Algorithm
	}
	v := s.write(in.Bucket, in.Key, src.data, a, tags, "", algorithm)
	return s3call.Copied{Written: v.written(), LastModified: v.LastModified, SourceVersionID: src.VersionID}, s.leave("CopyObject")
}

func (s *store) PutObject(_ context.Context, in s3call.Put) (s3call.Written, error) {
	if err := s.enter("PutObject", in); err != nil {
		return s3call.Written{}, err
	}
	data, err := io.ReadAll(in.Body)
	if err != nil {
		return s3call.Written{}, &transship.Error{Code: transship.Unavailable, Op: "PutObject", Err: err}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if int64(len(data)) != in.Size {
		return s3call.Written{}, s3err(400, "IncompleteBody", "")
	}
	if in.IfNoneMatch && len(s.objects[in.Bucket+"/"+in.Key]) > 0 {
		return s3call.Written{}, s3err(412, "PreconditionFailed", "")
	}
	if in.ChecksumAlgorithm != "" {
		data = append([]byte(s.trailers), data...)
	}
	return s.write(in.Bucket, in.Key, data, in.Attributes, in.Tags, "", in.ChecksumAlgorithm).written(), s.leave("PutObject")
}
