package inventory

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// store is a small S3 in memory: listings as the S3 API reference describes
// them, objects by key.
type store struct {
	objects []transship.Object // by key, newest first within a key
	calls   atomic.Int64
	pages   atomic.Int64 // calls without a delimiter
	running atomic.Int64
	most    atomic.Int64
	// spoil may change or refuse a page of objects (not of folders).
	spoil func(call int64, page *s3call.Page) error

	mu    sync.Mutex
	files map[string][]byte
	order []string // keys as they were put
}

func (s *store) enter() int64 {
	now := s.running.Add(1)
	for most := s.most.Load(); now > most && !s.most.CompareAndSwap(most, now); most = s.most.Load() {
	}
	return s.calls.Add(1)
}

func (s *store) ListObjectsV2(ctx context.Context, l s3call.List) (s3call.Page, error) {
	n := s.enter()
	defer s.running.Add(-1)
	if err := ctx.Err(); err != nil {
		return s3call.Page{}, err
	}
	after := l.StartAfter
	if l.Token != "" {
		after = strings.TrimPrefix(l.Token, "token:")
	}
	var page s3call.Page
	begin := sort.Search(len(s.objects), func(i int) bool { return s.objects[i].Key > after })
	count := 0
	last := ""
	for _, o := range s.objects[begin:] {
		if !strings.HasPrefix(o.Key, l.Prefix) || !o.IsLatest || o.IsDeleteMarker {
			continue
		}
		folder := folderOf(o.Key, l.Prefix, l.Delimiter)
		if folder != "" && (slices.Contains(page.Prefixes, folder) || folder == after) {
			continue
		}
		if count == max1000(l.MaxKeys) {
			page.Truncated, page.Token = true, "token:"+last
			break
		}
		count++
		if folder != "" {
			page.Prefixes = append(page.Prefixes, folder)
			last = folder + "\xff" // behind all of the folder
			continue
		}
		page.Objects = append(page.Objects, o)
		last = o.Key
	}
	if l.Delimiter == "" {
		s.pages.Add(1)
	}
	if s.spoil != nil && l.Delimiter == "" {
		if err := s.spoil(n, &page); err != nil {
			return s3call.Page{}, err
		}
	}
	return page, nil
}

func (s *store) ListObjectVersions(ctx context.Context, l s3call.ListVersions) (s3call.Page, error) {
	n := s.enter()
	defer s.running.Add(-1)
	if err := ctx.Err(); err != nil {
		return s3call.Page{}, err
	}
	var page s3call.Page
	count := 0
	passed := l.VersionMarker == ""
	for _, o := range s.objects {
		if o.Key < l.KeyMarker || !strings.HasPrefix(o.Key, l.Prefix) || o.Key == l.KeyMarker && l.VersionMarker == "" {
			continue
		}
		if o.Key == l.KeyMarker && !passed {
			passed = o.VersionID == l.VersionMarker
			continue
		}
		folder := folderOf(o.Key, l.Prefix, l.Delimiter)
		if folder != "" && (slices.Contains(page.Prefixes, folder) || folder == l.KeyMarker) {
			continue
		}
		if count == max1000(l.MaxKeys) {
			page.Truncated = true
			break
		}
		count++
		if folder != "" {
			page.Prefixes = append(page.Prefixes, folder)
			page.NextKeyMarker, page.NextVersionMarker = folder, ""
			continue
		}
		page.Objects = append(page.Objects, o)
		page.NextKeyMarker, page.NextVersionMarker = o.Key, o.VersionID
	}
	if l.Delimiter == "" {
		s.pages.Add(1)
	}
	if s.spoil != nil && l.Delimiter == "" {
		if err := s.spoil(n, &page); err != nil {
			return s3call.Page{}, err
		}
	}
	return page, nil
}

func folderOf(key, prefix, delimiter string) string {
	if delimiter == "" {
		return ""
	}
	if i := strings.Index(key[len(prefix):], delimiter); i >= 0 {
		return key[:len(prefix)+i+len(delimiter)]
	}
	return ""
}

func max1000(n int) int {
	if n <= 0 || n > 1000 {
		return 1000
	}
	return n
}

func (s *store) PutObject(_ context.Context, p s3call.Put) (s3call.Written, error) {
	data, err := io.ReadAll(p.Body)
	if err != nil {
		return s3call.Written{}, err
	}
	if int64(len(data)) != p.Size {
		return s3call.Written{}, fmt.Errorf("%d bytes came, %d were announced", len(data), p.Size)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.files == nil {
		s.files = map[string][]byte{}
	}
	s.files[p.Bucket+"/"+p.Key] = data
	s.order = append(s.order, p.Bucket+"/"+p.Key)
	return s3call.Written{ETag: etagOf(data)}, nil
}

func (s *store) GetObject(_ context.Context, g s3call.Get) (*s3call.Body, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, ok := s.files[g.Bucket+"/"+g.Key]
	switch {
	case !ok:
		return nil, &transship.Error{Code: transship.NotFound, S3Code: "NoSuchKey", Status: 404}
	case g.IfMatch != "" && g.IfMatch != etagOf(data):
		return nil, &transship.Error{Code: transship.Precondition, S3Code: "PreconditionFailed", Status: 412}
	}
	return &s3call.Body{ReadCloser: io.NopCloser(bytes.NewReader(data)), Length: int64(len(data)),
		Head: s3call.Head{ETag: etagOf(data), Size: int64(len(data))}}, nil
}

func etagOf(data []byte) string {
	sum := md5.Sum(data)
	return hex.EncodeToString(sum[:])
}

// bucketOf makes a bucket of current objects.
func bucketOf(keys ...string) *store {
	slices.Sort(keys)
	s := &store{}
	for i, k := range slices.Compact(keys) {
		s.objects = append(s.objects, transship.Object{Bucket: "photos", Key: k, Size: int64(i), ETag: etagOf([]byte(k)), IsLatest: true, VersionID: transship.NullVersion})
	}
	return s
}

// versionsOf gives every key n versions; every third key is deleted.
func versionsOf(n int, keys ...string) *store {
	s := bucketOf(keys...)
	current := s.objects
	s.objects = nil
	for i, o := range current {
		for v := n; v > 0; v-- {
			o.VersionID = "v" + strconv.Itoa(v)
			o.IsLatest = v == n
			o.IsDeleteMarker = v == n && i%3 == 0
			s.objects = append(s.objects, o)
		}
	}
	return s
}
