//go:build unix

package bench

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/transship/transship/bench/canned"
)

// program is a program that copies all objects of a bucket inside the store.
type program struct {
	name   string
	module string // built by the Go command, "path version"; empty: our own, or one that is installed
	args   func(tb testing.TB, endpoint string) []string
	env    []string
}

func programs() []program {
	return []program{
		{name: "transship", args: func(tb testing.TB, endpoint string) []string {
			return []string{"copy", "--yes", "--no-verify", "--data", tb.TempDir(), "--endpoint-url", endpoint, "s3://source", "s3://" + canned.Empty}
		}},
		{name: "s5cmd", module: "github.com/peak/s5cmd/v2 v2.3.0", args: func(_ testing.TB, endpoint string) []string {
			return []string{"--endpoint-url", endpoint, "--log", "error", "cp", "s3://source/*", "s3://" + canned.Empty + "/"}
		}},
		{name: "rclone", args: func(_ testing.TB, endpoint string) []string {
			return []string{"copy", "--config", "", "--transfers", "64", "--no-check-dest", "--s3-endpoint", endpoint, ":s3:source", ":s3:" + canned.Empty}
		}, env: []string{"RCLONE_S3_PROVIDER=Other", "RCLONE_S3_ENV_AUTH=true"}},
	}
}

// BenchmarkProgram copies 20,000 objects with whole programs, one after the
// other, from their start to their end: listing, copying and whatever else they
// do. transship keeps a durable record and writes a report besides; the others
// do not. A program that is not there is skipped with the reason.
func BenchmarkProgram(b *testing.B) {
	endpoint := cannedStore(b, jobObjects)
	for _, p := range programs() {
		b.Run(p.name, func(b *testing.B) {
			bin := p.find(b)
			var all usage
			n := 0
			for b.Loop() {
				all = all.plus(p.run(b, bin, endpoint, nil))
				n += jobObjects
			}
			b.ReportMetric(float64(all.cpu.Microseconds())/float64(n), "us-cpu/object")
			b.ReportMetric(float64(n)/all.real.Seconds(), "objects/s")
			b.ReportMetric(float64(all.rss)/(1<<20), "MiB-peak")
		})
	}
}

// maxRSSUnit is the unit of Rusage.Maxrss: KiB, but bytes on macOS.
func maxRSSUnit() int64 {
	if runtime.GOOS == "darwin" {
		return 1
	}
	return 1 << 10
}

// find is the program's file.
func (p program) find(tb testing.TB) string {
	tb.Helper()
	bin := filepath.Join(tb.TempDir(), p.name)
	var c *exec.Cmd
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	switch {
	case p.name == "transship":
		c = exec.CommandContext(ctx, "go", "build", "-o", bin, "github.com/transship/transship/cmd/transship")
	case p.module == "":
		found, err := exec.LookPath(p.name)
		if err != nil {
			tb.Skipf("%s is not installed (Debian has a package of that name)", p.name)
		}
		return found
	default:
		// `go install path@version` asks for the list of all versions, which the
		// proxy does not have of every module; a requirement does not.
		dir := filepath.Dir(bin)
		if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module elsewhere\n\ngo 1.24\n\nrequire "+p.module+"\n"), 0o600); err != nil {
			tb.Fatal(err)
		}
		path, _, _ := strings.Cut(p.module, " ")
		c = exec.CommandContext(ctx, "go", "build", "-mod=mod", "-o", bin, path)
		c.Dir = dir
		c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	}
	out, err := c.CombinedOutput()
	switch {
	case err != nil && p.module != "":
		tb.Skipf("build %s: %v\n%s", p.module, err, out)
	case err != nil:
		tb.Fatalf("%v\n%s", err, out)
	}
	return bin
}

// usage is what runs of a program took.
type usage struct {
	cpu, real time.Duration
	rss       int64 // bytes; the highest
}

func (u usage) plus(v usage) usage {
	return usage{u.cpu + v.cpu, u.real + v.real, max(u.rss, v.rss)}
}

// run copies the bucket once. seen, if there is one, sees each line of standard
// error while the program runs.
func (p program) run(tb testing.TB, bin, endpoint string, seen func(pid int, line string)) usage {
	tb.Helper()
	home := tb.TempDir()
	c := exec.Command(bin, p.args(tb, endpoint)...)
	c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=secret",
		"AWS_REGION=us-east-1", "AWS_EC2_METADATA_DISABLED=true"}, p.env...)
	var said bytes.Buffer
	c.Stdout = io.Discard
	errs, err := c.StderrPipe()
	if err != nil {
		tb.Fatal(err)
	}
	begun := time.Now()
	if err := c.Start(); err != nil {
		tb.Fatal(err)
	}
	for lines := bufio.NewScanner(io.TeeReader(errs, &said)); lines.Scan(); {
		if seen != nil {
			seen(c.Process.Pid, lines.Text())
		}
	}
	if err := c.Wait(); err != nil {
		text := said.String()
		tb.Fatalf("%s: %v\n%s", p.name, err, text[max(0, len(text)-2000):])
	}
	u := usage{cpu: c.ProcessState.UserTime() + c.ProcessState.SystemTime(), real: time.Since(begun)}
	if r, ok := c.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.rss = int64(r.Maxrss) * maxRSSUnit()
	}
	return u
}
