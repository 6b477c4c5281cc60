//go:build unix

package natstest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// T is what a cluster needs of a test.
type T interface {
	Helper()
	Fatalf(format string, v ...any)
	Logf(format string, v ...any)
	Cleanup(func())
	TempDir() string
}

// Nodes is the size of a cluster.
const Nodes = 3

// Cluster is three nodes, counted from 0.
type Cluster struct {
	t     T
	nodes [Nodes]node
	conn  *nats.Conn
	js    jetstream.JetStream

	mu    sync.Mutex
	procs [Nodes]*exec.Cmd
	stdin [Nodes]io.Closer
}

// patience is how long a cluster may take for what it has to do by itself.
const patience = 60 * time.Second

// Start starts three nodes and returns when they have a leader.
func Start(t T) *Cluster {
	t.Helper()
	c := &Cluster{t: t}
	ports := freePorts(t, 2*Nodes)
	dir := t.TempDir()
	for i := range c.nodes {
		c.nodes[i] = node{Name: fmt.Sprintf("node%d", i), Dir: filepath.Join(dir, fmt.Sprint(i)),
			Port: ports[i], Own: ports[Nodes+i], Routes: ports[Nodes:]}
	}
	t.Cleanup(c.close)
	for i := range c.nodes {
		c.Restart(i)
	}
	var err error
	c.conn, err = nats.Connect(c.URL(), nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond), nats.RetryOnFailedConnect(true),
		nats.PingInterval(500*time.Millisecond), nats.MaxPingsOutstanding(2), nats.Timeout(500*time.Millisecond),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err == nil {
		c.js, err = jetstream.New(c.conn, jetstream.WithDefaultTimeout(time.Second))
	}
	if err != nil {
		t.Fatalf("connect to the cluster: %v", err)
	}
	c.until("elect a leader", func() error {
		info, err := c.js.AccountInfo(timeLimit())
		if err == nil && info == nil {
			return errors.New("no answer")
		}
		return err
	})
	return c
}

// freePorts are loopback ports that nobody listens on just now.
func freePorts(t T, n int) []int {
	t.Helper()
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatalf("find a free port: %v", err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// URL names all nodes.
func (c *Cluster) URL() string {
	var urls []string
	for _, n := range c.nodes {
		urls = append(urls, fmt.Sprintf("nats://127.0.0.1:%d", n.Port))
	}
	return strings.Join(urls, ",")
}

// Restart starts a node that does not run, on the folder that it had. One that
// runs goes on.
func (c *Cluster) Restart(i int) {
	c.t.Helper()
	c.mu.Lock()
	runs := c.procs[i] != nil
	c.mu.Unlock()
	if runs {
		return
	}
	text, err := json.Marshal(c.nodes[i])
	if err != nil {
		c.t.Fatalf("start node %d: %v", i, err)
	}
	program, err := os.Executable()
	if err != nil {
		c.t.Fatalf("start node %d: %v", i, err)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), nodeVariable+"="+string(text))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		c.t.Fatalf("start node %d: %v", i, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.procs[i], c.stdin[i] = cmd, stdin
}

// Kill ends a node as kill -9 does, and waits until it is gone.
func (c *Cluster) Kill(i int) {
	c.mu.Lock()
	cmd, stdin := c.procs[i], c.stdin[i]
	c.procs[i] = nil
	c.mu.Unlock()
	if cmd == nil {
		return
	}
	cmd.Process.Signal(syscall.SIGKILL)
	stdin.Close()
	cmd.Wait() // "signal: killed"
}

// Stop freezes a node: it keeps its connections and answers nothing.
func (c *Cluster) Stop(i int) { c.signal(i, syscall.SIGSTOP) }

// Continue thaws a node.
func (c *Cluster) Continue(i int) { c.signal(i, syscall.SIGCONT) }

func (c *Cluster) signal(i int, s syscall.Signal) {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.procs[i] == nil {
		c.t.Fatalf("node %d does not run", i)
	}
	if err := c.procs[i].Process.Signal(s); err != nil {
		c.t.Fatalf("%v to node %d: %v", s, i, err)
	}
}

func (c *Cluster) close() {
	if c.conn != nil {
		c.conn.Close()
	}
	for i := range c.nodes {
		c.Kill(i)
	}
}
