//go:build unix

package engine_test

import (
	"os"
	"testing"

	"github.com/transship/transship/internal/jetstore/natstest"
)

// TestMain lets the test binary be a NATS node too.
func TestMain(m *testing.M) {
	natstest.Main()
	os.Exit(m.Run())
}
