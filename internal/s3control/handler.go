package s3control

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/jobs"
	"github.com/transship/transship/internal/sigv4"
)

// Jobs is what the door opens to; jobs.Service is it.
type Jobs interface {
	Create(ctx context.Context, want transship.Job) (id string, err error)
	UpdateStatus(ctx context.Context, account, id string, requested transship.State, reason string) (*transship.Job, error)
	Priority(ctx context.Context, account, id string, priority int64) (*transship.Job, error)
	List(ctx context.Context, account string, f jobs.Filter) ([]transship.Job, string, error)
	Describe(ctx context.Context, account, id string) (*transship.Job, error)
	Job(ctx context.Context, account, id string) (*transship.Job, error)
}

// Limits that hold when a field of [Handler] is zero.
const (
	DefaultMaxBody  = 1 << 20
	DefaultMaxCalls = 256
	DefaultBodyTime = 30 * time.Second
)

// Handler serves the S3 Control API. Jobs, Callers, Region, Now and Random are
// required; no field may change once it serves.
type Handler struct {
	Jobs    Jobs
	Callers Callers
	Region  string // of the jobs that are created here
	Now     func() time.Time
	Random  io.Reader // request ids; crypto/rand's Reader

	Log      *slog.Logger  // internal faults in full; nil: none
	MaxBody  int64         // bytes of a request's body
	MaxCalls int           // signed calls at the same time; more are throttled
	BodyTime time.Duration // in which a body must have come

	once     sync.Once
	verifier *sigv4.Verifier
	slots    chan struct{}
}

func (h *Handler) start() {
	h.verifier = &sigv4.Verifier{
		Now:      h.Now,
		Services: []string{"s3"},
		Lookup: func(accessKey, token string) (string, error) {
			_, secret, err := h.Callers.Authenticate(accessKey, token)
			return secret, err
		},
	}
	n := h.MaxCalls
	if n <= 0 {
		n = DefaultMaxCalls
	}
	h.slots = make(chan struct{}, n)
}

// ServeHTTP answers one call. Everything it writes is XML.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.once.Do(h.start)
	id := h.identify(w)
	op, body, err := h.serve(w, r)
	status := http.StatusOK
	if err != nil {
		refusal := answerTo(op, err)
		status, body = refusal.status, errorBody(refusal, id)
		if h.Log != nil && internal(err) {
			h.Log.Error("call failed", "operation", op, "request", id.request, "err", err)
		}
	}
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		w.Write(body) //nolint:errcheck // the caller has gone; there is nobody to tell
	}
}

func (h *Handler) serve(w http.ResponseWriter, r *http.Request) (op string, answer []byte, err error) {
	// The connection keeps time by the machine's clock, whatever Now says. The
	// deadline also holds for what the server reads of a refused body; it must
	// not stay once the body is here, since it would end the call then. A
	// writer that has no deadlines relies on its server's own limits.
	connection := http.NewResponseController(w)
	connection.SetReadDeadline(time.Now().Add(h.bodyTime())) //nolint:errcheck
	route, routeErr := findRoute(r)
	op = route.op
	// The signature comes first and does not touch the body: who cannot sign
	// can neither make us read nor find out what is there.
	c, body, err := h.authenticate(r)
	if err != nil {
		return op, nil, err
	}
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	default:
		return op, nil, &transship.Error{Code: transship.Throttled, Message: "too many calls at once"}
	}
	if c.body, err = h.read(body); err != nil {
		return op, nil, err
	}
	connection.SetReadDeadline(time.Time{}) //nolint:errcheck
	if c.account, err = accountOf(r); err != nil {
		return op, nil, err
	}
	if c.who.Account != c.account {
		return op, nil, denied("Access Denied: %s is not of account %s, which x-amz-account-id names", c.who, c.account)
	}
	if routeErr != nil {
		return op, nil, routeErr
	}
	c.ctx, c.id, c.query, c.keys = r.Context(), route.id, route.query, h.transportKeys(r)
	answer, err = route.do(h, c)
	return op, answer, err
}

func (h *Handler) bodyTime() time.Duration {
	if h.BodyTime > 0 {
		return h.BodyTime
	}
	return DefaultBodyTime
}

// read takes the whole body. Its hash is checked with its last byte.
func (h *Handler) read(body io.ReadCloser) ([]byte, error) {
	limit := h.MaxBody
	if limit <= 0 {
		limit = DefaultMaxBody
	}
	data, err := io.ReadAll(io.LimitReader(body, limit+1))
	var known *transship.Error
	switch {
	case errors.As(err, &known):
		return nil, signatureError(err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, &apiError{400, "RequestTimeout", "the request's body did not come in time"}
	case err != nil:
		return nil, &apiError{400, "IncompleteBody", "the request's body ended early"}
	case int64(len(data)) > limit:
		return nil, &apiError{413, "EntityTooLarge", "the request's body is longer than " + strconv.FormatInt(limit, 10) + " bytes"}
	}
	return data, nil
}
