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
// beside, built by the Go command, never a part of this module.
type foreignStore struct {
	name   string
	module string // "path version", as a go.mod requires it
	pkg    string // below the module; empty: its root
	args   func(bin, dir, address string) []string
	env    []string
	framed bool // keeps the framing of aws-chunked bodies in the parts of an upload
}

// The keys of every store; a store that takes any key takes them too.
const foreignKey, foreignSecret = "AKIAFOREIGNSTORE0001", "a-secret-for-a-store-beside-the-test"

func foreignStores() []foreignStore {
	return []foreignStore{
		{name: "versitygw", module: "github.com/versity/versitygw v1.8.0", pkg: "/cmd/versitygw",
			args: func(_, dir, address string) []string {
				return []string{"--access", foreignKey, "--secret", foreignSecret, "--port", address, "posix", dir}
			}},
		{name: "gofakes3", module: "github.com/johannesboyne/gofakes3 v1.2.0", pkg: "/cmd/gofakes3", framed: true,
			args: func(_, _, address string) []string { return []string{"-backend", "memory", "-host", address} }},
		{name: "rclone", module: "github.com/rclone/rclone v1.76.0",
			args: func(_, dir, address string) []string {
				return []string{"serve", "s3", "--addr", address, "--auth-key", foreignKey + "," + foreignSecret, "--vfs-cache-mode", "off", dir}
			}},
		{name: "minio", module: "github.com/minio/minio v0.0.0-20260212201848-7aac2a2c5b7c",
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
	dir := t.TempDir() // a module of its own: `go install` takes none that replaces requirements
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module elsewhere\n\ngo 1.24\n\nrequire "+f.module+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	defer cancel()
	path, _, _ := strings.Cut(f.module, " ")
	c := exec.CommandContext(ctx, "go", "build", "-mod=mod", "-o", filepath.Join(dir, f.name), path+f.pkg)
	c.Dir = dir
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := c.CombinedOutput(); err != nil {
		t.Skipf("build %s: %v\n%s", f.module, err, tail(string(out), 600))
	}
	return filepath.Join(dir, f.name)
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
