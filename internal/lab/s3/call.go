package s3

import (
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/transship/transship/iampolicy"
	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/request"
	"github.com/transship/transship/internal/lab/s3/store"
	"github.com/transship/transship/internal/sigv4"
)

// call is one request on its way.
type call struct {
	*Server
	w      http.ResponseWriter
	r      *http.Request
	header http.Header // the request's, with those of a presigned URL
	query  url.Values
	caller access.Caller
	v      *sigv4.Verified
	name   string // GetObject

	request.Target
	bucket *store.Bucket  // nil for calls about none, and for CreateBucket
	access *access.Bucket // the same for questions

	base       iampolicy.Context // see context
	id, hostID string
	began      bool // an answer's status was written
}

func (s *Server) newCall(w http.ResponseWriter, r *http.Request) *call {
	c := &call{Server: s, w: w, r: r, header: r.Header}
	c.query, _ = url.ParseQuery(r.URL.RawQuery) // broken ones were refused with the signature
	var noise [56]byte
	io.ReadFull(s.rand, noise[:])
	c.id = strings.ToUpper(hex.EncodeToString(noise[:8]))
	c.hostID = base64.StdEncoding.EncodeToString(noise[8:])
	h := w.Header()
	h.Set("X-Amz-Request-Id", c.id)
	h.Set("X-Amz-Id-2", c.hostID)
	h.Set("Date", s.now().UTC().Format(http.TimeFormat))
	h.Set("Server", "AmazonS3")
	return c
}

// withQueryHeaders adds the headers that a presigned URL carries in its query.
func withQueryHeaders(h http.Header, query url.Values) http.Header {
	h = h.Clone()
	for name, values := range query {
		if low := strings.ToLower(name); strings.HasPrefix(low, "x-amz-") && h.Get(name) == "" {
			h[http.CanonicalHeaderKey(low)] = values
		}
	}
	return h
}

func (c *call) serve() error {
	var err error
	if c.Target, err = request.ParseTarget(c.r.Host, c.r.URL.EscapedPath()); err != nil {
		return err
	}
	handle, err := c.route()
	if err != nil {
		return err
	}
	return handle(c)
}

// xml answers with a document.
func (c *call) xml(x *reply.XML) error {
	return c.send(http.StatusOK, "application/xml", x.Bytes())
}

func (c *call) send(status int, contentType string, body []byte) error {
	h := c.w.Header()
	if contentType != "" {
		h.Set("Content-Type", contentType)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.began = true
	c.w.WriteHeader(status)
	if c.r.Method != http.MethodHead {
		c.w.Write(body) // a client that went away needs no answer
	}
	return nil
}

// empty answers without a body.
func (c *call) empty(status int) error {
	if status != http.StatusNoContent {
		c.w.Header().Set("Content-Length", "0")
	}
	c.began = true
	c.w.WriteHeader(status)
	return nil
}

// refuse answers with an error; the body stays empty for HEAD (AM-152).
func (c *call) refuse(err error) {
	f := reply.From(err)
	if f.Status >= 500 && f.Code != "NotImplemented" {
		c.log.Error("s3 call failed", "call", c.name, "bucket", c.Bucket, "key", c.Key, "request", c.id, "error", err)
	} else {
		c.log.Debug("s3 call refused", "call", c.name, "bucket", c.Bucket, "key", c.Key, "request", c.id, "error", err)
	}
	if c.began { // too late for an error: cut the answer off, so that nobody takes it for whole
		panic(http.ErrAbortHandler)
	}
	for name, values := range f.Header {
		c.w.Header()[name] = values
	}
	if f.Status == http.StatusNotModified {
		c.w.WriteHeader(f.Status)
		return
	}
	x := reply.BeginPlain("Error").Text("Code", f.Code).Text("Message", f.Message)
	for _, field := range f.Fields {
		x.Text(field.Name, field.Value)
	}
	x.Text("Resource", c.r.URL.Path).Text("RequestId", c.id).Text("HostId", c.hostID)
	if f.Status == http.StatusMethodNotAllowed && c.w.Header().Get("Allow") == "" {
		c.w.Header().Set("Allow", "GET, HEAD, PUT, DELETE")
	}
	if c.r.Method == http.MethodHead {
		c.w.Header().Set("Content-Type", "application/xml")
		c.w.WriteHeader(f.Status)
		return
	}
	c.send(f.Status, "application/xml", x.Bytes())
}

// number reads a whole number of the query between 0 and limit; absent: limit.
// More than limit is limit.
func (c *call) number(name string, limit int) (int, error) {
	v := c.query.Get(name)
	if v == "" {
		return limit, nil
	}
	n, err := strconv.ParseInt(v, 10, 32)
	if err != nil {
		return 0, reply.Argument(name, v, "Provided "+name+" not an integer or within integer range")
	}
	if n < 0 {
		return 0, reply.Argument(name, v, "Argument "+name+" must be an integer between 0 and 2147483647")
	}
	return min(int(n), limit), nil
}

// encoder is how keys are shown: as they are, or URL-encoded.
func (c *call) encoder() (func(string) string, error) {
	switch v := c.query.Get("encoding-type"); v {
	case "":
		return func(s string) string { return s }, nil
	case "url":
		return reply.EncodeURL, nil
	default:
		return nil, reply.Argument("encoding-type", v, "Invalid Encoding Method specified in Request")
	}
}

// versionID is the query's versionId. An empty one is refused, as AWS does.
func (c *call) versionID() (string, error) {
	values, sent := c.query["versionId"]
	if !sent {
		return "", nil
	}
	if values[0] == "" {
		return "", reply.Argument("versionId", "", "Version id cannot be the empty string")
	}
	return values[0], nil
}
