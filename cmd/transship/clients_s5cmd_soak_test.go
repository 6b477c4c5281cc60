//go:build soak

package main

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// s5cmd is built by the Go command outside of this module. A module of its own
// names the version, since `go install pkg@version` asks the proxy for more
// than the version.
func TestSoakS5cmd(t *testing.T) {
	bin := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	if err := os.WriteFile(filepath.Join(bin, "go.mod"), []byte("module s5cmd\n\nrequire github.com/peak/s5cmd/v2 v2.3.0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	install := exec.CommandContext(ctx, "go", "install", "github.com/peak/s5cmd/v2")
	install.Dir = bin
	install.Env = append(os.Environ(), "GOBIN="+bin, "CGO_ENABLED=0", "GOFLAGS=-mod=mod")
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("go install s5cmd: %v\n%s", err, out)
	}
	l := startLab(t)
	s5cmd := func(args ...string) string {
		t.Helper()
		return l.run(t, filepath.Join(bin, "s5cmd"), append([]string{"--endpoint-url", l.at.S3, "--profile", "source", "--retry-count", "0"}, args...)...)
	}
	files := oddNames()
	maps.DeleteFunc(files, func(name, _ string) bool { return strings.ContainsAny(name, "*?[") }) // wildcards to s5cmd
	files["big.bin"] = strings.Repeat("0123456789abcdef", 12<<20/16)
	tree := writeTree(t, files)

	s5cmd("mb", "s3://s5cmd-in")
	s5cmd("cp", "--part-size", "5", tree+"/", "s3://s5cmd-in/tree/")
	var got []string
	for _, row := range regexp.MustCompile(`(?m)^\S+ \S+ +\d+  (.*)$`).FindAllStringSubmatch(s5cmd("ls", "s3://s5cmd-in/tree/*"), -1) {
		got = append(got, row[1])
	}
	slices.Sort(got)
	if want := slices.Sorted(maps.Keys(files)); !slices.Equal(got, want) {
		t.Errorf("listed %q\n  want %q", got, want)
	}
	s5cmd("mb", "s3://s5cmd-across")
	s5cmd("cp", "s3://s5cmd-in/tree/*", "s3://s5cmd-across/")
	back := t.TempDir()
	s5cmd("cp", "s3://s5cmd-across/*", back+"/")
	sameTree(t, back, files)
	if out := s5cmd("sync", "s3://s5cmd-in/tree/*", "s3://s5cmd-across/"); out != "" {
		t.Errorf("a sync of what is there did %s", out)
	}
	s5cmd("rm", "s3://s5cmd-in/*")
	if out := s5cmd("ls", "s3://s5cmd-in"); out != "" {
		t.Errorf("left are %s", out)
	}
}
