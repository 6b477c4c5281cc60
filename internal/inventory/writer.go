package inventory

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"iter"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// Putter is the S3 call that writing a report makes.
type Putter interface {
	PutObject(context.Context, s3call.Put) (s3call.Written, error)
}

// DefaultFileBytes is how large a data file grows before the next is begun.
const DefaultFileBytes = 64 << 20

// Writer writes inventory reports in AWS's CSV layout.
type Writer struct {
	Store     Putter
	TempDir   string        // for the data file that is being made; empty: the system's
	FileBytes int64         // compressed size of a data file; 0: [DefaultFileBytes]
	NewID     func() string // names of data files; nil: random UUIDs
}

// Delivery says what is reported and where it goes.
type Delivery struct {
	SourceBucket      string
	ID                string // of the configuration: a path segment, [A-Za-z0-9._-]{1,64}
	DestinationBucket string
	Prefix            string // a slash at its end is the same as none
	Versions          bool
	Fields            []string  // optional columns; see [Fields]
	Started           time.Time // of the listing; it names the report's folder
	ACL               string    // canned; bucket-owner-full-control when the destination's owner is another
	ExpectedOwner     string    // of the destination bucket
}

// Delivered is a report that has been written.
type Delivered struct {
	Bucket, Key, ETag string // of manifest.json, as a job's manifest names it
	Files             int
	Rows              int64
	Bytes             int64 // of the objects listed
}

var configurationID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// Write writes a report of the objects: data files, Hive symlink, manifest.json
// and, last, manifest.checksum, by which consumers know that the report is
// complete (reference 7.2). An error of the stream, or of a call, ends it
// before manifest.json is there; data files may be left behind.
func (w *Writer) Write(ctx context.Context, d Delivery, objects iter.Seq2[transship.Object, error]) (Delivered, error) {
	columns, err := d.check()
	if err != nil {
		return Delivered{}, err
	}
	root := d.root()
	// The folder is named to the minute, and creationTimestamp says the same
	// (reference 11, line 118).
	started := d.Started.UTC().Truncate(time.Minute)
	report := Report{SourceBucket: d.SourceBucket, DestinationBucket: d.DestinationBucket, Created: started,
		Format: FormatCSV, Schema: columns}
	out := Delivered{Bucket: d.DestinationBucket}
	write := dataWriter{writer: w, delivery: d, root: root, report: &report}
	defer write.drop()
	var line []byte
	for o, err := range objects {
		if err != nil {
			return Delivered{}, err
		}
		if o.IsDeleteMarker && !d.Versions {
			continue
		}
		line = appendRow(line[:0], columns, d.SourceBucket, o)
		if err := write.row(ctx, line); err != nil {
			return Delivered{}, err
		}
		out.Rows++
		out.Bytes += o.Size
	}
	if err := write.end(ctx); err != nil {
		return Delivered{}, err
	}
	out.Files = len(report.Files)
	var links strings.Builder
	for _, f := range report.Files {
		fmt.Fprintf(&links, "s3://%s/%s\n", d.DestinationBucket, f.Key)
	}
	if _, err := w.put(ctx, d, root+"/hive/dt="+started.Format("2006-01-02-15-04")+"/symlink.txt", "text/plain", links.String()); err != nil {
		return Delivered{}, err
	}
	text, err := report.encode()
	if err != nil {
		return Delivered{}, err
	}
	folder := root + "/" + started.Format("2006-01-02T15-04Z")
	out.Key = folder + "/manifest.json"
	written, err := w.put(ctx, d, out.Key, "application/json", string(text))
	if err != nil {
		return Delivered{}, err
	}
	out.ETag = written.ETag
	sum := md5.Sum(text)
	if _, err := w.put(ctx, d, folder+"/manifest.checksum", "text/plain", hex.EncodeToString(sum[:])); err != nil {
		return Delivered{}, err
	}
	return out, nil
}

// root is the folder of the configuration. On AWS a prefix that ends in a
// slash gives a manifest that points nowhere; here it is the same as without.
func (d Delivery) root() string {
	root := d.SourceBucket + "/" + d.ID
	if prefix := strings.TrimRight(d.Prefix, "/"); prefix != "" {
		root = prefix + "/" + root
	}
	return root
}

// check is the columns of the delivery, in canonical order.
func (d Delivery) check() ([]string, error) {
	if !configurationID.MatchString(d.ID) || d.ID == "." || d.ID == ".." {
		return nil, &transship.Error{Code: transship.Invalid, Op: "write the inventory",
			Message: fmt.Sprintf("the id %q is not 1 to 64 of A-Z a-z 0-9 . _ -", d.ID)}
	}
	if d.SourceBucket == "" || d.DestinationBucket == "" || d.Started.IsZero() {
		return nil, &transship.Error{Code: transship.Invalid, Op: "write the inventory",
			Message: "source bucket, destination bucket and start must be given"}
	}
	return columnsFor(d.Versions, d.Fields)
}

func (w *Writer) put(ctx context.Context, d Delivery, key, contentType, text string) (s3call.Written, error) {
	written, err := w.Store.PutObject(ctx, s3call.Put{Bucket: d.DestinationBucket, Key: key,
		Attributes: s3call.Attributes{ContentType: contentType}, Body: strings.NewReader(text), Size: int64(len(text)),
		ACL: d.ACL, ExpectedOwner: d.ExpectedOwner})
	if err != nil {
		return written, undelivered(d, key, err)
	}
	return written, nil
}

func (w *Writer) id() string {
	if w.NewID != nil {
		return w.NewID()
	}
	return uuid.NewString()
}

func undelivered(d Delivery, key string, cause error) error {
	return &transship.Error{Code: transship.CodeOf(cause), Op: "write the inventory to", Bucket: d.DestinationBucket, Key: key, Err: cause,
		Hint: "the one who writes needs s3:PutObject (and, for another account's bucket, s3:PutObjectAcl) on " + transship.BucketARN(d.DestinationBucket) + "/*"}
}
