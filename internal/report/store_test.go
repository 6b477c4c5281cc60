package report

import (
	"bytes"
	"context"
	"io"
	"iter"
	"sync"
	"testing"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// bucket keeps what is put into it, in order.
type bucket struct {
	mu      sync.Mutex
	objects map[string][]byte
	order   []string
	puts    []s3call.Put
	refuse  func(key string) error
}

func (b *bucket) PutObject(_ context.Context, in s3call.Put) (s3call.Written, error) {
	data, err := io.ReadAll(in.Body)
	if err != nil {
		return s3call.Written{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.refuse != nil {
		if err := b.refuse(in.Key); err != nil {
			return s3call.Written{}, err
		}
	}
	if int64(len(data)) != in.Size {
		return s3call.Written{}, &transship.Error{Code: transship.Invalid, Status: 400, S3Code: "IncompleteBody"}
	}
	if b.objects == nil {
		b.objects = map[string][]byte{}
	}
	in.Body = nil
	b.objects[in.Key], b.order, b.puts = data, append(b.order, in.Key), append(b.puts, in)
	return s3call.Written{}, nil
}

func (b *bucket) GetObject(_ context.Context, in s3call.Get) (*s3call.Body, error) {
	data, ok := b.objects[in.Key]
	if !ok || in.Bucket != "reports" {
		return nil, &transship.Error{Code: transship.NotFound, Status: 404, S3Code: "NoSuchKey"}
	}
	return &s3call.Body{ReadCloser: io.NopCloser(bytes.NewReader(data)), Length: int64(len(data))}, nil
}

func rowsOf(rows ...transship.Result) iter.Seq2[transship.Result, error] {
	return func(yield func(transship.Result, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func job(change ...func(*transship.Report)) *transship.Job {
	j := &transship.Job{ID: "3f6c2b1e-0000-4000-8000-000000000001",
		Ended: time.Date(2026, 11, 24, 20, 1, 10, 4_000_000, time.UTC),
		Report: transship.Report{Enabled: true, BucketARN: "arn:aws:s3:::reports", Prefix: "weekly", Format: transship.ReportFormatCSV,
			Scope: transship.AllTasks}}
	for _, f := range change {
		f(&j.Report)
	}
	return j
}

func writer(t *testing.T, b *bucket) *Writer {
	return &Writer{Store: b, Dir: t.TempDir(), Now: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }}
}
