package lab

import (
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"github.com/transship/transship"
)

// lockFolder makes the data folder and takes it for this process. The lock is
// the kernel's: it ends with the process, however that ends.
func lockFolder(dir string) (*flock.Flock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, &transship.Error{Code: transship.Invalid, Op: "open the lab's data folder", Message: dir, Err: err}
	}
	lock := flock.New(filepath.Join(dir, "lock"), flock.SetPermissions(0o600))
	ok, err := lock.TryLock()
	if err != nil {
		return nil, &transship.Error{Code: transship.Internal, Op: "lock the lab's data folder", Message: dir, Err: err}
	}
	if !ok {
		return nil, &transship.Error{Code: transship.Conflict, Op: "open the lab's data folder",
			Message: dir + " is in use by another process",
			Hint:    "stop that lab, or choose another folder with --data"}
	}
	return lock, nil
}
