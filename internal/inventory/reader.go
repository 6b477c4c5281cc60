package inventory

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"

	"github.com/klauspost/compress/gzip"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/inventory/csvscan"
	"github.com/transship/transship/internal/s3call"
)

// Getter is the S3 call that reading a report makes.
type Getter interface {
	GetObject(context.Context, s3call.Get) (*s3call.Body, error)
}

// Reader reads inventory reports.
type Reader struct {
	Source Getter
}

// Open reads the manifest.json that get names. A failed call comes back as the
// store's error, one that was unmet by If-Match too; what is not a manifest as
// code Damaged or Unsupported.
func (r *Reader) Open(ctx context.Context, get s3call.Get) (*Report, error) {
	const op = "read the inventory's manifest"
	body, err := r.Source.GetObject(ctx, get)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	data, err := io.ReadAll(io.LimitReader(body, MaxReport+1))
	if err != nil {
		return nil, unread(op, get.Bucket, get.Key, err)
	}
	if len(data) > MaxReport {
		return nil, &transship.Error{Code: transship.Damaged, Op: op, Bucket: get.Bucket, Key: get.Key,
			Message: fmt.Sprintf("it is over %d MiB long", MaxReport>>20)}
	}
	report, err := ParseReport(data)
	if err != nil {
		return nil, &transship.Error{Code: transship.CodeOf(err), Op: op, Bucket: get.Bucket, Key: get.Key, Err: err}
	}
	report.Bucket, report.Key, report.ETag = get.Bucket, get.Key, body.ETag
	return report, nil
}

// Rows streams the rows of all data files, in the order of the files. The row
// is valid until the next one. After an error, which names the data file, the
// stream ends: the store's error when the file could not be had, code Damaged
// when its bytes are not what the manifest promises, code Unavailable when the
// connection broke. A file's size and MD5 are compared when its last row is
// out, so rows count only once the stream has ended without error.
func (r *Reader) Rows(ctx context.Context, report *Report) iter.Seq2[*Row, error] {
	return func(yield func(*Row, error) bool) {
		for _, file := range report.Files {
			more, err := r.file(ctx, report, file, yield)
			if err != nil {
				yield(nil, err)
				return
			}
			if !more {
				return
			}
		}
	}
}

// Objects streams the current objects that a report lists: no older versions,
// no delete markers. The order is the report's; transship writes its reports
// in the order of keys, AWS does not. The errors are those of [Reader.Rows].
func (r *Reader) Objects(ctx context.Context, report *Report) iter.Seq2[transship.Object, error] {
	versioned := report.Versioned()
	return func(yield func(transship.Object, error) bool) {
		for row, err := range r.Rows(ctx, report) {
			if err != nil {
				yield(transship.Object{}, err)
				return
			}
			if row.IsDeleteMarker || versioned && !row.IsLatest {
				continue
			}
			if !yield(row.Object, nil) {
				return
			}
		}
	}
}

// file streams one data file; more is false when the taker has had enough.
func (r *Reader) file(ctx context.Context, report *Report, file File, yield func(*Row, error) bool) (more bool, err error) {
	const op = "read the inventory's data file"
	body, err := r.Source.GetObject(ctx, s3call.Get{Ref: s3call.Ref{Bucket: report.DestinationBucket, Key: file.Key}})
	if err != nil {
		return false, &transship.Error{Code: transship.CodeOf(err), Op: op, Bucket: report.DestinationBucket, Key: file.Key, Err: err}
	}
	defer body.Close()
	counted := &counting{from: body, sum: md5.New()}
	more, err = rows(ctx, counted, report, yield)
	if err == nil && !more {
		return false, nil
	}
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	// What the scanner did not want still counts for size and MD5: a damaged
	// file is then reported as such and not as an odd line.
	_, _ = io.Copy(io.Discard, io.LimitReader(counted, file.Size-counted.size+1))
	if counted.err != nil {
		return false, unread(op, report.DestinationBucket, file.Key, counted.err)
	}
	fault := &transship.Error{Code: transship.Damaged, Op: op, Bucket: report.DestinationBucket, Key: file.Key, Err: err}
	if counted.size != file.Size {
		fault.Message = fmt.Sprintf("it is %d bytes long; the manifest says %d", body.Length, file.Size)
		return false, fault
	}
	if sum := hex.EncodeToString(counted.sum.Sum(nil)); sum != file.MD5 {
		fault.Message = fmt.Sprintf("its MD5 is %s; the manifest says %s", sum, file.MD5)
		return false, fault
	}
	if err != nil {
		return false, fault
	}
	return more, nil
}

// rows gunzips and parses one data file.
func rows(ctx context.Context, from io.Reader, report *Report, yield func(*Row, error) bool) (bool, error) {
	at, err := newColumns(report.Schema)
	if err != nil {
		return false, err
	}
	unzipped, err := gzip.NewReader(from)
	if err != nil {
		return false, err
	}
	defer unzipped.Close()
	var row Row
	scan := csvscan.New(unzipped, len(report.Schema))
	for scan.Next() {
		if scan.Line()%4096 == 0 && ctx.Err() != nil {
			return false, ctx.Err()
		}
		if err := at.parse(scan.Fields(), &row); err != nil {
			return false, fmt.Errorf("line %d: %w", scan.Line(), err)
		}
		if row.Bucket != report.SourceBucket {
			return false, fmt.Errorf("line %d: the bucket is %q; the manifest says %q", scan.Line(), row.Bucket, report.SourceBucket)
		}
		if !yield(&row, nil) {
			return false, nil
		}
	}
	return true, scan.Err()
}

// counting measures what passes and keeps the error that the connection gave.
type counting struct {
	from io.Reader
	sum  hash.Hash
	size int64
	err  error
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.size += int64(n)
	c.sum.Write(p[:n])
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return n, err
}

// unread is the error of a body that broke off: the same may work later.
func unread(op, bucket, key string, cause error) error {
	var e *transship.Error
	if errors.As(cause, &e) {
		return &transship.Error{Code: e.Code, Op: op, Bucket: bucket, Key: key, Err: cause}
	}
	return &transship.Error{Code: transship.Unavailable, Op: op, Bucket: bucket, Key: key, Message: "the answer broke off", Err: cause}
}
