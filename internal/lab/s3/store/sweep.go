package store

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"

	"github.com/cockroachdb/pebble/v2"

	"github.com/transship/transship/internal/lab/s3/store/record"
)

// sweep removes the files that no record names: bodies whose write was not
// committed, and removed ones whose file was not unlinked yet. A record whose
// file is missing is damage. It reads folder by folder and holds the names of
// one at a time.
func (s *Store) sweep() error {
	if err := s.emptyStaging(); err != nil {
		return err
	}
	for i := range 256 {
		if err := s.sweepFolder(byte(i)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) emptyStaging() error {
	dir := filepath.Join(s.dir, stagingDir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return s.damaged("its folder "+stagingDir+" cannot be read", err)
	}
	for _, e := range entries {
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) sweepFolder(first byte) error {
	dir := filepath.Join(s.dir, bodyDir, fmt.Sprintf("%02x", first))
	var names []string
	d, err := os.Open(dir)
	if err == nil {
		names, err = d.Readdirnames(-1)
		d.Close()
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // no body yet, or all lost: the records tell
		return s.damaged("a folder of bodies cannot be read", err)
	}
	sort.Strings(names)
	lower := []byte{record.RefKind, first}
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: record.Successor(lower)})
	if err != nil {
		return err
	}
	defer it.Close()
	valid := it.First()
	for _, name := range names {
		id, err := hex.DecodeString(name)
		if err != nil || len(id) != len(BodyID{}) {
			continue // not ours
		}
		if valid && bytes.Compare(it.Key()[1:], id) < 0 {
			break
		}
		if valid && bytes.Equal(it.Key()[1:], id) {
			valid = it.Next()
			continue
		}
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	if valid {
		return s.damaged(fmt.Sprintf("the body %x is missing in %s", it.Key()[1:], bodyDir), nil)
	}
	return it.Error()
}
