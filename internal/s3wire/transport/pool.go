package transport

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/transship/transship/internal/sigv4"
)

const (
	readBuffer  = 32 << 10 // and with it the longest head of an answer
	writeBuffer = 8 << 10
	keepAnswer  = 1 << 20 // an answer's buffer over this is not kept
)

// conn is a connection, and all that a request on it needs, used again by the
// next one.
type conn struct {
	net.Conn           // TLS or plain, over timed
	raw       net.Conn // TCP
	timed     *timed
	br        *bufio.Reader
	bw        *bufio.Writer
	resp      Header
	head      []byte // authorization and path, built here
	body      []byte // answer
	headers   []sigv4.Header
	prefix    string // scheme and host of the absolute form, through a proxy
	proxyAuth string
	used      bool
	since     time.Time // when it was last given back
}

// abort ends whatever is under way.
func (k *conn) abort() { k.raw.Close() }

// pool keeps the connections to one host.
type pool struct {
	slots chan struct{} // one for each connection in use
	keep  time.Duration

	mu   sync.Mutex
	idle []*conn // the last one used is the last one here
}

// get waits for a place, then takes a live connection or opens one.
func (c *Pools) get(ctx context.Context, p *pool, host string) (*conn, error) {
	select {
	case p.slots <- struct{}{}:
	default:
		wait := time.NewTimer(c.cfg.ConnWait)
		defer wait.Stop()
		select {
		case p.slots <- struct{}{}:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-wait.C:
			return nil, fmt.Errorf("no free connection within %s (%d in use)", c.cfg.ConnWait, cap(p.slots))
		}
	}
	if k := p.take(); k != nil {
		return k, nil
	}
	k, err := c.dial(ctx, host)
	if err != nil {
		<-p.slots
	}
	return k, err
}

// take is the connection that was used last, if it still lives.
func (p *pool) take() *conn {
	for {
		p.mu.Lock()
		n := len(p.idle)
		if n == 0 {
			p.mu.Unlock()
			return nil
		}
		k := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		unused := time.Since(k.since)
		// A store closes what was silent for long. What it closed a moment
		// ago must not take a PUT whose outcome is then unknown.
		if unused < p.keep && k.br.Buffered() == 0 && (unused < 20*time.Millisecond || alive(k.raw)) {
			k.used = true
			return k
		}
		k.raw.Close()
	}
}

// put gives a connection back; one that is not fit for use again is closed.
func (p *pool) put(k *conn, fit bool) {
	if fit {
		if cap(k.body) > keepAnswer {
			k.body = nil
		}
		k.since = time.Now()
		p.mu.Lock()
		p.idle = append(p.idle, k)
		// The oldest is at the front; one look a call keeps the list short.
		if old := p.idle[0]; old != k && time.Since(old.since) > p.keep {
			old.raw.Close()
			p.idle = append(p.idle[:0], p.idle[1:]...)
		}
		p.mu.Unlock()
	} else {
		k.raw.Close()
	}
	<-p.slots
}

func (p *pool) drain() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range p.idle {
		k.raw.Close()
	}
	p.idle = nil
}
