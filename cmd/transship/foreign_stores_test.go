//go:build soak && unix

package main

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// foreignStore is an S3 store that nobody here wrote: a program that runs
// beside, installed by the Go command, never a part of this module.
type foreignStore struct {
	name   string
	module string // what `go install` takes
	args   func(bin, dir, address string) []string
	env    []string
	framed bool // keeps the framing of aws-chunked bodies in the parts of an upload
}

// The keys of every store; a store that takes any key takes them too.
const foreignKey, foreignSecret = "AKIAFOREIGNSTORE0001", "a-secret-for-a-store-beside-the-test"

func foreignStores() []foreignStore {
	return []foreignStore{
		{name: "versitygw", module: "github.com/versity/versitygw/cmd/versitygw@v1.8.0",
			args: func(_, dir, address string) []string {
				return []string{"--access", foreignKey, "--secret", foreignSecret, "--port", address, "posix", dir}
			}},
		{name: "gofakes3", module: "github.com/johannesboyne/gofakes3/cmd/gofakes3@v1.2.0", framed: true,
			args: func(_, _, address string) []string { return []string{"-backend", "memory", "-host", address} }},
		{name: "rclone", module: "github.com/rclone/rclone@latest",
			args: func(_, dir, address string) []string {
				return []string{"serve", "s3", "--addr", address, "--auth-key", foreignKey + "," + foreignSecret, "--vfs-cache-mode", "off", dir}
			}},
		{name: "minio", module: "github.com/minio/minio@latest",
			args: func(_, dir, address string) []string { return []string{"server", "--address", address, dir} },
			env:  []string{"MINIO_ROOT_USER=" + foreignKey, "MINIO_ROOT_PASSWORD=" + foreignSecret}},
	}
}

// installed is the store's program. A store that the Go proxy does not serve,
// or that does not build here, is skipped with what the Go command said.
func (f foreignStore) installed(t *testing.T) string {
	t.Helper()
	if bin := os.Getenv("TRANSSHIP_FOREIGN_BIN"); bin != "" { // a folder of programs built before
		if name := filepath.Join(bin, f.name); exec.Command("test", "-x", name).Run() == nil {
			return name
		}
	}
	bin := t.TempDir()
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "go", "install", f.module)
	c.Dir = bin // outside of this module
	c.Env = append(os.Environ(), "GOBIN="+bin, "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := c.CombinedOutput(); err != nil {
		t.Skipf("go install %s: %v\n%s", f.module, err, tail(string(out), 600))
	}
	return filepath.Join(bin, f.name)
}

// start runs the store until the test ends and answers its URL.
func (f foreignStore) start(t *testing.T, bin string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close() // these programs do not tell which port they found
	home := t.TempDir()
	dir := filepath.Join(home, "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	c := exec.Command(bin, f.args(bin, dir, address)...)
	c.Dir = home
	c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home}, f.env...)
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { c.Wait(); close(ended) }()
	t.Cleanup(func() {
		c.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			c.Process.Kill()
			<-ended
		}
		if t.Failed() {
			t.Logf("%s said last:\n%s", f.name, tail(said.String(), 3000))
		}
	})
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if res, err := http.Get("http://" + address + "/"); err == nil {
			res.Body.Close()
			return "http://" + address
		}
		select {
		case <-ended:
			t.Skipf("%s does not start on this machine: %s", f.name, tail(said.String(), 600))
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s did not answer within %s", f.name, patience)
		}
	}
}

func tail(s string, n int) string {
	s = strings.TrimSpace(s)
	return s[max(0, len(s)-n):]
}
