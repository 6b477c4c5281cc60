//go:build unix

package bench

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"io"
	"iter"
	"log/slog"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/transship/transship"
	"github.com/transship/transship/bench/canned"
	"github.com/transship/transship/internal/engine"
	"github.com/transship/transship/internal/jetstore"
	"github.com/transship/transship/internal/manifest"
	"github.com/transship/transship/internal/operation"
	"github.com/transship/transship/internal/report"
	"github.com/transship/transship/internal/s3call"
	"github.com/transship/transship/internal/s3wire"
)

const jobObjects = 20_000

// BenchmarkJob runs jobs of 20,000 objects from a CSV manifest on the embedded
// store to their report: prepare, copy, record, complete. The canned store's
// CPU is not counted, that of the NATS server in this process is.
func BenchmarkJob(b *testing.B) {
	s := openService(b, cannedStore(b, jobObjects))
	begun, used := time.Now(), cpu()
	n := 0
	for b.Loop() {
		job := s.run(b, jobObjects)
		if job.State != transship.Complete || job.Counters.Succeeded != jobObjects {
			b.Fatalf("the job ended %s with %+v, %v", job.State, job.Counters, job.Failures)
		}
		n += jobObjects
	}
	b.ReportMetric(float64((cpu()-used).Microseconds())/float64(n), "us-cpu/object")
	b.ReportMetric(float64(n)/time.Since(begun).Seconds(), "objects/s")
}

// cpu is what this process has used, without its children.
func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// service is a job store and an engine on it, put together as cmd does it.
type service struct {
	store  *jetstore.Store
	client *s3wire.Client
	temp   string
}

func openService(b *testing.B, endpoint string) *service {
	b.Helper()
	client, err := s3wire.New(s3wire.Config{Endpoint: endpoint, PathStyle: true, Credentials: func(context.Context) (s3wire.Credentials, error) {
		return s3wire.Credentials{AccessKey: "AKIDEXAMPLE", Secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}, nil
	}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(client.Close)
	store, err := jetstore.Open(b.Context(), jetstore.Config{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	s := &service{store: store, client: client, temp: b.TempDir()}
	machine := &engine.Engine{Jobs: store, Records: store, Queue: store, Works: s, Log: slog.New(slog.DiscardHandler), Now: time.Now, NewID: uuid.NewString}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); machine.Run(ctx) }()
	b.Cleanup(func() {
		stop()
		<-ended
		if err := store.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}

// run creates a job and waits for its end.
func (s *service) run(b *testing.B, objects int) transship.Job {
	b.Helper()
	ctx := b.Context()
	job := transship.Job{ID: uuid.NewString(), Account: "111111111111", Region: "us-east-1", State: transship.New, Created: time.Now(),
		Manifest: transship.Manifest{Format: transship.ManifestCSV, Fields: []string{transship.FieldBucket, transship.FieldKey},
			ObjectARN: transship.BucketARN("lists") + "/" + canned.ManifestKey("source", objects), ETag: "0f343b0931126a20f133d67c2b018a3b"},
		Operation: transship.Operation{Copy: &transship.CopyOperation{TargetResource: transship.BucketARN("destination")}},
		Report:    transship.Report{Enabled: true, BucketARN: transship.BucketARN("reports"), Prefix: "r", Format: transship.ReportFormatCSV, Scope: transship.AllTasks},
	}
	if err := s.store.CreateJob(ctx, job); err != nil {
		b.Fatal(err)
	}
	if err := s.store.Wake(ctx, job.ID); err != nil {
		b.Fatal(err)
	}
	for {
		now, err := s.store.Job(ctx, job.ID)
		if err != nil {
			b.Fatal(err)
		}
		if now.State.Terminal() {
			return now
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// Open implements engine.Works.
func (s *service) Open(_ context.Context, job *transship.Job) (engine.Work, error) {
	c, err := operation.NewCopy(operation.CopyConfig{Spec: *job.Operation.Copy, Source: s.client, Destination: s.client, Uploads: noUploads{}, Now: time.Now})
	if err != nil {
		return nil, err
	}
	return &work{Copy: c, job: *job, reader: manifest.Reader{Source: s.client, TempDir: s.temp},
		writer: report.Writer{Store: summed{s.client}, Now: time.Now, Dir: s.temp}}, nil
}

// work is one job's work.
type work struct {
	*operation.Copy
	job    transship.Job
	reader manifest.Reader
	writer report.Writer
}

func (w *work) Plan(ctx context.Context, emit func(transship.Chunk) error) (transship.Plan, error) {
	return w.reader.Read(ctx, w.job.Manifest, emit)
}

func (w *work) Sweep(context.Context) error { return nil }

func (w *work) Report(ctx context.Context, job *transship.Job, rows iter.Seq2[transship.Result, error]) (string, error) {
	return w.writer.Write(ctx, job, rows)
}

// noUploads: no object here is copied in parts.
type noUploads struct{}

func (noUploads) Began(context.Context, s3call.Upload) error { return nil }
func (noUploads) Ended(context.Context, s3call.Upload) error { return nil }

// summed answers a put with the MD5 of what was sent, which the canned store
// does not know.
type summed struct{ *s3wire.Client }

func (s summed) PutObject(ctx context.Context, p s3call.Put) (s3call.Written, error) {
	sum := md5.New()
	if p.Body != nil {
		p.Body = io.TeeReader(p.Body, sum)
	}
	w, err := s.Client.PutObject(ctx, p)
	w.ETag = strings.ToLower(hex.EncodeToString(sum.Sum(nil)))
	return w, err
}
