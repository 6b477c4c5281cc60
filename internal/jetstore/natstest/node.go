//go:build unix

package natstest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// nodeVariable holds a node's settings in its environment.
const nodeVariable = "TRANSSHIP_NATSTEST_NODE"

// node is what a node process needs to know.
type node struct {
	Name   string
	Dir    string
	Port   int // for clients
	Routes []int
	Own    int // the one of Routes that it listens on
}

// Main runs a node and does not return when this process was started as one;
// otherwise it does nothing. A TestMain calls it first.
func Main() {
	text := os.Getenv(nodeVariable)
	if text == "" {
		return
	}
	var n node
	err := json.Unmarshal([]byte(text), &n)
	if err == nil {
		err = n.run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "natstest node:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// run serves until standard input ends.
func (n node) run() error {
	options := &server.Options{
		ServerName: n.Name, Host: "127.0.0.1", Port: n.Port, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: n.Dir, SyncAlways: true, MaxPayload: 2 << 20,
		Cluster: server.ClusterOpts{Name: "natstest", Host: "127.0.0.1", Port: n.Own, PoolSize: 1},
	}
	for _, port := range n.Routes {
		if port != n.Own {
			options.Routes = append(options.Routes, &url.URL{Scheme: "nats", Host: fmt.Sprintf("127.0.0.1:%d", port)})
		}
	}
	s, err := server.NewServer(options)
	if err != nil {
		return err
	}
	s.Start()
	if !s.ReadyForConnections(60 * time.Second) {
		return fmt.Errorf("%s is not ready after a minute", n.Name)
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}
