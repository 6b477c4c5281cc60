package lab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/lab/iam"
	"github.com/transship/transship/internal/sigv4"
)

// DefaultListen is where the lab listens when nothing else is said.
const DefaultListen = "127.0.0.1:9400"

// Config is what a lab needs to know.
type Config struct {
	Dir      string           // data folder, made where it is missing
	Listen   string           // host:port; empty: DefaultListen; port 0 picks a free one
	Now      func() time.Time // nil: time.Now
	Log      *slog.Logger     // nil: nothing is logged
	Accounts *AccountsFile    // nil: source, destination, operator

	// Bytes above which CopyObject refuses and below which a part that is not
	// the last is refused; 0: S3's own (5 GiB, 5 MiB). Smaller ones rehearse
	// large objects with small files.
	CopyLimit, MinPartSize int64
}

// Lab is a local cloud.
type Lab struct {
	cfg      Config
	lock     *flock.Flock
	accounts *iam.Store
	verifier *sigv4.Verifier
	services services
	profiles []Profile

	listener net.Listener
	server   *http.Server
	inFlight sync.WaitGroup // requests
	failed   chan error
}

// Open takes the data folder for this process and reads what is in it, or
// begins a new lab. Code Conflict: another process has the folder; Damaged:
// it holds something else than was written.
func Open(cfg Config) (_ *Lab, err error) {
	if cfg.Dir == "" {
		return nil, &transship.Error{Code: transship.Invalid, Op: "open the lab", Message: "no data folder given"}
	}
	if cfg.Listen == "" {
		cfg.Listen = DefaultListen
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	l := &Lab{cfg: cfg, failed: make(chan error, 1)}
	if l.lock, err = lockFolder(cfg.Dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.Close())
		}
	}()
	// What a killed lab left behind says that it still runs.
	if err := removeEndpoints(cfg.Dir); err != nil {
		return nil, err
	}
	if l.accounts, err = iam.Open(filepath.Join(cfg.Dir, "accounts.json"), cfg.Now); err != nil {
		return nil, err
	}
	l.verifier = &sigv4.Verifier{Now: cfg.Now, Lookup: func(key, token string) (string, error) {
		_, secret, err := l.accounts.Authenticate(key, token)
		return secret, err
	}}
	if err := l.openServices(); err != nil {
		return nil, err
	}
	return l, l.declare()
}

// Start listens and serves until Close. The context is the one of every
// request.
func (l *Lab) Start(ctx context.Context) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", l.cfg.Listen)
	if err != nil {
		return &transship.Error{Code: transship.Unavailable, Op: "start the lab", Message: "listen on " + l.cfg.Listen, Err: err,
			Hint: "choose another address with --listen; port 0 picks a free one"}
	}
	l.listener = listener
	l.server = &http.Server{
		Handler:           l,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          slog.NewLogLogger(l.cfg.Log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: 30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
	}
	go func() {
		if err := l.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			l.failed <- &transship.Error{Code: transship.Internal, Op: "serve " + l.URL(), Err: err}
		}
	}()
	return nil
}

// Failed tells of an end that nobody asked for.
func (l *Lab) Failed() <-chan error { return l.failed }

// URL is where S3, STS and IAM answer, once the lab has started, without a
// slash at the end. A lab that listens on every address is named by loopback.
func (l *Lab) URL() string {
	if l.listener == nil {
		return ""
	}
	return BaseURL(l.listener.Addr())
}

// BaseURL is the address of a listener on this machine as a URL.
func BaseURL(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// Profiles are the principals as they stand in the AWS files, secrets
// included.
func (l *Lab) Profiles() []Profile { return l.profiles }

// Accounts are the lab's accounts, for the job service beside it: whose key
// signed a call, and sessions of a role.
func (l *Lab) Accounts() *iam.Store { return l.accounts }

// Publish writes the AWS files and, once everything answers, endpoints.json.
// S3 may be empty: it is the lab's own address.
func (l *Lab) Publish(ctx context.Context, e Endpoints) error {
	if e.S3 == "" {
		e.S3 = l.URL()
	}
	if err := WriteProfiles(l.cfg.Dir, l.profiles, e); err != nil {
		return err
	}
	return WriteEndpoints(ctx, l.cfg.Dir, e)
}

// Withdraw takes endpoints.json away: nobody new is to come. Close does so too;
// whoever stops something beside the lab first calls it before.
func (l *Lab) Withdraw() error { return removeEndpoints(l.cfg.Dir) }

// closePatience bounds how long Close waits for requests in flight.
const closePatience = 10 * time.Second

// Close takes endpoints.json away, lets requests in flight end, and gives the
// folder free. A second call does nothing.
func (l *Lab) Close() error {
	if l.lock == nil {
		return nil
	}
	var errs []error
	if l.server != nil {
		errs = append(errs, removeEndpoints(l.cfg.Dir))
		ctx, cancel := context.WithTimeout(context.Background(), closePatience)
		defer cancel()
		if err := l.server.Shutdown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop the lab: requests did not end: %w", errors.Join(err, l.server.Close())))
		}
		l.inFlight.Wait() // connections are closed by now; the store must not be while somebody uses it
	}
	errs = append(errs, l.closeServices(), l.lock.Unlock())
	l.lock = nil
	return errors.Join(errs...)
}

func removeEndpoints(dir string) error {
	if err := os.Remove(endpointsFile(dir)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &transship.Error{Code: transship.Internal, Op: "remove endpoints.json", Err: err}
	}
	return nil
}
