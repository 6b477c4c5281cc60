package call

import (
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

// Call is one request on its way.
type Call struct {
	*Parts
	W        http.ResponseWriter
	R        *http.Request
	Header   http.Header // the request's, with those of a presigned URL
	Query    url.Values
	Caller   access.Caller
	Verified *sigv4.Verified
	Name     string // GetObject

	request.Target                // of the request
	Record         *store.Bucket  // the bucket; nil for calls about none, and for CreateBucket
	Access         *access.Bucket // the same for questions

	ID     string // of the request
	hostID string
	base   iampolicy.Context // see Context
	began  bool              // an answer's status was written
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

// Began says that the answer's status was written: an error that comes later
// cuts the answer off.
func (c *Call) Began() { c.began = true }

// XML answers with a document.
func (c *Call) XML(x *reply.XML) error {
	return c.Send(http.StatusOK, "application/xml", x.Bytes())
}

// Send answers with a body.
func (c *Call) Send(status int, contentType string, body []byte) error {
	h := c.W.Header()
	if contentType != "" {
		h.Set("Content-Type", contentType)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.began = true
	c.W.WriteHeader(status)
	if c.R.Method != http.MethodHead {
		c.W.Write(body) // a client that went away needs no answer
	}
	return nil
}

// Empty answers without a body.
func (c *Call) Empty(status int) error {
	if status != http.StatusNoContent {
		c.W.Header().Set("Content-Length", "0")
	}
	c.began = true
	c.W.WriteHeader(status)
	return nil
}

// Refuse answers with an error; the body stays empty for HEAD (AM-152).
func (c *Call) Refuse(err error) {
	f := reply.From(err)
	if f.Status >= 500 && f.Code != "NotImplemented" {
		c.Log.Error("s3 call failed", "call", c.Name, "bucket", c.Bucket, "key", c.Key, "request", c.ID, "error", err)
	} else {
		c.Log.Debug("s3 call refused", "call", c.Name, "bucket", c.Bucket, "key", c.Key, "request", c.ID, "error", err)
	}
	if c.began { // too late for an error: cut the answer off, so that nobody takes it for whole
		panic(http.ErrAbortHandler)
	}
	for name, values := range f.Header {
		c.W.Header()[name] = values
	}
	if f.Status == http.StatusNotModified {
		c.W.WriteHeader(f.Status)
		return
	}
	x := reply.BeginPlain("Error").Text("Code", f.Code).Text("Message", f.Message)
	for _, field := range f.Fields {
		x.Text(field.Name, field.Value)
	}
	x.Text("Resource", c.R.URL.Path).Text("RequestId", c.ID).Text("HostId", c.hostID)
	if f.Status == http.StatusMethodNotAllowed && c.W.Header().Get("Allow") == "" {
		c.W.Header().Set("Allow", "GET, HEAD, PUT, DELETE")
	}
	if c.R.Method == http.MethodHead {
		c.W.Header().Set("Content-Type", "application/xml")
		c.W.WriteHeader(f.Status)
		return
	}
	c.Send(f.Status, "application/xml", x.Bytes())
}

// Number reads a whole number of the query between 0 and limit; absent: limit.
// More than limit is limit.
func (c *Call) Number(name string, limit int) (int, error) {
	v := c.Query.Get(name)
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

// Encoder is how keys are shown: as they are, or URL-encoded.
func (c *Call) Encoder() (func(string) string, error) {
	switch v := c.Query.Get("encoding-type"); v {
	case "":
		return func(s string) string { return s }, nil
	case "url":
		return reply.EncodeURL, nil
	default:
		return nil, reply.Argument("encoding-type", v, "Invalid Encoding Method specified in Request")
	}
}

// VersionID is the query's versionId. An empty one is refused, as AWS does.
func (c *Call) VersionID() (string, error) {
	values, sent := c.Query["versionId"]
	if !sent {
		return "", nil
	}
	if values[0] == "" {
		return "", reply.Argument("versionId", "", "Version id cannot be the empty string")
	}
	return values[0], nil
}
