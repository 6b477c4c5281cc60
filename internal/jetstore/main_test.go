//go:build unix

package jetstore_test

import (
	"os"
	"testing"

	"github.com/transship/transship/internal/jetstore/natstest"
)

// TestMain lets the test binary be a NATS node and a process that is killed.
func TestMain(m *testing.M) {
	natstest.Main()
	if dir := os.Getenv(childVariable); dir != "" {
		child(dir)
	}
	os.Exit(m.Run())
}
