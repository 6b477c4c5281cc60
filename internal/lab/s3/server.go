package s3

import (
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/s3/call"
	"github.com/transship/transship/internal/lab/s3/checksum"
	"github.com/transship/transship/internal/lab/s3/store"
	"github.com/transship/transship/internal/sigv4"
)

// Directory knows the accounts of the cloud.
type Directory = call.Directory

// Config is what a server needs. Only Dir and Directory must be set.
type Config struct {
	Dir       string // data folder; made if it is not there
	Region    string // empty: us-east-1
	Now       func() time.Time
	Rand      io.Reader
	Log       *slog.Logger
	Directory Directory

	// KnownPrincipal reports whether a user, role or session ARN exists, for
	// bucket policies (AM-17); nil: every ARN of a known account does.
	KnownPrincipal func(arn string) bool

	CopyLimit   int64 // bytes of the largest source of CopyObject, and of the largest part; 0: 5 GiB (AM-144)
	MinPartSize int64 // bytes of the smallest part but the last; 0: 5 MiB
}

// Server answers S3 calls from one data folder.
type Server struct {
	parts  *call.Parts
	routes []route
}

// Open opens the data folder. Errors are those of [store.Open].
func Open(cfg Config) (*Server, error) {
	p := &call.Parts{Region: cfg.Region, Now: cfg.Now, Rand: cfg.Rand, Log: cfg.Log, Directory: cfg.Directory,
		KnownPrincipal: cfg.KnownPrincipal, CopyLimit: cfg.CopyLimit, MinPart: cfg.MinPartSize, Sums: checksum.NewMaker()}
	if p.Region == "" {
		p.Region = "us-east-1"
	}
	if p.Now == nil {
		p.Now = time.Now
	}
	if p.Rand == nil {
		p.Rand = rand.Reader
	}
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	if p.CopyLimit == 0 {
		p.CopyLimit = 5 << 30
	}
	if p.MinPart == 0 {
		p.MinPart = 5 << 20
	}
	var err error
	p.Store, err = store.Open(store.Config{Dir: cfg.Dir, Now: cfg.Now, Rand: cfg.Rand, Log: cfg.Log})
	if err != nil {
		return nil, err
	}
	return &Server{parts: p, routes: routes()}, nil
}

// Close closes the data folder; no call may be in flight.
func (s *Server) Close() error { return s.parts.Store.Close() }

// ServeS3 answers one call of a caller whose signature was checked. v.Body is
// read instead of the request's own. The path must be as it came: a mux that
// cleans paths in front of it makes other keys of them.
func (s *Server) ServeS3(w http.ResponseWriter, r *http.Request, caller access.Caller, v *sigv4.Verified) {
	c := s.parts.New(w, r, caller, v)
	if err := s.serve(c); err != nil {
		c.Refuse(err)
	}
}

// Refuse answers a call with an error in S3's form: what the signature check
// refused, or what failed before ServeS3 could be called.
func (s *Server) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	s.parts.New(w, r, access.Caller{}, nil).Refuse(err)
}
