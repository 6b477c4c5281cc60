package transport

import (
	"crypto/tls"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http/httpproxy"
)

// Config says how connections are made and kept. Every field must be set.
type Config struct {
	Scheme    string // http or https
	UserAgent string

	DialTimeout time.Duration // connection and TLS handshake
	MaxConns    int           // connections a host
	ConnWait    time.Duration // longest wait for one of them
	KeepAlive   time.Duration // how long an unused connection is kept
}

// Pools keeps the connections to every host that was asked. It is safe for use
// by many goroutines.
type Pools struct {
	cfg   Config
	proxy func(*url.URL) (*url.URL, error)
	tls   *tls.Config

	mu    sync.Mutex
	hosts map[string]*pool
}

// New makes the pools. AWS_CA_BUNDLE, HTTP_PROXY, HTTPS_PROXY and NO_PROXY are
// read here, once. A bundle that cannot be read is code Invalid.
func New(cfg Config) (*Pools, error) {
	trust, err := tlsConfig(os.Getenv("AWS_CA_BUNDLE"))
	if err != nil {
		return nil, err
	}
	return &Pools{cfg: cfg, proxy: httpproxy.FromEnvironment().ProxyFunc(), tls: trust, hosts: map[string]*pool{}}, nil
}

// Close closes the connections that are not in use.
func (c *Pools) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.hosts {
		p.drain()
	}
}

func (c *Pools) pool(host string) *pool {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.hosts[host]
	if p == nil {
		p = &pool{slots: make(chan struct{}, c.cfg.MaxConns), keep: c.cfg.KeepAlive}
		c.hosts[host] = p
	}
	return p
}

// address is what to dial for a Host header.
func (c *Pools) address(host string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	port := "80"
	if c.cfg.Scheme == "https" {
		port = "443"
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), port)
}
