package operation

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

func (s *store) CreateMultipartUpload(_ context.Context, in s3call.CreateUpload) (s3call.Upload, error) {
	if err := s.enter("CreateMultipartUpload", in); err != nil {
		return s3call.Upload{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids++
	id := fmt.Sprintf("u%d", s.ids)
	s.uploads[id] = &upload{in, map[int][]byte{}}
	return s3call.Upload{Bucket: in.Bucket, Key: in.Key, ID: id}, s.leave("CreateMultipartUpload")
}

func (s *store) part(up s3call.Upload, n int, data []byte) (s3call.Part, error) {
	u := s.uploads[up.ID]
	if u == nil {
		return s3call.Part{}, s3err(404, "NoSuchUpload", "")
	}
	u.parts[n] = data
	sum := md5.Sum(data)
	return s3call.Part{Number: n, Written: s3call.Written{ETag: hex.EncodeToString(sum[:])}, Size: int64(len(data))}, nil
}

func (s *store) UploadPartCopy(_ context.Context, in s3call.PartCopy) (s3call.Part, error) {
	if err := s.enter("UploadPartCopy", in); err != nil {
		return s3call.Part{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parts = append(s.parts, in)
	if in.Length > s.limit {
		return s3call.Part{}, s3err(400, "InvalidRequest", "larger than the maximum allowable size")
	}
	src, err := s.find(in.Source)
	if err != nil {
		return s3call.Part{}, err
	}
	if in.SourceIfMatch != "" && in.SourceIfMatch != src.ETag {
		return s3call.Part{}, s3err(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
	}
	u := s.uploads[in.ID]
	if s.missing && u != nil && u.ChecksumAlgorithm != "" {
		return s3call.Part{}, s3err(400, "InvalidArgument", "checksum missing")
	}
	part, err := s.part(in.Upload, in.Number, src.data[in.First:in.First+in.Length])
	switch {
	case err != nil || s.noSums || u.ChecksumAlgorithm == "":
	case s.lazy && len(src.Checksums) > 0 && src.Checksums[0].Algorithm == u.ChecksumAlgorithm:
		part.Checksum = src.Checksums[0]
	default:
		part.Checksum = sumOf(u.ChecksumAlgorithm, string(u.parts[in.Number]))
		if s.wrong {
			part.Checksum = sumOf(u.ChecksumAlgorithm, "wrong")
		}
	}
	return part, err
}

func (s *store) UploadPart(_ context.Context, in s3call.PutPart) (s3call.Part, error) {
	if err := s.enter("UploadPart", in); err != nil {
		return s3call.Part{}, err
	}
	data, err := io.ReadAll(in.Body)
	if err != nil {
		return s3call.Part{}, &transship.Error{Code: transship.Unavailable, Op: "UploadPart", Err: err}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.part(in.Upload, in.Number, append([]byte(s.framing), data...))
}

func (s *store) CompleteMultipartUpload(_ context.Context, in s3call.CompleteUpload) (s3call.Written, error) {
	if err := s.enter("CompleteMultipartUpload", in); err != nil {
		return s3call.Written{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.uploads[in.ID]
	if u == nil {
		return s3call.Written{}, s3err(404, "NoSuchUpload", "")
	}
	if in.IfNoneMatch && len(s.objects[in.Bucket+"/"+in.Key]) > 0 {
		return s3call.Written{}, s3err(412, "PreconditionFailed", "")
	}
	var data, sums []byte
	for i, p := range in.Parts {
		if p.Number != i+1 {
			return s3call.Written{}, s3err(400, "InvalidPartOrder", "")
		}
		if i < len(in.Parts)-1 && len(u.parts[p.Number]) < s.minPart {
			return s3call.Written{}, s3err(400, "EntityTooSmall", "")
		}
		data = append(data, u.parts[p.Number]...)
		sum := md5.Sum(u.parts[p.Number])
		sums = append(sums, sum[:]...)
	}
	delete(s.uploads, in.ID)
	sum := md5.Sum(sums)
	etag := fmt.Sprintf("%x-%d", sum, len(in.Parts))
	return s.write(in.Bucket, in.Key, data, u.Attributes, u.Tags, etag, u.ChecksumAlgorithm).written(), s.leave("CompleteMultipartUpload")
}

func (s *store) AbortMultipartUpload(_ context.Context, in s3call.Upload) error {
	if err := s.enter("AbortMultipartUpload", in); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.uploads[in.ID] == nil {
		return s3err(404, "NoSuchUpload", "")
	}
	delete(s.uploads, in.ID)
	return nil
}

func (s *store) ListMultipartUploads(_ context.Context, bucket, prefix string, _ int) ([]s3call.PendingUpload, error) {
	if err := s.enter("ListMultipartUploads", prefix); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []s3call.PendingUpload
	for id, u := range s.uploads {
		if u.Bucket == bucket && strings.HasPrefix(u.Key, prefix) {
			list = append(list, s3call.PendingUpload{Upload: s3call.Upload{Bucket: bucket, Key: u.Key, ID: id}, Initiated: s.now})
		}
	}
	return list, nil
}

// memory is Uploads in a map.
type memory struct {
	mu   sync.Mutex
	open map[s3call.Upload]bool
	refu error
}

func (m *memory) Began(_ context.Context, up s3call.Upload) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refu != nil {
		return m.refu
	}
	if m.open == nil {
		m.open = map[s3call.Upload]bool{}
	}
	m.open[up] = true
	return nil
}

func (m *memory) Ended(_ context.Context, up s3call.Upload) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.open, up)
	return nil
}
