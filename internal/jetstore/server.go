package jetstore

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"github.com/nats-io/nats-server/v2/server"

	"github.com/transship/transship"
)

// embedded is a NATS server inside this process that listens on nothing.
type embedded struct {
	server *server.Server
	lock   *flock.Flock
	fresh  bool // the folder was empty
	marker string

	store   string // the server's own folder
	witness *witness
}

// folder is what transship.json in the data folder says.
type folder struct {
	Format  int
	Created time.Time
	// Unfinished: the streams are still being made, and nothing was stored yet.
	Unfinished bool `json:",omitempty"`
}

const folderFormat = 1

// startEmbedded starts a server on dir. The folder must be empty, or one that
// transship made; another process's lock, a missing or foreign marker and
// whatever the server has to say about damage are errors that name the folder.
func startEmbedded(dir string, now func() time.Time) (*embedded, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, folderError(dir, "make the data folder", err, "")
	}
	e := &embedded{lock: flock.New(filepath.Join(dir, "lock")), marker: filepath.Join(dir, "transship.json"), store: filepath.Join(dir, "jetstream")}
	locked, err := e.lock.TryLock()
	if err != nil {
		return nil, folderError(dir, "lock the data folder", err, "")
	}
	if !locked {
		return nil, folderError(dir, "lock the data folder", errors.New("another process uses it"),
			"stop that process, or give this one a folder of its own with --data")
	}
	if err := e.start(dir); err != nil {
		if e.witness != nil {
			e.witness.file.Close()
		}
		e.lock.Unlock()
		return nil, err
	}
	return e, nil
}

func (e *embedded) start(dir string) error {
	found, err := e.examine(dir)
	if err != nil {
		return err
	}
	if e.fresh {
		if err := e.begin(dir); err != nil {
			return folderError(dir, "prepare the data folder", err, "")
		}
	}
	if e.witness, err = openWitness(dir, found); err != nil {
		return folderError(dir, "write in the data folder", err, "")
	}
	log := &serverLog{}
	s, err := server.NewServer(&server.Options{
		ServerName: "transship", DontListen: true, NoSigs: true, NoLog: true, NoSystemAccount: false,
		JetStream: true, StoreDir: e.store, SyncAlways: true, MaxPayload: 2 << 20,
		JetStreamMaxStore: 1 << 50, JetStreamMaxMemory: 64 << 20,
	})
	if err != nil {
		return folderError(dir, "start the embedded NATS server", err, "")
	}
	s.SetLoggerV2(log, false, false, false)
	s.Start()
	if !s.ReadyForConnections(60 * time.Second) {
		s.Shutdown()
		return folderError(dir, "start the embedded NATS server", errors.New("not ready after a minute: "+log.worst()), "")
	}
	if damage := log.damage(); damage != "" {
		s.Shutdown()
		s.WaitForShutdown()
		return damagedFolder(dir, damage)
	}
	e.server = s
	return nil
}

// examine looks at the folder before a server may touch it, and answers what
// it holds.
func (e *embedded) examine(dir string) (map[string]contents, error) {
	text, err := os.ReadFile(e.marker)
	if errors.Is(err, os.ErrNotExist) {
		if _, err := os.Stat(e.store); err == nil {
			return nil, damagedFolder(dir, "there is a jetstream folder but no transship.json")
		}
		e.fresh = true
		return nil, nil
	}
	if err != nil {
		return nil, folderError(dir, "read transship.json", err, "")
	}
	var f folder
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, damagedFolder(dir, "transship.json: "+err.Error())
	}
	if f.Format != folderFormat {
		return nil, damagedFolder(dir, fmt.Sprintf("transship.json has format %d, this program knows %d", f.Format, folderFormat))
	}
	if f.Unfinished {
		e.fresh = true
		return nil, nil
	}
	if _, err := os.Stat(e.store); err != nil {
		return nil, damagedFolder(dir, "transship.json is there but the jetstream folder is not")
	}
	found, err := readAll(e.store)
	if err == nil {
		err = checkWitness(dir, found)
	}
	if errors.Is(err, os.ErrPermission) {
		return nil, folderError(dir, "read the data folder", err, "")
	}
	if err != nil {
		return nil, damagedFolder(dir, err.Error())
	}
	return found, nil
}

// begin marks a fresh folder as unfinished and removes what a process left that
// died before [embedded.seal]: nobody was ever told of anything in it.
func (e *embedded) begin(dir string) error {
	if err := e.mark(folder{Format: folderFormat, Unfinished: true}); err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(e.store), os.RemoveAll(filepath.Join(dir, acknowledgedName)))
}

// seal marks a fresh folder as complete: all streams are there.
func (e *embedded) seal(now time.Time) error {
	if !e.fresh {
		return nil
	}
	return e.mark(folder{Format: folderFormat, Created: now.UTC()})
}

func (e *embedded) mark(f folder) error {
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return writeSynced(e.marker, text)
}

func (e *embedded) close() error {
	e.server.Shutdown()
	e.server.WaitForShutdown()
	return errors.Join(e.witness.close(e.store), e.lock.Unlock())
}

func folderError(dir, op string, err error, hint string) error {
	return &transship.Error{Code: transship.Unavailable, Op: op + " " + dir, Err: err, Hint: hint}
}

func damagedFolder(dir, why string) error {
	return &transship.Error{Code: transship.Damaged, Op: "open the data folder " + dir, Message: why,
		Hint: "nothing was changed; restore the folder from a copy, or move it away to begin with an empty one (jobs in it are then forgotten)"}
}
