package bench

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/transship/transship/bench/canned"
)

const childEnv = "TRANSSHIP_CANNED"

// TestMain serves the canned store where a benchmark has started this program
// as its child: TRANSSHIP_CANNED is "objects latency".
func TestMain(m *testing.M) {
	if os.Getenv(childEnv) == "" {
		os.Exit(m.Run())
	}
	if err := serve(os.Getenv(childEnv)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(settings string) error {
	objects, latency, _ := strings.Cut(settings, " ")
	n, err := strconv.Atoi(objects)
	if err != nil {
		return err
	}
	wait, err := time.ParseDuration(latency)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() { // ends with the parent
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Println(l.Addr())
	return (&canned.Server{Objects: n, Latency: wait}).Serve(l)
}

// latencyEnv sets how long the canned store waits before each answer.
const latencyEnv = "TRANSSHIP_BENCH_LATENCY"

// cannedStore starts a canned store as a process of its own and answers its URL.
func cannedStore(tb testing.TB, objects int) string {
	tb.Helper()
	latency := os.Getenv(latencyEnv)
	if latency == "" {
		latency = "0s"
	}
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), fmt.Sprintf("%s=%d %s", childEnv, objects, latency))
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := c.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { in.Close(); c.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		tb.Fatal(err)
	}
	return "http://" + strings.TrimSpace(address)
}
