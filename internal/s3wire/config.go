package s3wire

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3wire/payload"
	"github.com/transship/transship/internal/s3wire/transport"
	"github.com/transship/transship/internal/sigv4"
)

// Credentials sign requests.
type Credentials = sigv4.Credentials

// Gate bounds how many requests run at once. Enter waits for a place; leave is
// called once, with what the answer says of the store's health.
type Gate interface {
	Enter(context.Context) (leave func(throttled, failed bool, latency time.Duration), err error)
}

// Retry decides about another attempt. Wait is called after attempt number
// attempt (from 1) failed; it waits and answers true to go on, or false.
type Retry interface {
	Wait(ctx context.Context, attempt int) bool
}

// Config is what a [Client] needs. Zero durations and sizes take the value in
// brackets.
type Config struct {
	Endpoint  string // http(s)://host[:port]; empty: AWS's endpoint of the Region
	Region    string // [us-east-1]
	PathStyle bool   // the bucket in the path and not in the host
	UserAgent string // [transship]

	// Credentials answers the credentials of the moment. It is called before
	// each request and keeps and renews them itself. Nil: nothing is signed.
	Credentials func(context.Context) (Credentials, error)

	Gate        Gate  // nil: none
	Retry       Retry // nil: every call is made once
	RetryWrites bool  // also repeat writes that were definitely refused (429, 500, 502, 503, 504)

	DialTimeout time.Duration // connection and TLS handshake [10 s]
	IdleTimeout time.Duration // longest silence on a connection in use [60 s]
	CopyTimeout time.Duration // the same for calls that copy on the store's side [30 min]
	MaxConns    int           // connections a host [512]
	ConnWait    time.Duration // longest wait for one of them [30 s]
	KeepAlive   time.Duration // how long an unused connection is kept [8 s]

	Now func() time.Time // clock of signatures and latency; nil: time.Now
}

// Client makes S3 calls with one set of credentials at one endpoint. It is
// safe for use by many goroutines. GetObject's bodies must be closed.
type Client struct {
	cfg       Config
	signer    sigv4.Signer
	scheme    string
	host      string // as in the Host header
	pathStyle bool
	pools     *transport.Pools
	payloads  *payload.Maker
	date      atomic.Pointer[stamp]
}

// New makes a client. AWS_CA_BUNDLE, HTTP_PROXY, HTTPS_PROXY and NO_PROXY are
// read here, once.
func New(cfg Config) (*Client, error) {
	invalid := func(format string, args ...any) error {
		return &transship.Error{Code: transship.Invalid, Op: "set up the S3 client", Message: fmt.Sprintf(format, args...)}
	}
	fill(&cfg)
	c := &Client{cfg: cfg, signer: sigv4.Signer{Region: cfg.Region, Service: "s3"}, pathStyle: cfg.PathStyle}
	endpoint := cfg.Endpoint
	if endpoint == "" {
		domain := ".amazonaws.com"
		if strings.HasPrefix(cfg.Region, "cn-") {
			domain += ".cn"
		}
		endpoint = "https://s3." + cfg.Region + domain
	}
	u, err := url.Parse(endpoint)
	switch {
	case err != nil:
		return nil, invalid("endpoint %q is not a URL", endpoint)
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, invalid("endpoint %q is not http://HOST[:PORT] or https://HOST[:PORT]", endpoint)
	case u.User != nil || u.RawQuery != "" || strings.Trim(u.Path, "/") != "":
		return nil, invalid("endpoint %q has more than scheme, host and port", u.Redacted())
	}
	c.scheme, c.host = u.Scheme, hostHeader(u)
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		c.pathStyle = true
	}
	aws := strings.HasSuffix(u.Hostname(), ".amazonaws.com") || strings.HasSuffix(u.Hostname(), ".amazonaws.com.cn")
	c.payloads = payload.NewMaker(aws, cfg.Credentials != nil)
	c.pools, err = transport.New(transport.Config{Scheme: c.scheme, UserAgent: cfg.UserAgent,
		DialTimeout: cfg.DialTimeout, MaxConns: cfg.MaxConns, ConnWait: cfg.ConnWait, KeepAlive: cfg.KeepAlive})
	if err != nil {
		return nil, err
	}
	return c, nil
}

func fill(cfg *Config) {
	if cfg.Region == "" {
		cfg.Region = "us-east-1"
	}
	if cfg.UserAgent == "" {
		cfg.UserAgent = "transship"
	}
	durations := []struct {
		field *time.Duration
		value time.Duration
	}{{&cfg.DialTimeout, 10 * time.Second}, {&cfg.IdleTimeout, time.Minute}, {&cfg.CopyTimeout, 30 * time.Minute},
		{&cfg.ConnWait, 30 * time.Second}, {&cfg.KeepAlive, 8 * time.Second}}
	for _, d := range durations {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	if cfg.MaxConns <= 0 {
		cfg.MaxConns = 512
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
}

// hostHeader leaves out a default port, as every signer does.
func hostHeader(u *url.URL) string {
	if port := u.Port(); port == "" || u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443" {
		if host := u.Hostname(); strings.Contains(host, ":") {
			return "[" + host + "]"
		} else {
			return host
		}
	}
	return u.Host
}

// Close closes the connections that are not in use.
func (c *Client) Close() { c.pools.Close() }
