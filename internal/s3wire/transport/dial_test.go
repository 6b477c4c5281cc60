package transport

import (
	"bufio"
	"context"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/transship/transship"
)

func ok(http.ResponseWriter, *http.Request) {}

func TestTheEnvironmentsProxyIsUsedForHTTP(t *testing.T) {
	var via, direct atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		via.Add(1)
		if r.RequestURI != "http://store.invalid:9000/a//b/../c%2Fd?x=%20" || r.Header.Get("Proxy-Authorization") != "Basic dXNlcjpwYXNz" {
			t.Errorf("%s %v", r.RequestURI, r.Header)
		}
	}))
	defer proxy.Close()
	host, _ := tcp(t, func(_ int, c net.Conn, br *bufio.Reader) {
		direct.Add(1)
		answers(empty)(0, c, br)
	})
	t.Setenv("HTTP_PROXY", strings.Replace(proxy.URL, "http://", "http://user:pass@", 1))
	t.Setenv("NO_PROXY", "127.0.0.1")
	p := open(t)
	q := request(http.MethodGet, "store.invalid:9000")
	q.Path, q.Query = []byte("/a//b/../c%2Fd"), []byte("x=%20")
	if status, _, err := ask(context.Background(), p, q); err != nil || status != 200 || via.Load() != 1 {
		t.Errorf("%d, %v, %d by the proxy", status, err, via.Load())
	}
	if _, _, err := ask(context.Background(), p, request(http.MethodGet, host)); err != nil || via.Load() != 1 || direct.Load() != 1 {
		t.Errorf("NO_PROXY: %v, %d by the proxy", err, via.Load())
	}
}

// tunnels connects by CONNECT to address, whatever host is asked for.
func tunnels(t *testing.T, address string, via *atomic.Int64) string {
	host, _ := tcp(t, func(_ int, c net.Conn, br *bufio.Reader) {
		r, err := http.ReadRequest(br)
		if err != nil || r.Method != "CONNECT" || r.Host != "example.com:443" {
			t.Errorf("%v %v", r, err)
			return
		}
		via.Add(1)
		up, err := net.Dial("tcp", address)
		if err != nil {
			t.Error(err)
			return
		}
		defer up.Close()
		io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n")
		go io.Copy(up, br)
		io.Copy(c, up)
	})
	return "http://" + host
}

func TestTheEnvironmentsProxyTunnelsHTTPSAndTheBundleIsTrusted(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(ok))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	defer srv.Close()
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	var via atomic.Int64
	t.Setenv("HTTPS_PROXY", tunnels(t, strings.TrimPrefix(srv.URL, "https://"), &via))
	t.Setenv("AWS_CA_BUNDLE", bundle)
	https := func(c *Config) { c.Scheme = "https" }
	// The test server's certificate is for example.com, among others.
	if _, _, err := ask(context.Background(), open(t, https), request(http.MethodGet, "example.com")); err != nil || via.Load() != 1 {
		t.Errorf("%v, %d tunnels", err, via.Load())
	}
	t.Setenv("AWS_CA_BUNDLE", "")
	_, _, err := ask(context.Background(), open(t, https), request(http.MethodGet, "example.com"))
	wantError(t, err, "certificate")
}

func TestABundleThatCannotBeReadIsRefusedAtOnce(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none.pem")
	if err := os.WriteFile(none, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, bundle := range []string{none, filepath.Join(t.TempDir(), "missing")} {
		t.Setenv("AWS_CA_BUNDLE", bundle)
		if _, err := New(Config{}); transship.CodeOf(err) != transship.Invalid {
			t.Error(err)
		}
	}
}

func TestAProxyThatRefusesOrTalksTooMuchEndsTheDial(t *testing.T) {
	for part, answer := range map[string]string{
		"407 Proxy Authentication Required": "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
		"over 8192 bytes":                   "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 10<<10) + "\r\n\r\n",
	} {
		host, _ := tcp(t, answers(answer))
		t.Setenv("HTTPS_PROXY", "http://user:secret@"+host)
		_, _, err := ask(context.Background(), open(t, func(c *Config) { c.Scheme = "https" }), request(http.MethodGet, "example.com"))
		wantError(t, err, part)
		if strings.Contains(err.Error(), "secret") {
			t.Error(err)
		}
	}
}

func TestIPv6EndpointsWork(t *testing.T) {
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skip("this machine has no IPv6 on loopback")
	}
	srv := &http.Server{Handler: http.HandlerFunc(ok)}
	go srv.Serve(l)
	defer srv.Close()
	if _, _, err := ask(context.Background(), open(t), request(http.MethodGet, l.Addr().String())); err != nil {
		t.Error(err)
	}
}

func TestNobodyListening(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	_, _, err = ask(context.Background(), open(t), request(http.MethodPut, l.Addr().String()))
	wantError(t, err, "refused")
}
