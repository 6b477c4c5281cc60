package s3wire

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// tcp serves each connection with serve, which has its number from 1.
func tcp(t *testing.T, serve func(n int, c net.Conn, br *bufio.Reader)) (endpoint string, conns *atomic.Int64) {
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
	return "http://" + l.Addr().String(), conns
}

func plain(t *testing.T, endpoint string, change ...func(*Config)) *Client {
	t.Helper()
	cfg := Config{Endpoint: endpoint, PathStyle: true, Credentials: static(testCred)}
	for _, f := range change {
		f(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

var (
	aPut  = s3call.Put{Bucket: "bucket", Key: "k", Body: strings.NewReader(""), Size: 0}
	aHead = s3call.Get{Ref: s3call.Ref{Bucket: "bucket", Key: "k"}}
)

func wantUnknown(t *testing.T, err error) {
	t.Helper()
	var e *transship.Error
	if !errors.As(err, &e) || e.Code != transship.Unavailable || e.Status != 0 || e.Op == "" || e.Bucket != "bucket" {
		t.Fatalf("%#v", err)
	}
}

func TestAPutGoesOutOnceThoughTheConnectionBreaks(t *testing.T) {
	var requests atomic.Int64
	endpoint, conns := tcp(t, func(_ int, c net.Conn, br *bufio.Reader) {
		if r, err := http.ReadRequest(br); err == nil {
			io.Copy(io.Discard, r.Body)
			requests.Add(1)
		}
	})
	c := plain(t, endpoint, func(c *Config) { c.Retry = always{}; c.RetryWrites = true })
	_, err := c.PutObject(context.Background(), aPut)
	wantUnknown(t, err)
	if n, m := requests.Load(), conns.Load(); n != 1 || m != 1 {
		t.Errorf("%d requests on %d connections", n, m)
	}
}

// always goes on, without waiting, for nine attempts.
type always struct{}

func (always) Wait(ctx context.Context, attempt int) bool { return attempt < 9 && ctx.Err() == nil }

func TestConnectionsAreKept(t *testing.T) {
	var mu sync.Mutex
	from := map[string]bool{}
	s := newStore(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		from[r.RemoteAddr] = true
		mu.Unlock()
		w.Header().Set("Content-Length", "5")
		if r.Method == "GET" {
			io.WriteString(w, "hello")
		}
	})
	c := s.client()
	for range 50 {
		if _, err := c.HeadObject(context.Background(), aHead); err != nil {
			t.Fatal(err)
		}
		body, err := c.GetObject(context.Background(), aHead)
		if err != nil {
			t.Fatal(err)
		}
		if data, err := io.ReadAll(body); err != nil || string(data) != "hello" {
			t.Fatal(err)
		}
		body.Close()
	}
	if len(from) != 1 {
		t.Errorf("%d connections for 100 requests in a row", len(from))
	}
}

func TestACancelledCallClosesItsConnectionAndSaysWhy(t *testing.T) {
	arrived, gone := make(chan struct{}), make(chan struct{})
	endpoint, _ := tcp(t, func(_ int, c net.Conn, br *bufio.Reader) {
		http.ReadRequest(br)
		close(arrived)
		io.Copy(io.Discard, br)
		close(gone)
	})
	c := plain(t, endpoint)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() {
		_, err := c.CopyObject(ctx, s3call.Copy{Source: aHead.Ref, Bucket: "bucket", Key: "k"})
		done <- err
	}()
	<-arrived
	cancel()
	err := <-done
	wantUnknown(t, err)
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	<-gone
}

func TestSilenceEndsACallAndProgressDoesNot(t *testing.T) {
	t.Parallel()
	const limit = 1500 * time.Millisecond
	endpoint, _ := tcp(t, func(n int, c net.Conn, br *bufio.Reader) {
		http.ReadRequest(br)
		if n == 1 {
			io.Copy(io.Discard, br)
			return
		}
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
		tick := time.NewTicker(limit / 5)
		defer tick.Stop()
		for range 10 {
			<-tick.C
			io.WriteString(c, "x")
		}
	})
	c := plain(t, endpoint, func(c *Config) { c.IdleTimeout = limit })
	_, err := c.HeadObject(context.Background(), aHead)
	wantUnknown(t, err)
	body, err := c.GetObject(context.Background(), aHead)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if data, err := io.ReadAll(body); err != nil || len(data) != 10 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}

func TestACopyMayTakeLongerThanOtherCalls(t *testing.T) {
	endpoint, _ := tcp(t, func(_ int, c net.Conn, br *bufio.Reader) {
		http.ReadRequest(br)
		wait := time.NewTimer(300 * time.Millisecond)
		defer wait.Stop()
		<-wait.C
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 56\r\n\r\n<CopyObjectResult><ETag>\"e\"</ETag></CopyObjectResult>   ")
	})
	c := plain(t, endpoint, func(c *Config) { c.IdleTimeout = 50 * time.Millisecond })
	if _, err := c.CopyObject(context.Background(), s3call.Copy{Source: aHead.Ref, Bucket: "bucket", Key: "k"}); err != nil {
		t.Fatal(err)
	}
}

func TestAnObjectThatEndsEarlyIsAnError(t *testing.T) {
	for name, answer := range map[string]string{
		"by length": "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
	} {
		t.Run(name, func(t *testing.T) {
			endpoint, _ := tcp(t, func(_ int, c net.Conn, br *bufio.Reader) {
				http.ReadRequest(br)
				io.WriteString(c, answer)
			})
			body, err := plain(t, endpoint).GetObject(context.Background(), aHead)
			if err != nil {
				t.Fatal(err)
			}
			defer body.Close()
			_, err = io.ReadAll(body)
			wantUnknown(t, err)
			if !strings.Contains(err.Error(), "96 bytes early") {
				t.Error(err)
			}
		})
	}
}

func TestAnObjectOfUnknownLengthIsRefused(t *testing.T) {
	endpoint, _ := tcp(t, func(_ int, c net.Conn, br *bufio.Reader) {
		http.ReadRequest(br)
		io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\nhalf")
	})
	_, err := plain(t, endpoint).GetObject(context.Background(), aHead)
	if transship.CodeOf(err) != transship.Damaged {
		t.Fatal(err)
	}
}

func TestAnAnswerOver1MiBIsRefused(t *testing.T) {
	for name, head := range map[string]string{"with its length": fmt.Sprintf("Content-Length: %d\r\n\r\n", 2<<20), "to the end": "\r\n"} {
		endpoint, _ := tcp(t, func(_ int, c net.Conn, br *bufio.Reader) {
			http.ReadRequest(br)
			io.WriteString(c, "HTTP/1.1 403 Forbidden\r\n"+head)
			c.Write(bytes.Repeat([]byte(" "), 2<<20))
		})
		_, err := plain(t, endpoint).GetObjectTagging(context.Background(), aHead.Ref)
		var e *transship.Error
		if !errors.As(err, &e) || e.Status != 403 || e.Code != transship.Denied {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNobodyListening(t *testing.T) {
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	l.Close()
	_, err := plain(t, "http://"+l.Addr().String()).PutObject(context.Background(), aPut)
	wantUnknown(t, err)
}

func TestARefusalInTheMiddleOfALongBodyIsHeard(t *testing.T) {
	endpoint, _ := tcp(t, func(_ int, c net.Conn, br *bufio.Reader) {
		http.ReadRequest(br)
		io.WriteString(c, "HTTP/1.1 403 Forbidden\r\nContent-Length: 41\r\nConnection: close\r\n\r\n<Error><Code>AccessDenied</Code></Error>  ")
		io.Copy(io.Discard, io.LimitReader(br, 50<<20))
	})
	data := make([]byte, 4<<20)
	_, err := plain(t, endpoint).PutObject(context.Background(), s3call.Put{Bucket: "bucket", Key: "k", Body: bytes.NewReader(data), Size: int64(len(data))})
	var e *transship.Error
	if !errors.As(err, &e) || e.S3Code != "AccessDenied" {
		t.Fatal(err)
	}
}

func TestASourceThatFailsIsNotTheStoresFault(t *testing.T) {
	broken := errors.New("disk on fire")
	endpoint, _ := tcp(t, func(_ int, c net.Conn, br *bufio.Reader) { io.Copy(io.Discard, br) })
	c := plain(t, endpoint)
	for _, size := range []int64{100, 1 << 20} {
		_, err := c.PutObject(context.Background(), s3call.Put{Bucket: "bucket", Key: "k", Size: size,
			Body: io.MultiReader(io.LimitReader(zeros{}, size/2), failing{broken})})
		if !errors.Is(err, broken) || transship.CodeOf(err) == transship.Unavailable {
			t.Errorf("%d: %v", size, err)
		}
		for name, body := range map[string]io.Reader{"short": io.LimitReader(zeros{}, size-1), "long": io.LimitReader(zeros{}, size+1)} {
			_, err := c.PutObject(context.Background(), s3call.Put{Bucket: "bucket", Key: "k", Size: size, Body: body})
			if transship.CodeOf(err) != transship.Invalid {
				t.Errorf("%s of %d: %v", name, size, err)
			}
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
