package report

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// defaultFileSize is how large a results file may grow.
const defaultFileSize = 64 << 20

// unwritable is AWS's own text for a report that cannot be delivered.
const unwritable = "The job report could not be written to your report bucket. Please check your permissions."

// Store is what a report is written to, with the credentials of the job's role.
type Store interface {
	PutObject(context.Context, s3call.Put) (s3call.Written, error)
}

// Writer writes completion reports.
type Writer struct {
	Store Store
	// Now dates a report whose job has no end yet. To write a report twice and
	// get the same, give the same time.
	Now      func() time.Time
	Dir      string // of the spool; empty: the system's temporary folder
	FileSize int64  // bytes of a results file; 0: 64 MiB
}

// Write writes the report of a job from the rows of its attempted tasks and
// answers the key of its manifest.json. The key is empty if the job wants no
// report or attempted nothing. A [*transship.JobFailure] says that the report
// bucket will not have it; any other error, that the same may work later: what
// was written by then is written over.
func (w *Writer) Write(ctx context.Context, job *transship.Job, rows iter.Seq2[transship.Result, error]) (string, error) {
	if !job.Report.Enabled {
		return "", nil
	}
	bucket, err := transship.BucketFromARN(job.Report.BucketARN)
	if err != nil {
		return "", &transship.JobFailure{Code: transship.FailReportUnwritable, Reason: unwritable, Err: err}
	}
	run := &writing{Writer: w, ctx: ctx, job: job, bucket: bucket, folder: folder(job.Report.Prefix, job.ID),
		files: map[string][]File{}, spools: map[string]*spool{}}
	defer run.close()
	attempted := false
	for r, err := range rows {
		if err != nil {
			return "", err
		}
		attempted = true
		if r.Succeeded && job.Report.Scope == transship.FailedTasksOnly {
			continue
		}
		if err := run.add(r); err != nil {
			return "", err
		}
	}
	if !attempted {
		return "", nil
	}
	return run.finish()
}

// writing is one report under way.
type writing struct {
	*Writer
	ctx    context.Context
	job    *transship.Job
	bucket string
	folder string
	spools map[string]*spool
	files  map[string][]File
	row    []byte
}

func (w *writing) close() {
	for _, s := range w.spools {
		s.close()
	}
}

// add puts a row into the file of its class, and the file into the bucket when
// it is full.
func (w *writing) add(r transship.Result) error {
	class := classOf(r)
	s := w.spools[class]
	if s == nil {
		var err error
		if s, err = newSpool(w.Dir); err != nil {
			return err
		}
		w.spools[class] = s
	}
	limit := w.FileSize
	if limit <= 0 {
		limit = defaultFileSize
	}
	w.row = appendRow(w.row[:0], r)
	if s.size > 0 && s.size+int64(len(w.row)) > limit {
		if err := w.flush(class, s); err != nil {
			return err
		}
	}
	return s.add(w.row)
}

// flush writes a class's spool as its next file.
func (w *writing) flush(class string, s *spool) error {
	key := w.folder + fileName(w.job.ID, class, len(w.files[class]))
	body, err := s.rewind()
	if err != nil {
		return err
	}
	if err := w.put(key, "text/csv", body, s.size); err != nil {
		return err
	}
	w.files[class] = append(w.files[class], File{class, w.bucket, s.md5(), key})
	return s.reset()
}

// finish writes what is left and then, last, what makes it a report.
func (w *writing) finish() (string, error) {
	created := w.job.Ended
	if created.IsZero() {
		created = w.Now()
	}
	index := Index{Format: transship.ReportFormatCSV, ReportCreationDate: stamp(created), Results: []File{}, ReportSchema: Schema}
	for _, class := range []string{classSucceeded, classFailed} {
		if s := w.spools[class]; s != nil && s.size > 0 {
			if err := w.flush(class, s); err != nil {
				return "", err
			}
		}
		index.Results = append(index.Results, w.files[class]...)
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(index); err != nil {
		return "", err
	}
	body := bytes.TrimRight(text.Bytes(), "\n")
	sum := md5.Sum(body)
	key := w.folder + "manifest.json"
	line := hex.EncodeToString(sum[:]) + "\n"
	if err := w.put(key+".md5", "text/plain", bytes.NewReader([]byte(line)), int64(len(line))); err != nil {
		return "", err
	}
	return key, w.put(key, "application/json", bytes.NewReader(body), int64(len(body)))
}

func (w *writing) put(key, contentType string, body io.Reader, size int64) error {
	_, err := w.Store.PutObject(w.ctx, s3call.Put{Bucket: w.bucket, Key: key, Attributes: s3call.Attributes{ContentType: contentType},
		Body: body, Size: size, ExpectedOwner: w.job.Report.ExpectedBucketOwner})
	return w.judge(key, err)
}

// judge makes a refusal for good the job's failure, with the bucket and the
// store's answer in the cause.
func (w *writing) judge(key string, err error) error {
	if err == nil {
		return nil
	}
	told := &transship.Error{Code: transship.CodeOf(err), Op: "write the report", Bucket: w.bucket, Key: key, Err: err}
	var e *transship.Error
	if !errors.As(err, &e) || !forGood(e) {
		return told
	}
	told.Hint = "the job's role needs s3:PutObject on arn:aws:s3:::" + w.bucket + "/*, and in another account the bucket's policy must allow it too"
	return &transship.JobFailure{Code: transship.FailReportUnwritable, Reason: fmt.Sprintf("%s (bucket %s: %s)", unwritable, w.bucket, said(e)), Err: told}
}

// said is a store's refusal in a word or two.
func said(e *transship.Error) string {
	switch {
	case e.S3Code != "":
		return e.S3Code
	case e.Status != 0:
		return fmt.Sprintf("HTTP %d", e.Status)
	}
	return string(e.Code)
}

// forGood reports whether the store would answer the same next time.
func forGood(e *transship.Error) bool {
	switch e.S3Code {
	case "SlowDown", "RequestTimeout", "ExpiredToken", "TokenRefreshRequired", "RequestTimeTooSkewed", "OperationAborted",
		"BadDigest", "IncompleteBody":
		return false
	}
	switch {
	case e.Status == 0:
		return e.Code == transship.Invalid || e.Code == transship.Unsupported
	case e.Status == 408 || e.Status == 429:
		return false
	}
	return e.Status >= 300 && e.Status < 500 || e.Status == 501
}
