package transport

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const empty = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

// age makes kept connections look as if they had been unused for a second: the
// pool looks only at those that were unused for a little while.
func age(c *Pools, by time.Duration) {
	for _, p := range c.hosts {
		p.mu.Lock()
		for _, k := range p.idle {
			k.since = k.since.Add(-by)
		}
		p.mu.Unlock()
	}
}

// once answers the first request, and closes the connection at the second one
// without an answer.
func once(requests *atomic.Int64) func(int, net.Conn, *bufio.Reader) {
	return func(n int, c net.Conn, br *bufio.Reader) {
		for i := 0; ; i++ {
			if _, err := http.ReadRequest(br); err != nil {
				return
			}
			requests.Add(1)
			if n == 1 && i == 1 {
				return
			}
			io.WriteString(c, empty)
		}
	}
}

func TestOnlyASafeRequestIsSentAgainWhenAKeptConnectionBreaks(t *testing.T) {
	for _, c := range []struct {
		method   string
		fine     bool
		requests int64
		conns    int64
	}{
		{http.MethodGet, true, 3, 2},
		{http.MethodPut, false, 2, 1},
	} {
		var requests atomic.Int64
		host, conns := tcp(t, once(&requests))
		p := open(t)
		if _, _, err := ask(context.Background(), p, request(c.method, host)); err != nil {
			t.Fatal(err)
		}
		_, _, err := ask(context.Background(), p, request(c.method, host))
		if (err == nil) != c.fine || requests.Load() != c.requests || conns.Load() != c.conns {
			t.Errorf("%s: %v, %d requests on %d connections", c.method, err, requests.Load(), conns.Load())
		}
		if !c.fine && !errors.Is(err, errStale) {
			t.Error(err)
		}
	}
}

func TestASafeRequestIsNotSentAgainWhenANewConnectionBreaks(t *testing.T) {
	host, conns := tcp(t, func(_ int, c net.Conn, br *bufio.Reader) { http.ReadRequest(br) })
	_, _, err := ask(context.Background(), open(t), request(http.MethodGet, host))
	if !errors.Is(err, errStale) || conns.Load() != 1 {
		t.Errorf("%v, %d connections", err, conns.Load())
	}
}

func TestAConnectionThatTheStoreClosedIsNotUsedForAPut(t *testing.T) {
	closed := make(chan struct{})
	host, conns := tcp(t, func(n int, c net.Conn, br *bufio.Reader) {
		if _, err := http.ReadRequest(br); err == nil {
			io.WriteString(c, empty)
		}
		if n == 1 {
			c.Close()
			close(closed)
		} else {
			io.Copy(io.Discard, br)
		}
	})
	p := open(t)
	if _, _, err := ask(context.Background(), p, request(http.MethodPut, host)); err != nil {
		t.Fatal(err)
	}
	<-closed
	age(p, time.Second)
	if _, _, err := ask(context.Background(), p, request(http.MethodPut, host)); err != nil {
		t.Fatal(err)
	}
	if conns.Load() != 2 {
		t.Errorf("%d connections", conns.Load())
	}
}

