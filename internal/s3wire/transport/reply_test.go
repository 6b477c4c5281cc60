package transport

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// only answers one request, and closes the connection.
func only(text string) func(int, net.Conn, *bufio.Reader) {
	return func(_ int, c net.Conn, br *bufio.Reader) {
		http.ReadRequest(br)
		io.WriteString(c, text)
	}
}

func TestABodyIsWholeOnlyWhereTheAnswerSaysSo(t *testing.T) {
	const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	for _, c := range []struct {
		name, answer string
		length       int64
		fine         bool
	}{
		{"its length", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", 4, true},
		{"less than its length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nbody", 5, false},
		{"all chunks", chunked + "4\r\nbody\r\n0\r\n\r\n", -1, true},
		{"chunks without the last one", chunked + "4\r\nbody\r\n", -1, false},
		{"a last chunk without its end", chunked + "4\r\nbody\r\n0\r\n", -1, false},
		{"too many trailers", chunked + "4\r\nbody\r\n0\r\n" + strings.Repeat("A: b\r\n", 40) + "\r\n", -1, false},
		{"nothing said, which Length tells", "HTTP/1.1 200 OK\r\n\r\nbody", -2, true},
	} {
		host, _ := tcp(t, only(c.answer))
		if _, body, err := ask(context.Background(), open(t), request(http.MethodPut, host)); (err == nil) != c.fine || c.fine && body != "body" {
			t.Errorf("%s, all: %q, %v", c.name, body, err)
		}
		r, err := open(t).Do(context.Background(), request(http.MethodPut, host))
		if err != nil {
			t.Fatal(err)
		}
		if n := r.Header().Length(); n != c.length {
			t.Errorf("%s: length %d", c.name, n)
		}
		if body, err := io.ReadAll(r); (err == nil) != c.fine || string(body) != "body" {
			t.Errorf("%s, read: %q, %v", c.name, body, err)
		}
		r.Close()
	}
}

func TestAHeadsLengthIsNoBodysLength(t *testing.T) {
	host, conns := tcp(t, answers("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"))
	p := open(t)
	for range 2 {
		if _, body, err := ask(context.Background(), p, request(http.MethodHead, host)); body != "" || err != nil {
			t.Error(body, err)
		}
	}
	if conns.Load() != 1 {
		t.Errorf("%d connections", conns.Load())
	}
}

func TestABodyOverTheBoundIsRefusedAndItsConnectionClosed(t *testing.T) {
	for name, head := range map[string]string{"with its length": "Content-Length: 2097152\r\n\r\n", "to the end": "\r\n"} {
		host, conns := tcp(t, only("HTTP/1.1 200 OK\r\n"+head+strings.Repeat(" ", 2<<20)))
		p := open(t)
		for range 2 {
			_, _, err := ask(context.Background(), p, request(http.MethodGet, host))
			if err == nil || !strings.Contains(err.Error(), "over 1048576 bytes") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if conns.Load() != 2 {
			t.Errorf("%s: %d connections", name, conns.Load())
		}
	}
}

func TestABodyThatWasNotReadTakesItsConnectionAlong(t *testing.T) {
	host, conns := tcp(t, answers("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"))
	p := open(t)
	for range 2 {
		r, err := p.Do(context.Background(), request(http.MethodGet, host))
		if err != nil {
			t.Fatal(err)
		}
		r.Read(make([]byte, 3))
		r.Close()
		r.Close() // twice is fine
	}
	if conns.Load() != 2 {
		t.Errorf("%d connections", conns.Load())
	}
}

func TestHeadersAreFoundInEveryCase(t *testing.T) {
	host, _ := tcp(t, answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETAG: a\r\nX-Amz-META-Name: b\r\nx-amz-meta-"+strings.Repeat("N", 100)+": c\r\n\r\n"))
	r, err := open(t).Do(context.Background(), request(http.MethodGet, host))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got := map[string]string{}
	r.Header().Each(func(name string, value []byte) { got[name] = string(value) })
	for name, value := range map[string]string{"etag": "a", "x-amz-meta-name": "b", "x-amz-meta-" + strings.Repeat("n", 100): "c", "content-length": "0"} {
		if got[name] != value || string(r.Header().Peek(name)) != value {
			t.Errorf("%s: %q and %q", name, got[name], r.Header().Peek(name))
		}
	}
	if r.Header().Peek("x-amz-meta-nam") != nil {
		t.Error("found what is not there")
	}
}
