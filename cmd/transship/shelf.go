package main

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// shelf keeps a copy's inventory and report in a local folder, where a job has
// them in buckets. Its keys are those that transship makes itself (letters,
// digits, ".", "_", "-" and "/"); any other is refused, so that no key of an
// object ever becomes a path.
type shelf struct{ dir string }

// shelfBucket is the bucket's name in the ARNs of what lies on a shelf.
const shelfBucket = "local"

func (s shelf) path(key string) (string, error) {
	for part := range strings.SplitSeq(key, "/") {
		if part == "" || part == "." || part == ".." || strings.Trim(part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._=-") != "" {
			return "", &transship.Error{Code: transship.Invalid, Op: "use the folder " + s.dir, Key: key, Message: "not a name that transship makes"}
		}
	}
	return filepath.Join(s.dir, filepath.FromSlash(key)), nil
}

// PutObject writes a file, complete and synced, or not at all.
func (s shelf) PutObject(_ context.Context, p s3call.Put) (s3call.Written, error) {
	name, err := s.path(p.Key)
	if err != nil {
		return s3call.Written{}, err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return s3call.Written{}, err
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return s3call.Written{}, err
	}
	defer os.Remove(f.Name())
	sum := md5.New()
	var n int64
	if p.Body != nil {
		n, err = io.Copy(io.MultiWriter(f, sum), p.Body)
	}
	if err == nil && n != p.Size {
		err = io.ErrUnexpectedEOF
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return s3call.Written{}, err
	}
	return s3call.Written{ETag: hex.EncodeToString(sum.Sum(nil))}, os.Rename(f.Name(), name)
}

// GetObject reads a file, or a range of it.
func (s shelf) GetObject(_ context.Context, g s3call.Get) (*s3call.Body, error) {
	name, err := s.path(g.Key)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, &transship.Error{Code: transship.NotFound, Op: "read", Bucket: g.Bucket, Key: g.Key, S3Code: "NoSuchKey", Status: 404, Err: err}
	}
	if err != nil {
		return nil, err
	}
	body, err := s.body(f, g)
	if err != nil {
		f.Close()
	}
	return body, err
}

func (s shelf) body(f *os.File, g s3call.Get) (*s3call.Body, error) {
	sum := md5.New()
	size, err := io.Copy(sum, f)
	if err != nil {
		return nil, err
	}
	etag := hex.EncodeToString(sum.Sum(nil))
	if g.IfMatch != "" && g.IfMatch != etag {
		return nil, &transship.Error{Code: transship.Precondition, Op: "read", Bucket: g.Bucket, Key: g.Key, S3Code: "PreconditionFailed", Status: 412}
	}
	first, length := int64(0), size
	if g.Length > 0 {
		first, length = g.First, min(g.Length, size-g.First)
	}
	if _, err := f.Seek(first, io.SeekStart); err != nil {
		return nil, err
	}
	return &s3call.Body{ReadCloser: f, Head: s3call.Head{Size: size, ETag: etag}, Length: length}, nil
}
