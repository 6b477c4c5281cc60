package jetstore

import (
	"cmp"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// nats-server repairs a damaged stream by cutting it off where the damage is,
// without an error, so that what comes after is forgotten. Hence every block
// is read before the server may touch the folder.

// streamsFolder is where the embedded server keeps its streams.
func streamsFolder(store string) string {
	return filepath.Join(store, "jetstream", "$G", "streams")
}

// tables are the streams of which no message is ever deleted but by its
// successor.
func tables() []string { return []string{jobsStream, recordsStream} }

// contents is what lies in the blocks of one stream.
type contents struct {
	Blocks   map[string]int64 // sizes by file name
	last     uint64           // highest sequence, of a message or of a deleted one
	subjects uint64           // of a table: how many have a message
	torn     bool             // the newest block ends in the middle of a record
}

// block is one file of a stream.
type block struct {
	index int
	name  string
	size  int64
}

// readStream reads all blocks of a stream. Only the newest may end in a torn
// record.
func readStream(store, stream string) (contents, error) {
	dir := filepath.Join(streamsFolder(store), stream, "msgs")
	blocks, err := listBlocks(dir)
	c := contents{Blocks: map[string]int64{}}
	if err != nil {
		return c, err
	}
	live := newNewest(slices.Contains(tables(), stream))
	for i, b := range blocks {
		c.Blocks[b.name] = b.size
		f, err := os.Open(filepath.Join(dir, b.name))
		if err != nil {
			return c, err
		}
		err = readBlock(f, stream, b.index, func(r blockRecord) {
			c.last = max(c.last, r.sequence)
			live.add(r)
		})
		f.Close()
		if errors.Is(err, errTorn) && i == len(blocks)-1 {
			c.torn, err = true, nil // whether it was acknowledged, the witness knows
		}
		if err != nil {
			return c, fmt.Errorf("%s of the stream %s: %w", b.name, stream, err)
		}
	}
	if c.subjects, err = live.count(); err != nil {
		return c, fmt.Errorf("the stream %s: %w", stream, err)
	}
	return c, nil
}

// listBlocks lists a stream's block files, oldest first.
func listBlocks(dir string) ([]block, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var blocks []block
	for _, e := range entries {
		number, ok := strings.CutSuffix(e.Name(), ".blk")
		index, err := strconv.Atoi(number)
		if !ok || err != nil {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, block{index, e.Name(), info.Size()})
	}
	slices.SortFunc(blocks, func(a, b block) int { return cmp.Compare(a.index, b.index) })
	return blocks, nil
}

// newest knows the newest message of each subject of a table, by the
// subject's hash, which takes 16 bytes of memory instead of a hundred.
type newest struct {
	seed      maphash.Seed
	at        map[uint64]uint64
	deleted   map[uint64]bool // by sequence
	isOfTable bool
}

func newNewest(table bool) *newest {
	return &newest{maphash.MakeSeed(), map[uint64]uint64{}, map[uint64]bool{}, table}
}

func (n *newest) add(r blockRecord) {
	switch {
	case !n.isOfTable:
	case r.tombstone:
		n.deleted[r.sequence] = true
	default:
		h := maphash.Bytes(n.seed, r.subject)
		n.at[h] = max(n.at[h], r.sequence)
	}
}

// count is the number of subjects. A message is deleted when its successor
// was written: a newest one that was deleted had a successor that is gone.
func (n *newest) count() (uint64, error) {
	for _, at := range n.at {
		if n.deleted[at] {
			return 0, fmt.Errorf("what replaced message %d is gone", at)
		}
	}
	return uint64(len(n.at)), nil
}

// readAll reads every stream of the folder by name.
func readAll(store string) (map[string]contents, error) {
	all := map[string]contents{}
	entries, err := os.ReadDir(streamsFolder(store))
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil // the streams that are missing will be missed
	}
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if all[e.Name()], err = readStream(store, e.Name()); err != nil {
			return nil, err
		}
	}
	return all, nil
}
