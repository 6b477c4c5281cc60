package call

import (
	"encoding/base64"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
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

// Parts are what all calls of a server work with. All fields must be set but
// KnownPrincipal.
type Parts struct {
	Store     *store.Store
	Region    string
	Now       func() time.Time
	Rand      io.Reader
	Log       *slog.Logger
	Directory Directory
	Sums      *checksum.Maker

	KnownPrincipal func(arn string) bool // nil: every ARN of a known account exists

	CopyLimit int64 // bytes of the largest source of a copy and of the largest part copied
	MinPart   int64 // bytes of the smallest part but the last

	buffers  sync.Pool
	policies policyCache
}

// New is a call before anything is known of it but who makes it.
func (p *Parts) New(w http.ResponseWriter, r *http.Request, caller access.Caller, v *sigv4.Verified) *Call {
	c := &Call{Parts: p, W: w, R: r, Header: r.Header, Caller: caller, Verified: v}
	c.Query, _ = url.ParseQuery(r.URL.RawQuery) // broken ones were refused with the signature
	if v != nil && v.Presigned {
		c.Header = withQueryHeaders(r.Header, c.Query)
	}
	var noise [56]byte
	io.ReadFull(p.Rand, noise[:])
	c.ID = strings.ToUpper(hex.EncodeToString(noise[:8]))
	c.hostID = base64.StdEncoding.EncodeToString(noise[8:])
	h := w.Header()
	h.Set("X-Amz-Request-Id", c.ID)
	h.Set("X-Amz-Id-2", c.hostID)
	h.Set("Date", p.Now().UTC().Format(http.TimeFormat))
	h.Set("Server", "AmazonS3")
	return c
}
