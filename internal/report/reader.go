package report

import (
	"bufio"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// Bounds of what is read whole.
const (
	largestIndex = 16 << 20
	largestMD5   = 1 << 10
)

// Shelf is what reports are read from.
type Shelf interface {
	GetObject(context.Context, s3call.Get) (*s3call.Body, error)
}

// Reader reads completion reports, ours and AWS's.
type Reader struct{ Shelf Shelf }

// Index reads manifest.json, given its key, and checks it against
// manifest.json.md5.
func (r *Reader) Index(ctx context.Context, bucket, key string) (Index, error) {
	text, err := r.all(ctx, bucket, key, largestIndex)
	if err != nil {
		return Index{}, err
	}
	line, err := r.all(ctx, bucket, key+".md5", largestMD5)
	if err != nil {
		return Index{}, err
	}
	sum := md5.Sum(text)
	if want := strings.TrimSpace(string(line)); !strings.EqualFold(want, hex.EncodeToString(sum[:])) {
		return Index{}, damaged(bucket, key, fmt.Sprintf("its MD5 is %x, manifest.json.md5 says %q", sum, want))
	}
	index, err := parseIndex(text)
	if err != nil {
		return Index{}, damaged(bucket, key, err.Error())
	}
	return index, nil
}

func parseIndex(text []byte) (Index, error) {
	var index Index
	if err := json.Unmarshal(text, &index); err != nil {
		return Index{}, err
	}
	if index.Format != transship.ReportFormatCSV {
		return Index{}, fmt.Errorf("format %q is not %s", index.Format, transship.ReportFormatCSV)
	}
	return index, nil
}

// Rows reads every row of the report whose manifest.json has that key, file by
// file. A row tells what the report tells: bucket, key and version as the
// manifest had them, outcome and message. A file whose MD5 is not the one in
// manifest.json ends the rows with an error of code Damaged, after its last row.
func (r *Reader) Rows(ctx context.Context, bucket, key string) iter.Seq2[transship.Result, error] {
	return func(yield func(transship.Result, error) bool) {
		index, err := r.Index(ctx, bucket, key)
		if err != nil {
			yield(transship.Result{}, err)
			return
		}
		for _, file := range index.Results {
			if file.Bucket == "" {
				file.Bucket = bucket
			}
			if !r.file(ctx, file, yield) {
				return
			}
		}
	}
}

// file yields the rows of one file; false: stop.
func (r *Reader) file(ctx context.Context, file File, yield func(transship.Result, error) bool) bool {
	body, err := r.Shelf.GetObject(ctx, s3call.Get{Ref: s3call.Ref{Bucket: file.Bucket, Key: file.Key}})
	if err != nil {
		yield(transship.Result{}, reading(file.Bucket, file.Key, err))
		return false
	}
	defer func() { _ = body.Close() }()
	sum := md5.New()
	p := &parser{from: bufio.NewReaderSize(io.TeeReader(body, sum), 64<<10)}
	for {
		fields, err := p.next()
		if err == io.EOF {
			break
		}
		if errors.Is(err, errRow) {
			err = damaged(file.Bucket, file.Key, err.Error())
		} else if err != nil {
			err = reading(file.Bucket, file.Key, err)
		}
		if err != nil {
			yield(transship.Result{}, err)
			return false
		}
		if !yield(result(fields), nil) {
			return false
		}
	}
	if got := hex.EncodeToString(sum.Sum(nil)); !strings.EqualFold(got, file.MD5Checksum) {
		yield(transship.Result{}, damaged(file.Bucket, file.Key, fmt.Sprintf("its MD5 is %s, manifest.json says %q", got, file.MD5Checksum)))
		return false
	}
	return true
}

func (r *Reader) all(ctx context.Context, bucket, key string, limit int64) ([]byte, error) {
	body, err := r.Shelf.GetObject(ctx, s3call.Get{Ref: s3call.Ref{Bucket: bucket, Key: key}})
	if err != nil {
		return nil, reading(bucket, key, err)
	}
	defer func() { _ = body.Close() }()
	text, err := io.ReadAll(io.LimitReader(body, limit+1))
	if err != nil {
		return nil, reading(bucket, key, err)
	}
	if int64(len(text)) > limit {
		return nil, damaged(bucket, key, fmt.Sprintf("it is larger than %d bytes", limit))
	}
	return text, nil
}

func reading(bucket, key string, err error) error {
	return &transship.Error{Code: transship.CodeOf(err), Op: "read the report", Bucket: bucket, Key: key, Err: err}
}

func damaged(bucket, key, why string) error {
	return &transship.Error{Code: transship.Damaged, Op: "read the report", Bucket: bucket, Key: key, Message: why}
}
