package store

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/lab/s3/store/record"
)

// Config says where a store lies and what it needs from outside.
type Config struct {
	Dir    string           // made if it is not there
	Now    func() time.Time // nil: time.Now
	Rand   io.Reader        // nil: crypto/rand
	Log    *slog.Logger     // nil: none
	Inline int              // bytes of the largest body that lies in Pebble; 0: 4 KiB, below 0: none
}

// Store is an open data folder. Its methods may be called from everywhere at
// once.
type Store struct {
	dir    string
	db     *pebble.DB
	lock   *pebble.Lock
	now    func() time.Time
	rand   io.Reader
	inline int

	sequence  atomic.Uint64
	reserved  uint64 // sequences below this are ours; under reserving
	reserving sync.Mutex

	keys    stripes    // held while a key's records change
	refs    sync.Mutex // held while counts of shared bodies change
	buckets bucketTable
	pins    pins
	folders [256]folder
}

const (
	formatFile = "FORMAT"
	format     = "transship lab s3 1\n"
	metaDir    = "meta"
	bodyDir    = "bodies"
	stagingDir = "staging"

	block = 1 << 20 // sequences reserved at a time
)

var sequenceRecord = []byte{record.SettingKind, 's', 'e', 'q'}

// Open opens the data folder, or makes one where there is none. Code
// [transship.Conflict]: another process has it open. Code
// [transship.Damaged]: something is missing or unreadable; nothing was changed
// then.
func Open(cfg Config) (*Store, error) {
	s := &Store{dir: cfg.Dir, now: cfg.Now, rand: cfg.Rand, inline: cfg.Inline}
	if s.now == nil {
		s.now = time.Now
	}
	if s.rand == nil {
		s.rand = rand.Reader
	}
	if s.inline == 0 {
		s.inline = 4 << 10
	}
	log := cfg.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if err := s.open(log); err != nil {
		s.Close()
		var ours *transship.Error
		if errors.As(err, &ours) {
			return nil, err
		}
		return nil, &transship.Error{Code: transship.Internal, Op: "open the lab's S3 data in " + cfg.Dir, Err: err}
	}
	return s, nil
}

func (s *Store) open(log *slog.Logger) error {
	meta := filepath.Join(s.dir, metaDir)
	text, err := os.ReadFile(filepath.Join(s.dir, formatFile))
	fresh := errors.Is(err, fs.ErrNotExist)
	if err != nil && !fresh {
		return err
	}
	if !fresh {
		if string(text) != format {
			return s.damaged(fmt.Sprintf("%s says %q, and this program reads %q", formatFile, strings.TrimSpace(string(text)), strings.TrimSpace(format)), nil)
		}
		if _, err := os.Stat(meta); err != nil {
			return s.damaged("its folder "+metaDir+" is missing", nil)
		}
	}
	if err := os.MkdirAll(meta, 0o700); err != nil {
		return err
	}
	s.lock, err = pebble.LockDirectory(meta, vfs.Default)
	if err != nil {
		return &transship.Error{Code: transship.Conflict, Op: "open the lab's S3 data in " + s.dir,
			Message: "another process has this folder open", Hint: "stop the other lab, or give this one another folder", Err: err}
	}
	if err := s.openMeta(meta, !fresh, log); err != nil {
		return s.damaged("its records cannot be read", err)
	}
	if fresh {
		if err := s.create(); err != nil {
			return err
		}
	}
	if err := s.loadSequence(); err != nil {
		return err
	}
	if err := s.loadBuckets(); err != nil {
		return err
	}
	return s.sweep()
}

func (s *Store) openMeta(meta string, mustExist bool, log *slog.Logger) error {
	opts := &pebble.Options{
		Lock:             s.lock,
		ErrorIfNotExists: mustExist,
		MemTableSize:     32 << 20,
		Logger:           pebbleLog{log},
	}
	opts.CacheSize = 64 << 20
	for i := range opts.Levels {
		opts.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	opts.FormatMajorVersion = pebble.FormatNewest
	db, err := pebble.Open(meta, opts)
	if err != nil {
		return err
	}
	s.db = db
	return nil
}

// create finishes a new folder. FORMAT comes last: a folder without it was
// never used, unless it holds something.
func (s *Store) create() error {
	it, err := s.db.NewIter(nil)
	if err != nil {
		return err
	}
	used := false
	for it.First(); it.Valid(); it.Next() {
		used = used || it.Key()[0] != record.SettingKind
	}
	if err := it.Close(); err != nil {
		return err
	}
	if used {
		return s.damaged(formatFile+" is missing though there are records", nil)
	}
	for _, name := range []string{bodyDir, stagingDir} {
		if err := os.MkdirAll(filepath.Join(s.dir, name), 0o700); err != nil {
			return err
		}
	}
	if err := s.db.Set(sequenceRecord, binary.BigEndian.AppendUint64(nil, 1), pebble.Sync); err != nil {
		return err
	}
	if err := syncFolder(filepath.Join(s.dir, bodyDir)); err != nil {
		return err
	}
	temporary := filepath.Join(s.dir, formatFile+".new")
	f, err := os.OpenFile(temporary, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(format)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(temporary, filepath.Join(s.dir, formatFile)); err != nil {
		return err
	}
	return syncFolder(s.dir)
}

func (s *Store) damaged(what string, cause error) error {
	return &transship.Error{Code: transship.Damaged, Op: "open the lab's S3 data in " + s.dir, Message: what,
		Hint: "nothing was changed; restore the folder from a copy, or start with an empty one", Err: cause}
}

func (s *Store) loadSequence() error {
	v, closer, err := s.db.Get(sequenceRecord)
	if err != nil || len(v) != 8 {
		return s.damaged("its counter of versions is missing", err)
	}
	s.reserved = binary.BigEndian.Uint64(v)
	s.sequence.Store(s.reserved)
	return closer.Close()
}

// newID is the next id; greater than all before it, also after a crash.
func (s *Store) newID() (ID, error) {
	n := s.sequence.Add(1)
	s.reserving.Lock()
	if n >= s.reserved {
		next := n + block
		if err := s.db.Set(sequenceRecord, binary.BigEndian.AppendUint64(nil, next), pebble.Sync); err != nil {
			s.reserving.Unlock()
			return ID{}, err
		}
		s.reserved = next
	}
	s.reserving.Unlock()
	var id ID
	binary.BigEndian.PutUint64(id[:], n)
	_, err := io.ReadFull(s.rand, id[record.SequenceBytes:])
	return id, err
}

// Close waits for nothing: calls in flight must have ended. A closed or half
// opened store may be closed again.
func (s *Store) Close() error {
	var err error
	if s.db != nil {
		err = s.db.Close()
		s.db = nil
	}
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
		s.lock = nil
	}
	return err
}

// pebbleLog hands Pebble's words on: its chatter at level debug.
type pebbleLog struct{ log *slog.Logger }

func (l pebbleLog) Infof(f string, a ...any)  { l.log.Debug("pebble: " + fmt.Sprintf(f, a...)) }
func (l pebbleLog) Errorf(f string, a ...any) { l.log.Error("pebble: " + fmt.Sprintf(f, a...)) }

// Fatalf is called when the log cannot be written. Nothing may be answered
// after that, so the process ends, as Pebble asks for.
func (l pebbleLog) Fatalf(f string, a ...any) {
	l.log.Error("pebble: " + fmt.Sprintf(f, a...))
	os.Exit(1)
}
