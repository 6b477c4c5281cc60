//go:build unix

package engine_test

import (
	"os"
	"testing"

	"github.com/transship/transship/internal/jetstore/natstest"
)

// TestMain lets the test binary be a NATS node and an engine's process.
func TestMain(m *testing.M) {
	natstest.Main()
	if settings := os.Getenv(childVariable); settings != "" {
		runChild(settings)
	}
	os.Exit(m.Run())
}
