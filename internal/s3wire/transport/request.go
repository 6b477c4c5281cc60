package transport

import (
	"bufio"
	"strconv"
	"time"

	"github.com/transship/transship/internal/sigv4"
)

// Request is one request. Path and Query go out as they are.
type Request struct {
	Method string
	Host   string // as in the Host header
	Path   []byte // escaped, from its slash
	Query  []byte // escaped, without "?"
	Signer Signer
	Body   []byte // sent whole
	Stream Stream // instead of Body; nil: none

	// Safe allows a second sending, where a kept connection turned out to have
	// been closed by the other side.
	Safe    bool
	Silence time.Duration // longest silence on the connection
}

// Signer completes a request when it has its connection, and not before: a
// signature must not age while it waits for one.
type Signer interface {
	// Sign appends all header fields to headers, Host among them, and the value
	// of Authorization, where there is one, to room. It is called once for each
	// sending; what it is given is the connection's, to be used again.
	Sign(headers []sigv4.Header, room []byte) ([]sigv4.Header, []byte)
}

// Stream is a body that is read while it is sent.
type Stream interface {
	Len() int64 // bytes on the wire
	// Send writes Len bytes. Where what is to be sent cannot be read, its error
	// is a *SourceError.
	Send(w *bufio.Writer) error
}

// SourceError says that what was to be sent could not be read. The request is
// cut off, so the other side keeps nothing.
type SourceError struct{ Err error }

func (e *SourceError) Error() string { return e.Err.Error() }
func (e *SourceError) Unwrap() error { return e.Err }

// send writes the request's head and body.
func (c *Pools) send(q *Request, k *conn) error {
	headers, b := q.Signer.Sign(k.headers[:0], k.head[:0])
	k.head, k.headers = b, headers
	length := int64(len(q.Body))
	if q.Stream != nil {
		length = q.Stream.Len()
	}
	w := k.bw
	w.Reset(k.Conn)
	w.WriteString(q.Method)
	w.WriteByte(' ')
	w.WriteString(k.prefix)
	w.Write(q.Path)
	if len(q.Query) > 0 {
		w.WriteByte('?')
		w.Write(q.Query)
	}
	w.WriteString(" HTTP/1.1\r\n")
	line := func(name, value string) {
		w.WriteString(name)
		w.WriteString(": ")
		w.WriteString(value)
		w.WriteString("\r\n")
	}
	for i := range headers {
		line(headers[i].Name, headers[i].Value)
	}
	if len(b) > 0 {
		w.WriteString("authorization: ")
		w.Write(b)
		w.WriteString("\r\n")
	}
	line("user-agent", c.cfg.UserAgent)
	if k.proxyAuth != "" {
		line("proxy-authorization", k.proxyAuth)
	}
	if length > 0 || q.Method == "PUT" || q.Method == "POST" {
		w.WriteString("content-length: ")
		k.head = strconv.AppendInt(k.head, length, 10)
		w.Write(k.head[len(b):])
		w.WriteString("\r\n")
	}
	w.WriteString("\r\n")
	if q.Stream != nil {
		if err := q.Stream.Send(w); err != nil {
			return err
		}
	} else {
		w.Write(q.Body)
	}
	return w.Flush()
}
