package jetstore

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// witness knows what the embedded server must still have, from two files of
// our own:
//
//	acknowledged  of each stream the last sequence that was acknowledged, of
//	              each table how many subjects it had. Written after every
//	              acknowledgement and not synced: it outlives the process, and
//	              after a power failure it tells less, never too much.
//	closed.json   the size of every block file, written when the server was
//	              shut down in order, and gone while it runs
type witness struct {
	dir string

	mu   sync.Mutex
	file *os.File
	seen map[string]seen
	err  error
}

// seen is what is known of one stream.
type seen struct {
	last     uint64
	subjects uint64
}

const (
	acknowledgedName = "acknowledged"
	closedName       = "closed.json"
	acknowledgedMark = "transship acknowledged 1\n"
)

// watchedStreams are all of them, in the order of the file acknowledged.
func watchedStreams() []string {
	return []string{jobsStream, recordsStream, workStream, stepsStream, uploadsStream}
}

// checkWitness compares a folder's contents with what the files say.
func checkWitness(dir string, found map[string]contents) error {
	known, err := readAcknowledged(dir)
	if err != nil {
		return err
	}
	closed, err := readClosed(dir)
	if err != nil {
		return err
	}
	for _, name := range watchedStreams() {
		want, have := known[name], found[name]
		// A queue may keep nothing of its last message. Where closed.json
		// tells its files, they prove more.
		if have.last < want.last && (closed == nil || slices.Contains(tables(), name)) {
			return fmt.Errorf("the stream %s ends at message %d, and %d was acknowledged", name, have.last, want.last)
		}
		if have.torn && closed != nil {
			return fmt.Errorf("the stream %s: %w", name, errTorn)
		}
		if have.subjects < want.subjects {
			return fmt.Errorf("the stream %s has %d of %d subjects", name, have.subjects, want.subjects)
		}
	}
	return checkClosed(closed, found)
}

// readClosed is what closed.json says; nil: the process was killed.
func readClosed(dir string) (map[string]contents, error) {
	text, err := os.ReadFile(filepath.Join(dir, closedName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var closed map[string]contents
	if err := json.Unmarshal(text, &closed); err != nil {
		return nil, fmt.Errorf("%s: %w", closedName, err)
	}
	if closed == nil {
		return nil, fmt.Errorf("%s is not what was written", closedName)
	}
	return closed, nil
}

// checkClosed compares block files with closed.json.
func checkClosed(want, found map[string]contents) error {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		for _, file := range slices.Sorted(maps.Keys(want[name].Blocks)) {
			size := want[name].Blocks[file]
			if have, ok := found[name].Blocks[file]; !ok || have != size {
				return fmt.Errorf("%s of the stream %s has %d bytes of the %d that it had when the folder was closed", file, name, have, size)
			}
		}
	}
	return nil
}

func readAcknowledged(dir string) (map[string]seen, error) {
	body, err := os.ReadFile(filepath.Join(dir, acknowledgedName))
	if err != nil {
		return nil, err
	}
	return decodeAcknowledged(body)
}

func decodeAcknowledged(body []byte) (map[string]seen, error) {
	numbers, ok := bytes.CutPrefix(body, []byte(acknowledgedMark))
	if !ok || len(numbers) != 16*len(watchedStreams())+4 {
		return nil, fmt.Errorf("%s is not what was written", acknowledgedName)
	}
	sum := binary.LittleEndian.Uint32(numbers[len(numbers)-4:])
	if crc32.ChecksumIEEE(numbers[:len(numbers)-4]) != sum {
		return nil, fmt.Errorf("%s does not match its checksum", acknowledgedName)
	}
	known := map[string]seen{}
	for i, name := range watchedStreams() {
		known[name] = seen{binary.LittleEndian.Uint64(numbers[16*i:]), binary.LittleEndian.Uint64(numbers[16*i+8:])}
	}
	return known, nil
}

func encodeAcknowledged(known map[string]seen) []byte {
	body := []byte(acknowledgedMark)
	for _, name := range watchedStreams() {
		body = binary.LittleEndian.AppendUint64(body, known[name].last)
		body = binary.LittleEndian.AppendUint64(body, known[name].subjects)
	}
	return binary.LittleEndian.AppendUint32(body, crc32.ChecksumIEEE(body[len(acknowledgedMark):]))
}

// openWitness begins to write what is acknowledged from now on. found is what
// the folder holds; nil: nothing yet.
func openWitness(dir string, found map[string]contents) (*witness, error) {
	w := &witness{dir: dir, seen: map[string]seen{}}
	for name, c := range found {
		w.seen[name] = seen{c.last, c.subjects}
	}
	var err error
	if w.file, err = os.OpenFile(filepath.Join(dir, acknowledgedName), os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
		return nil, err
	}
	if err := errors.Join(w.write(), w.file.Sync()); err != nil {
		return nil, errors.Join(err, w.file.Close())
	}
	if err := os.Remove(filepath.Join(dir, closedName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(err, w.file.Close())
	}
	return w, syncFolder(dir)
}

func (w *witness) write() error {
	_, err := w.file.WriteAt(encodeAcknowledged(w.seen), 0)
	return err
}

// acknowledged notes that a stream has a message at sequence, and whether it
// is the first of its subject.
func (w *witness) acknowledged(stream string, sequence uint64, first bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.seen[stream]
	s.last = max(s.last, sequence)
	if first && slices.Contains(tables(), stream) {
		s.subjects++
	}
	w.seen[stream] = s
	if err := w.write(); err != nil && w.err == nil {
		w.err = err // told when the folder is closed; until then it knows less
	}
}

// close writes closed.json. The server must be down.
func (w *witness) close(store string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	err := errors.Join(w.err, w.file.Sync(), w.file.Close())
	closed := map[string]contents{}
	for _, name := range watchedStreams() {
		blocks, listErr := listBlocks(filepath.Join(streamsFolder(store), name, "msgs"))
		err = errors.Join(err, listErr)
		c := contents{Blocks: map[string]int64{}}
		for _, b := range blocks {
			c.Blocks[b.name] = b.size
		}
		closed[name] = c
	}
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(closed, "", "  ")
	if err != nil {
		return err
	}
	return writeSynced(filepath.Join(w.dir, closedName), text)
}

// streamOf is the stream of a queue's subject.
func streamOf(subject string) string {
	if strings.HasPrefix(subject, "step.") {
		return stepsStream
	}
	return workStream
}

// writeSynced writes a whole file under a new name, syncs it and moves it into
// its place.
func writeSynced(name string, text []byte) error {
	f, err := os.OpenFile(name+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(name+".new", name); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(name))
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
