package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"github.com/transship/transship/internal/engine"
	"github.com/transship/transship/internal/jetstore"
	"github.com/transship/transship/internal/jobs"
	"github.com/transship/transship/internal/lab"
	"github.com/transship/transship/internal/s3control"
)

// serviceConfig says how a job service is put together.
type serviceConfig struct {
	dir       string // data folder of the embedded store
	nats      string // URL of an external one; empty: embedded
	replicas  int
	listen    string // of the S3 Control door; empty: there is none
	region    string
	clients   clients
	callers   s3control.Callers
	log       *slog.Logger
	settings  engine.Settings
	chunk     int
	copyLimit int64
	partSize  int64
	noWorker  bool
	shelf     *shelf // nil: manifests and reports lie in buckets
}

// jobService is a store, the engine on it, people's verbs, and the door to
// them, in one process.
type jobService struct {
	store  *jetstore.Store
	jobs   *jobs.Service
	server *http.Server
	url    string
	stop   context.CancelFunc
	ended  chan struct{}
}

// startJobService starts all that a job service is made of. It must be closed.
func (e *env) startJobService(ctx context.Context, cfg serviceConfig) (_ *jobService, err error) {
	temp := filepath.Join(cfg.dir, "tmp")
	if err := os.MkdirAll(temp, 0o700); err != nil {
		return nil, err
	}
	store, err := jetstore.Open(ctx, jetstore.Config{Dir: filepath.Join(cfg.dir, "jobs"), URL: cfg.nats, Replicas: cfg.replicas, Now: e.now})
	if err != nil {
		return nil, err
	}
	s := &jobService{store: store, ended: make(chan struct{})}
	s.jobs = &jobs.Service{Store: store, Now: e.now, NewID: uuid.NewString}
	if err := s.serve(e, cfg); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	if cfg.noWorker {
		close(s.ended)
		return s, nil
	}
	works := &works{clients: cfg.clients, store: store, now: e.now, tempDir: temp, chunkTasks: cfg.chunk, copyLimit: cfg.copyLimit, partSize: cfg.partSize, shelf: cfg.shelf}
	machine := &engine.Engine{Jobs: store, Records: store, Queue: store, Works: works, Log: cfg.log, Now: e.now, NewID: uuid.NewString, Settings: cfg.settings}
	go func() {
		defer close(s.ended)
		machine.Run(run)
	}()
	return s, nil
}

// serve opens the S3 Control door.
func (s *jobService) serve(e *env, cfg serviceConfig) error {
	if cfg.listen == "" {
		return nil
	}
	l, err := net.Listen("tcp", cfg.listen)
	if err != nil {
		return err
	}
	s.url = lab.BaseURL(l.Addr())
	s.server = &http.Server{ReadHeaderTimeout: 30 * time.Second, Handler: &s3control.Handler{
		Jobs: s.jobs, Callers: cfg.callers, Region: cfg.region, Now: e.now, Random: rand.Reader, Log: cfg.log}}
	go s.server.Serve(l)
	return nil
}

// Addresses implements service: there is no console yet.
func (s *jobService) Addresses() (control, console string) { return s.url, "" }

// Close stops taking calls, checkpoints what runs, and closes the store.
func (s *jobService) Close(ctx context.Context) error {
	var errs []error
	s.stop() // the workers' last checkpoints come first
	if s.server != nil {
		errs = append(errs, s.server.Shutdown(ctx))
	}
	select {
	case <-s.ended:
	case <-ctx.Done():
		errs = append(errs, ctx.Err())
	}
	return errors.Join(append(errs, s.store.Close())...)
}

// labService starts the job service beside a lab.
func (e *env) labService(ctx context.Context, l *lab.Lab, dir, listen string) (service, error) {
	return e.startJobService(ctx, serviceConfig{dir: dir, listen: listen, region: lab.Region, log: e.logger(false),
		clients: e.labClients(l.URL(), l.STS()), callers: l.Accounts()})
}
