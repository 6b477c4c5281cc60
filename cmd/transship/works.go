package main

import (
	"context"
	"iter"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/engine"
	"github.com/transship/transship/internal/jetstore"
	"github.com/transship/transship/internal/manifest"
	"github.com/transship/transship/internal/operation"
	"github.com/transship/transship/internal/report"
	"github.com/transship/transship/internal/s3call"
	"github.com/transship/transship/internal/s3wire"
)

// works opens the work of jobs: it turns a job's role, or its profiles, into
// S3 clients and puts manifest, operation and report on top of them.
type works struct {
	clients    clients
	store      *jetstore.Store
	now        func() time.Time
	tempDir    string
	chunkTasks int    // tasks of a chunk; 0: as many as fit
	copyLimit  int64  // bytes that go in one request; 0: 5 GiB
	partSize   int64  // wanted size of a part; 0: the operation's
	shelf      *shelf // nil: manifests and reports lie in buckets
}

// clients makes the S3 clients of a job. A server-side copy is signed by the
// destination's client alone.
type clients func(ctx context.Context, job *transship.Job) (source, destination *s3wire.Client, err error)

// Open implements engine.Works.
func (w *works) Open(ctx context.Context, job *transship.Job) (engine.Work, error) {
	source, destination, err := w.clients(ctx, job)
	if err != nil {
		return nil, err
	}
	copying := job.Operation.Copy
	if copying == nil {
		return nil, &transship.JobFailure{Code: transship.FailNotSupported, Reason: "the job has no operation that this service can do"}
	}
	uploads := &jobUploads{store: w.store, job: job.ID}
	read := source
	if !copying.Stream {
		read = destination // one credential reads and writes
	}
	c, err := operation.NewCopy(operation.CopyConfig{Spec: *copying, Source: read, Destination: destination, Uploads: uploads,
		CopyLimit: w.copyLimit, PutLimit: w.copyLimit, PartSize: w.partSize, Now: w.now})
	if err != nil {
		return nil, &transship.JobFailure{Code: transship.FailNotSupported, Reason: err.Error(), Err: err}
	}
	var manifests manifest.Source = read
	var reports report.Store = destination
	if w.shelf != nil {
		manifests, reports = w.shelf, w.shelf
	}
	return &jobWork{
		job:    *job,
		reader: manifest.Reader{Source: manifests, TempDir: w.tempDir, ChunkTasks: w.chunkTasks},
		Copy:   c,
		writer: report.Writer{Store: reports, Now: w.now, Dir: w.tempDir},
		sweep: func(ctx context.Context) error {
			left, err := w.store.OpenUploads(ctx, job.ID)
			if err != nil || len(left) == 0 {
				return err
			}
			return operation.SweepUploads(ctx, destination, uploads, left, job.Created)
		},
	}, nil
}

// jobWork is one job's work.
type jobWork struct {
	*operation.Copy
	job    transship.Job
	reader manifest.Reader
	writer report.Writer
	sweep  func(context.Context) error
}

func (w *jobWork) Plan(ctx context.Context, emit func(transship.Chunk) error) (transship.Plan, error) {
	return w.reader.Read(ctx, w.job.Manifest, emit)
}

func (w *jobWork) Sweep(ctx context.Context) error { return w.sweep(ctx) }

func (w *jobWork) Report(ctx context.Context, job *transship.Job, rows iter.Seq2[transship.Result, error]) (string, error) {
	writer := w.writer
	writer.Now = func() time.Time { return job.Ending } // whoever writes it again writes the same
	return writer.Write(ctx, job, rows)
}

// jobUploads remembers the multipart uploads of one job.
type jobUploads struct {
	store *jetstore.Store
	job   string
}

func (u *jobUploads) Began(ctx context.Context, upload s3call.Upload) error {
	return u.store.UploadBegan(ctx, u.job, upload)
}

func (u *jobUploads) Ended(ctx context.Context, upload s3call.Upload) error {
	return u.store.UploadEnded(ctx, u.job, upload)
}
