package inventory

import (
	"bufio"
	"context"
	"crypto/md5"
	"encoding/hex"
	"hash"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// dataWriter makes data files, each in a temporary file first, since a PUT
// must know its length.
type dataWriter struct {
	writer   *Writer
	delivery Delivery
	root     string
	report   *Report

	file *os.File // nil: none begun
	out  *bufio.Writer
	sum  hash.Hash
	size int64 // bytes that have come out of gzip
	zip  *gzip.Writer
}

// Write takes gzip's output.
func (w *dataWriter) Write(p []byte) (int, error) {
	w.size += int64(len(p))
	w.sum.Write(p)
	return w.out.Write(p)
}

func (w *dataWriter) begin() error {
	f, err := os.CreateTemp(w.writer.TempDir, "transship-inventory-*")
	if err != nil {
		return spoolError(err)
	}
	w.file, w.size, w.sum = f, 0, md5.New()
	w.out = bufio.NewWriterSize(f, 256<<10)
	if w.zip == nil {
		w.zip = gzip.NewWriter(w)
	} else {
		w.zip.Reset(w)
	}
	return nil
}

func (w *dataWriter) row(ctx context.Context, line []byte) error {
	if w.file == nil {
		if err := w.begin(); err != nil {
			return err
		}
	}
	if _, err := w.zip.Write(line); err != nil {
		return spoolError(err)
	}
	limit := w.writer.FileBytes
	if limit <= 0 {
		limit = DefaultFileBytes
	}
	if w.size < limit {
		return nil
	}
	return w.end(ctx)
}

// end uploads the file that was begun, if there is one.
func (w *dataWriter) end(ctx context.Context) error {
	if w.file == nil {
		return nil
	}
	defer w.drop()
	if err := w.zip.Close(); err != nil {
		return spoolError(err)
	}
	if err := w.out.Flush(); err != nil {
		return spoolError(err)
	}
	if _, err := w.file.Seek(0, io.SeekStart); err != nil {
		return spoolError(err)
	}
	key := w.root + "/data/" + w.writer.id() + ".csv.gz"
	_, err := w.writer.Store.PutObject(ctx, s3call.Put{Bucket: w.delivery.DestinationBucket, Key: key,
		Attributes: s3call.Attributes{ContentType: "application/octet-stream"}, Body: w.file, Size: w.size,
		ACL: w.delivery.ACL, ExpectedOwner: w.delivery.ExpectedOwner})
	if err != nil {
		return undelivered(w.delivery, key, err)
	}
	w.report.Files = append(w.report.Files, File{Key: key, Size: w.size, MD5: hex.EncodeToString(w.sum.Sum(nil))})
	return nil
}

// drop removes the temporary file.
func (w *dataWriter) drop() {
	if w.file != nil {
		_ = w.file.Close()
		_ = os.Remove(w.file.Name())
		w.file = nil
	}
}

func spoolError(err error) error {
	return &transship.Error{Code: transship.Unavailable, Op: "make the inventory's data file", Err: err,
		Hint: "the folder for temporary files needs room for one data file"}
}
