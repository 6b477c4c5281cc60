package jetstore_test

import (
	"testing"

	"github.com/transship/transship/internal/jetstore"
)

// openDir opens a store on a folder of its own.
func openDir(t *testing.T, dir string) *jetstore.Store {
	t.Helper()
	s, err := jetstore.Open(t.Context(), jetstore.Config{Dir: dir, Lease: lease})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestStoreOnTheEmbeddedServer(t *testing.T) {
	t.Parallel()
	conform(t, site{openDir(t, t.TempDir()), 5_100})
}
