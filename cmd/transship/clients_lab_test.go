package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/transship/transship/internal/lab"
)

// The tests in the files clients_*_test.go drive clients that nobody here
// wrote against the program: they are the proof that it is taken for AWS.

// patience bounds every wait and every client in these tests.
const patience = 2 * time.Minute

// runningLab is `transship lab` as a process of its own, and the environment
// in which clients find it.
type runningLab struct {
	dir   string
	at    lab.Endpoints
	env   []string
	bin   string // of the AWS CLI
	local string // the S3 Control API under the name localhost
}

// startLab starts a lab on free ports and stops it, cleanly, after the test.
func startLab(t *testing.T, flags ...string) *runningLab {
	t.Helper()
	home := t.TempDir()
	l := &runningLab{dir: filepath.Join(home, "lab")}
	var said bytes.Buffer
	// testscript put the program, under its own name, into PATH.
	c := exec.Command("transship", append([]string{"lab", "--data", l.dir, "--listen", "127.0.0.1:0", "--service-listen", "127.0.0.1:0"}, flags...)...)
	c.Stderr = &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	stop := func(why string) {
		c.Process.Signal(syscall.SIGTERM)
		select {
		case err := <-ended:
			if err != nil || why != "" {
				t.Errorf("%s lab ended with %v and said:\n%s", why, err, said.String())
			}
		case <-time.After(patience):
			c.Process.Kill()
			t.Errorf("the lab did not stop when asked to")
		}
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		var err error
		if l.at, err = lab.ReadEndpoints(l.dir); err == nil {
			break
		}
		select {
		case err := <-ended:
			t.Fatalf("the lab did not start: %v\n%s", err, said.String())
		default:
		}
		if time.Now().After(deadline) {
			stop("did not become ready;")
			t.FailNow()
		}
	}
	t.Cleanup(func() { stop("") })
	config, credentials := lab.AWSFiles(l.dir)
	l.local = l.at.ControlName()
	l.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home, "LC_ALL=C.UTF-8",
		"AWS_CONFIG_FILE=" + config, "AWS_SHARED_CREDENTIALS_FILE=" + credentials, "AWS_EC2_METADATA_DISABLED=true",
		"AWS_PAGER=", "AWS_MAX_ATTEMPTS=1", // a retry would hide a fault
		"LAB_S3=" + l.at.S3, "LAB_CONTROL=" + l.at.Control,
	}
	return l
}

// answer is what a program said and how it ended.
type answer struct {
	out, err string
	failed   error
}

// start runs a program in the lab's environment until it ends.
func (l *runningLab) start(input string, env []string, name string, args ...string) answer {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c := exec.CommandContext(ctx, name, args...)
	c.Env = append(append([]string{}, l.env...), env...)
	c.Stdin = strings.NewReader(input)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	return answer{strings.TrimSpace(out.String()), strings.TrimSpace(errs.String()), err}
}

// run demands that the program succeeds, and gives its output.
func (l *runningLab) run(t *testing.T, name string, args ...string) string {
	t.Helper()
	a := l.start("", nil, name, args...)
	if a.failed != nil {
		t.Fatalf("%s %s: %v\n%s\n%s", filepath.Base(name), strings.Join(args, " "), a.failed, a.err, a.out)
	}
	return a.out
}

// without skips a test for want of a tool, except where CI is set: there, and
// in `make test` wherever it may install, nothing is skipped.
func without(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is missing; .ci/tools installs it", what)
	}
	t.Skipf("%s is missing; `make test` installs it where it may (.ci/tools)", what)
}

// packaged is the file of that name in a Debian package; "" where the package
// is not installed.
func packaged(pkg, name string) string {
	out, err := exec.Command("dpkg", "-L", pkg).Output()
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); strings.HasSuffix(line, name) {
			return line
		}
	}
	return ""
}

// oddNames are files of a tree that clients like to get wrong, with contents.
func oddNames() map[string]string {
	return map[string]string{
		"plain.txt": "plain", "a b.txt": "blank", "plus+sign.txt": "plus", "100%.txt": "percent", "per%20cent.txt": "looks encoded",
		"ünïcödé/日本語/файл.txt": "unicode", "emoji-😀.txt": "beyond the BMP", "quote'\"double.txt": "quotes", "amp&lt;<>.txt": "markup",
		"semi;colon=eq?question#hash.txt": "URL signs", "~tilde!(paren)*star.txt": "signs", "deep/er/and/deeper/x": "deep", "empty": "",
		"dots/..name": "dots", "brackets[1]{2}^`|.txt": "brackets", "e\u0301-decomposed.txt": "NFD", "\u00e9-composed.txt": "NFC",
	}
}

// writeTree writes files below a new folder and returns it.
func writeTree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// sameTree demands that a folder holds these files and no others.
func sameTree(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	left := map[string]bool{}
	for name := range want {
		left[name] = true
	}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		data, err := os.ReadFile(path)
		if text, ok := want[name]; !ok {
			t.Errorf("an extra file: %q", name)
		} else if text != string(data) {
			t.Errorf("%q holds %d bytes that differ from the %d wanted", name, len(data), len(text))
		}
		delete(left, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range left {
		t.Errorf("missing: %q", name)
	}
}
