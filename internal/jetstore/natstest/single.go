//go:build unix

package natstest

import (
	"github.com/nats-io/nats-server/v2/server"
)

// StartOne starts one server inside the test's own process, for tests in which
// the clients die and not the server. It answers its URL.
func StartOne(t T) string {
	t.Helper()
	s, err := server.NewServer(&server.Options{ServerName: "one", Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: t.TempDir(), MaxPayload: 2 << 20})
	if err != nil {
		t.Fatalf("start a server: %v", err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(patience) {
		t.Fatalf("the server is not ready after %v", patience)
	}
	return s.ClientURL()
}
