//go:build unix

package jetstore_test

import (
	"testing"
	"time"

	"github.com/transship/transship/internal/jetstore"
	"github.com/transship/transship/internal/jetstore/natstest"
)

func TestStoreOnThreeNodes(t *testing.T) {
	t.Parallel()
	c := natstest.Start(t)
	s, err := jetstore.Open(t.Context(), jetstore.Config{URL: c.URL(), Replicas: natstest.Nodes, Lease: lease, Limit: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	conform(t, site{s, 12_000})
}
