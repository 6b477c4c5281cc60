package jetstore_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/transship/transship"
)

func TestAFolderWhoseFirstStartDiedInTheMiddleIsBegunAgain(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "transship.json"), []byte(`{"Format":1,"Unfinished":true}`), 0o600); err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(dir, "jetstream", "jetstream", "$G", "streams", "TRANSSHIP_JOBS")
	if err := os.MkdirAll(half, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(half, "meta.inf"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := site{openDir(t, dir), 0}
	job := createJob(t, s, func(*transship.Job) {})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = site{openDir(t, dir), 0}
	if got, err := s.Job(t.Context(), job.ID); err != nil || got.ID != job.ID {
		t.Errorf("%+v, %v", got, err)
	}
}
