package transport

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/transship/transship"
)

// tlsConfig trusts the system's roots, or those of bundle where it is named.
func tlsConfig(bundle string) (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, ClientSessionCache: tls.NewLRUClientSessionCache(64), NextProtos: []string{"http/1.1"}}
	if bundle == "" {
		return cfg, nil
	}
	pem, err := os.ReadFile(bundle)
	if err == nil {
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(pem) {
			err = fmt.Errorf("%s holds no certificate in PEM", bundle)
		}
	}
	if err != nil {
		return nil, &transship.Error{Code: transship.Invalid, Op: "read AWS_CA_BUNDLE", Err: err,
			Hint: "name a file with the PEM certificates to trust, or unset AWS_CA_BUNDLE"}
	}
	return cfg, nil
}

// dial opens a connection for requests to host: TCP over IPv4 or IPv6,
// whichever answers first, by way of the environment's proxy, and TLS.
func (c *Pools) dial(ctx context.Context, host string) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.DialTimeout)
	defer cancel()
	proxy, err := c.proxy(&url.URL{Scheme: c.cfg.Scheme, Host: host})
	if err != nil {
		return nil, fmt.Errorf("the environment's proxy: %w", err)
	}
	address := c.address(host)
	target := address
	if proxy != nil {
		if proxy.Scheme != "http" {
			return nil, fmt.Errorf("the environment's proxy %s is not of scheme http", proxy.Redacted())
		}
		if target = proxy.Host; proxy.Port() == "" {
			target = net.JoinHostPort(proxy.Hostname(), "80")
		}
	}
	d := net.Dialer{KeepAlive: 15 * time.Second}
	raw, err := d.DialContext(ctx, "tcp", target)
	if err != nil {
		return nil, err
	}
	k := &conn{raw: raw, Conn: raw, timed: &timed{Conn: raw}}
	k.Conn = k.timed
	if c.cfg.Scheme == "https" {
		if proxy != nil {
			err = tunnel(ctx, raw, address, proxy)
		}
		if err == nil {
			cfg := c.tls.Clone()
			cfg.ServerName, _, _ = net.SplitHostPort(address)
			t := tls.Client(k.timed, cfg)
			err = t.HandshakeContext(ctx)
			k.Conn = t
		}
		if err != nil {
			raw.Close()
			return nil, err
		}
	} else if proxy != nil {
		k.prefix, k.proxyAuth = "http://"+host, proxyAuthorization(proxy)
	}
	k.br = bufio.NewReaderSize(k.Conn, readBuffer)
	k.bw = bufio.NewWriterSize(k.Conn, writeBuffer)
	return k, nil
}

// tunnel asks a proxy for a connection to address.
func tunnel(ctx context.Context, raw net.Conn, address string, proxy *url.URL) error {
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	defer stop()
	req := "CONNECT " + address + " HTTP/1.1\r\nHost: " + address + "\r\n"
	if auth := proxyAuthorization(proxy); auth != "" {
		req += "Proxy-Authorization: " + auth + "\r\n"
	}
	if _, err := raw.Write([]byte(req + "\r\n")); err != nil {
		return err
	}
	// One byte at a time is enough here and takes nothing of what follows.
	resp, err := http.ReadResponse(bufio.NewReaderSize(&slow{raw, maxTunnelHead}, 16), &http.Request{Method: http.MethodConnect})
	if err != nil {
		return fmt.Errorf("the proxy %s: %w", proxy.Redacted(), err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the proxy %s refuses a connection to %s: %s", proxy.Redacted(), address, resp.Status)
	}
	return nil
}

const maxTunnelHead = 8 << 10

// slow gives single bytes, and not more than left.
type slow struct {
	net.Conn
	left int
}

func (s *slow) Read(p []byte) (int, error) {
	if s.left--; s.left < 0 {
		return 0, fmt.Errorf("its answer is over %d bytes long", maxTunnelHead)
	}
	return s.Conn.Read(p[:min(1, len(p))])
}

func proxyAuthorization(proxy *url.URL) string {
	if proxy.User == nil {
		return ""
	}
	password, _ := proxy.User.Password()
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(proxy.User.Username()+":"+password))
}
