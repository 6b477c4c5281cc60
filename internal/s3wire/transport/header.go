package transport

import (
	"bufio"
	"errors"
	"io"
	"strings"

	"github.com/valyala/fasthttp"
)

// Header is the head of an answer. What it gives is valid until the [Reply] is
// closed.
type Header struct{ h fasthttp.ResponseHeader }

// read takes a head from br; no name in it is changed.
func (h *Header) read(br *bufio.Reader) error {
	err := h.h.Read(br)
	if errors.Is(err, fasthttp.ErrTimeout) {
		return errSilent
	}
	if err != nil && err != io.EOF {
		return errHead // and not fasthttp's error, which quotes the answer
	}
	return err
}

func (h *Header) reset() {
	h.h.Reset()
	h.h.DisableNormalizing()
}

// Status is the answer's status.
func (h *Header) Status() int { return h.h.StatusCode() }

// Length is what the head says of the body's length in bytes: -1 where it
// comes in chunks, less where nothing is said.
func (h *Header) Length() int64 { return int64(h.h.ContentLength()) }

func (h *Header) closes() bool { return h.h.ConnectionClose() }

// Peek finds a header whatever the case of its name; nil: it is not there.
func (h *Header) Peek(name string) []byte {
	for k, v := range h.h.All() {
		if len(k) == len(name) && strings.EqualFold(string(k), name) {
			return v
		}
	}
	return nil
}

// Each gives every header with its name in lower case, both valid until f
// returns.
func (h *Header) Each(f func(name string, value []byte)) {
	var room [64]byte
	for k, v := range h.h.All() {
		if name := known(k); name != "" {
			f(name, v)
			continue
		}
		name := room[:0]
		for _, c := range k {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			name = append(name, c)
		}
		f(string(name), v)
	}
}

// known spares a new string for the headers of every answer, in the forms in
// which stores send them.
func known(k []byte) string {
	switch string(k) {
	case "ETag", "Etag", "etag":
		return "etag"
	case "x-amz-version-id", "X-Amz-Version-Id":
		return "x-amz-version-id"
	case "x-amz-request-id", "X-Amz-Request-Id":
		return "x-amz-request-id"
	case "x-amz-id-2", "X-Amz-Id-2":
		return "x-amz-id-2"
	case "Date", "date":
		return "date"
	case "Content-Type", "content-type":
		return "content-type"
	case "Content-Length", "content-length":
		return "content-length"
	case "Last-Modified", "last-modified":
		return "last-modified"
	case "Accept-Ranges", "accept-ranges":
		return "accept-ranges"
	case "Server", "server":
		return "server"
	case "Connection", "connection":
		return "connection"
	}
	return ""
}
