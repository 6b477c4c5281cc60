package manifest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/inventory"
	"github.com/transship/transship/internal/inventory/csvscan"
	"github.com/transship/transship/internal/s3call"
)

// openCSV opens a manifest of format S3BatchOperations_CSV_20180820.
func (r *Reader) openCSV(ctx context.Context, m transship.Manifest, get s3call.Get) (*input, error) {
	at, err := newFields(m.Fields)
	if err != nil {
		return nil, err
	}
	body, err := r.Source.GetObject(ctx, get)
	if err != nil {
		return nil, err
	}
	in := &input{bucket: get.Bucket, key: get.Key, etag: plainETag(body.ETag), versioned: at.version >= 0,
		close: func() { _ = body.Close() }}
	in.each = func(ctx context.Context, do func(*transship.Task) error) error {
		return eachLine(ctx, body, at, in, do)
	}
	return in, nil
}

// fields says at which place of a line each column is; -1: it is not there.
type fields struct {
	bucket, key, version, count int
}

func newFields(names []string) (fields, error) {
	at := fields{-1, -1, -1, len(names)}
	for i, name := range names {
		place := map[string]*int{
			transship.FieldBucket: &at.bucket, transship.FieldKey: &at.key, transship.FieldVersionID: &at.version,
		}[name]
		switch {
		case place != nil && *place < 0:
			*place = i
		case place != nil:
			return at, content(fmt.Sprintf("Fields names %s twice", name))
		case name != transship.FieldIgnore:
			return at, content(fmt.Sprintf("Fields names %q; a column is Bucket, Key, VersionId or Ignore", name))
		}
	}
	if at.bucket < 0 {
		return at, content("Required fields are missing in the schema: Bucket")
	}
	if at.key < 0 {
		return at, content("Required fields are missing in the schema: Key")
	}
	return at, nil
}

func eachLine(ctx context.Context, body *s3call.Body, at fields, in *input, do func(*transship.Task) error) error {
	scan := csvscan.New(body, at.count)
	var bucket string
	var header bool
	var task transship.Task
	for scan.Next() {
		line := scan.Line()
		if line%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		f := scan.Fields()
		switch {
		case line == 1:
			bucket = string(f[at.bucket])
			if header = isHeader(bucket, string(f[at.key])); header && bucket != strings.ToLower(bucket) {
				return wrong(in, line, headerReason)
			}
			if bucket == "" {
				return wrong(in, line, "names no bucket")
			}
		case string(f[at.bucket]) != bucket && header && line == 2:
			return wrong(in, 1, headerReason)
		case string(f[at.bucket]) != bucket:
			return wrong(in, line, fmt.Sprintf("names the bucket %q; the lines before name %q, and all must name the same", f[at.bucket], bucket))
		}
		key, err := inventory.DecodeKey(f[at.key])
		if err != nil {
			return wrong(in, line, "is wrong: "+err.Error())
		}
		task = transship.Task{Bucket: bucket, Key: key, RawKey: string(f[at.key]), Size: -1}
		if at.version >= 0 {
			task.RawVersion = string(f[at.version])
			task.VersionID = task.RawVersion
			if task.VersionID == "" {
				task.Fault = noVersion()
			}
		}
		if err := do(&task); err != nil {
			return err
		}
	}
	var syntax *csvscan.SyntaxError
	if err := scan.Err(); errors.As(err, &syntax) {
		return wrong(in, syntax.Line, syntax.Message)
	} else if err != nil {
		return &transship.Error{Code: transship.Unavailable, Op: "read the manifest", Bucket: in.bucket, Key: in.key,
			Message: fmt.Sprintf("the answer broke off after line %d", scan.Line()), Err: err}
	}
	return nil
}

// noVersion is the fault of a line whose version id is empty (reference 4.2).
func noVersion() *transship.Fault {
	return &transship.Fault{HTTPStatus: 400, ErrorCode: "InvalidRequest", Message: "Task failed due to missing VersionId"}
}

const headerReason = "looks like a header row; a manifest has none: remove the line"

// isHeader reports whether a line holds the names of columns. Bucket names
// have no capitals, so that "Bucket" is one for sure, and "bucket" is one when
// the next line names another bucket.
func isHeader(bucket, key string) bool {
	return slices.Contains([]string{"bucket", "bucketname", "bucket_name", "bucket name"}, strings.ToLower(bucket)) &&
		slices.Contains([]string{"key", "objectkey", "object_key", "key_name", "keyname", "object key"}, strings.ToLower(key))
}

// wrong is the failure of a manifest one line of which is wrong.
func wrong(in *input, line int64, what string) error {
	return content(fmt.Sprintf("line %d of %s %s", line, in.place(), what))
}
