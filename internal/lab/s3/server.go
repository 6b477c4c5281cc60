package s3

import (
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/s3/checksum"
	"github.com/transship/transship/internal/lab/s3/store"
	"github.com/transship/transship/internal/sigv4"
)

// Directory knows the accounts of the cloud.
type Directory interface {
	// Account is the canonical id (64 hex digits) and the name of a 12-digit
	// account id.
	Account(id string) (canonicalID, name string, ok bool)
	// ByCanonical is the 12-digit id of a canonical id.
	ByCanonical(canonicalID string) (account string, ok bool)
}

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
	store     *store.Store
	region    string
	now       func() time.Time
	rand      io.Reader
	log       *slog.Logger
	directory Directory

	knownPrincipal func(arn string) bool

	copyLimit int64
	minPart   int64
	routes    []route
	sums      *checksum.Maker
	buffers   sync.Pool
	policies  policyCache
}

// Open opens the data folder. Errors are those of [store.Open].
func Open(cfg Config) (*Server, error) {
	s := &Server{region: cfg.Region, now: cfg.Now, rand: cfg.Rand, log: cfg.Log, directory: cfg.Directory, knownPrincipal: cfg.KnownPrincipal,
		copyLimit: cfg.CopyLimit, minPart: cfg.MinPartSize, routes: routes(), sums: checksum.NewMaker()}
	if s.region == "" {
		s.region = "us-east-1"
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.rand == nil {
		s.rand = rand.Reader
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.copyLimit == 0 {
		s.copyLimit = 5 << 30
	}
	if s.minPart == 0 {
		s.minPart = 5 << 20
	}
	s.buffers.New = func() any { b := make([]byte, 128<<10); return &b }
	var err error
	s.store, err = store.Open(store.Config{Dir: cfg.Dir, Now: cfg.Now, Rand: cfg.Rand, Log: cfg.Log})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Close closes the data folder; no call may be in flight.
func (s *Server) Close() error { return s.store.Close() }

// ServeS3 answers one call of a caller whose signature was checked. v.Body is
// read instead of the request's own. The path must be as it came: a mux that
// cleans paths in front of it makes other keys of them.
func (s *Server) ServeS3(w http.ResponseWriter, r *http.Request, caller access.Caller, v *sigv4.Verified) {
	c := s.newCall(w, r)
	c.caller, c.v = caller, v
	if v.Presigned {
		c.header = withQueryHeaders(r.Header, c.query)
	}
	if err := c.serve(); err != nil {
		c.refuse(err)
	}
}

// Refuse answers a call with an error in S3's form: what the signature check
// refused, or what failed before ServeS3 could be called.
func (s *Server) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	s.newCall(w, r).refuse(err)
}