func TestWhichConnectionsAreUsedAgain(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer string
		age    time.Duration
		conns  int64
	}{
		{"one whose answer was read", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 0, 1},
		{"one whose answer came in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nTrailer: x\r\n\r\n", 0, 1},
		{"not one that the store wants closed", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", 0, 2},
		{"not one that was unused for too long", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", time.Hour, 2},
		{"not one with bytes that nobody asked for", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok!", 0, 2},
	} {
		host, conns := tcp(t, answers(c.answer))
		p := open(t)
		for range 2 {
			if _, body, err := ask(context.Background(), p, request(http.MethodPut, host)); err != nil || body != "ok" {
				t.Errorf("%s: %q, %v", c.name, body, err)
			}
			age(p, c.age)
		}
		if conns.Load() != c.conns {
			t.Errorf("%s: %d connections", c.name, conns.Load())
		}
	}
}

func TestACancelledRequestClosesItsConnection(t *testing.T) {
	arrived, gone := make(chan struct{}), make(chan struct{})
	host, _ := tcp(t, func(_ int, c net.Conn, br *bufio.Reader) {
		http.ReadRequest(br)
		close(arrived)
		io.Copy(io.Discard, br)
		close(gone)
	})
	p := open(t)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() {
		_, _, err := ask(ctx, p, request(http.MethodPut, host))
		done <- err
	}()
	<-arrived
	cancel()
	if <-done == nil {
		t.Error("no error")
	}
	<-gone
}

func TestSilenceEndsARequestAndProgressDoesNot(t *testing.T) {
	t.Parallel()
	const limit = 1500 * time.Millisecond
	host, _ := tcp(t, func(n int, c net.Conn, br *bufio.Reader) {
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
	p := open(t)
	q := request(http.MethodGet, host)
	q.Silence = limit
	_, _, err := ask(context.Background(), p, q)
	wantError(t, err, "no answer within 1.5s")
	if _, body, err := ask(context.Background(), p, q); err != nil || len(body) != 10 {
		t.Errorf("%q, %v", body, err)
	}
}

func TestAHeadOf30KiBIsReadAndOneOf40IsRefused(t *testing.T) {
	for size, fine := range map[int]bool{30 << 10: true, 40 << 10: false} {
		host, _ := tcp(t, answers(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Amz-Meta-A: %s\r\n\r\n", strings.Repeat("m", size))))
		r, err := open(t).Do(context.Background(), request(http.MethodGet, host))
		if !fine {
			wantError(t, err, "32 KiB")
			continue
		}
		if err != nil || len(r.Header().Peek("x-amz-meta-a")) != size {
			t.Fatalf("%d: %v", size, err)
		}
		r.Close()
	}
}

func TestAnAnswerThatIsNotHTTPIsNotQuoted(t *testing.T) {
	host, _ := tcp(t, answers("SSH-2.0-confidential\r\n\r\n"))
	_, _, err := ask(context.Background(), open(t), request(http.MethodGet, host))
	wantError(t, err, "not HTTP/1.1")
	if strings.Contains(err.Error(), "confidential") {
		t.Error(err)
	}
}

func TestAnAnswerBeforeTheAnswerIsPassedOver(t *testing.T) {
	host, _ := tcp(t, answers("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
	if status, body, err := ask(context.Background(), open(t), request(http.MethodPut, host)); status != 200 || body != "ok" || err != nil {
		t.Error(status, body, err)
	}
}

func TestWaitingForAConnectionEnds(t *testing.T) {
	hold, arrived := make(chan struct{}), make(chan struct{}, 2)
	defer close(hold)
	host, _ := tcp(t, func(_ int, c net.Conn, br *bufio.Reader) {
		http.ReadRequest(br)
		arrived <- struct{}{}
		<-hold
	})
	p := open(t, func(c *Config) { c.MaxConns = 1; c.ConnWait = 50 * time.Millisecond })
	go ask(context.Background(), p, request(http.MethodGet, host))
	<-arrived
	_, _, err := ask(context.Background(), p, request(http.MethodGet, host))
	wantError(t, err, "no free connection within 50ms (1 in use)")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := ask(ctx, p, request(http.MethodGet, host)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// broken is a stream whose source cannot be read to its end.
type broken struct{ err error }

func (broken) Len() int64 { return 1 << 20 }

func (b broken) Send(w *bufio.Writer) error {
	w.Write(make([]byte, 1<<19))
	return &SourceError{b.err}
}

func TestASourceThatFailsCutsTheRequestOff(t *testing.T) {
	came := make(chan error, 1)
	host, _ := tcp(t, func(_ int, c net.Conn, br *bufio.Reader) {
		r, err := http.ReadRequest(br)
		if err == nil {
			_, err = io.Copy(io.Discard, r.Body)
		}
		came <- err
	})
	fire := errors.New("disk on fire")
	q := request(http.MethodPut, host)
	q.Stream = broken{fire}
	_, _, err := ask(context.Background(), open(t), q)
	var source *SourceError
	if !errors.As(err, &source) || !errors.Is(err, fire) {
		t.Error(err)
	}
	if err := <-came; err == nil {
		t.Error("the other side has a whole request")
	}
}
