package transport

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/transship/transship/internal/sigv4"
)

// tcp serves each connection with serve, which has its number from 1.
func tcp(t *testing.T, serve func(n int, c net.Conn, br *bufio.Reader)) (address string, conns *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	conns = new(atomic.Int64)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			n := int(conns.Add(1))
			go func() {
				defer c.Close()
				serve(n, c, bufio.NewReader(c))
			}()
		}
	}()
	return l.Addr().String(), conns
}

// answers says the same to every request of a connection.
func answers(text string) func(int, net.Conn, *bufio.Reader) {
	return func(_ int, c net.Conn, br *bufio.Reader) {
		for {
			r, err := http.ReadRequest(br)
			if err != nil {
				return
			}
			io.Copy(io.Discard, r.Body)
			io.WriteString(c, text)
		}
	}
}

func open(t *testing.T, change ...func(*Config)) *Pools {
	t.Helper()
	cfg := Config{Scheme: "http", UserAgent: "test", DialTimeout: 10 * time.Second, MaxConns: 8, ConnWait: 10 * time.Second, KeepAlive: time.Minute}
	for _, f := range change {
		f(&cfg)
	}
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// signer gives the Host header and nothing else.
type signer string

func (s signer) Sign(headers []sigv4.Header, room []byte) ([]sigv4.Header, []byte) {
	return append(headers, sigv4.Header{Name: "host", Value: string(s)}), room
}

func request(method, host string) *Request {
	return &Request{Method: method, Host: host, Path: []byte("/k"), Signer: signer(host), Safe: method != http.MethodPut, Silence: 10 * time.Second}
}

// ask makes a request and reads its answer to the end.
func ask(ctx context.Context, p *Pools, q *Request) (status int, body string, err error) {
	r, err := p.Do(ctx, q)
	if err != nil {
		return 0, "", err
	}
	defer r.Close()
	b, err := r.All(1 << 20)
	return r.Header().Status(), string(b), err
}

func wantError(t *testing.T, err error, part string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), part) {
		t.Fatalf("got %v, want an error with %q", err, part)
	}
}
