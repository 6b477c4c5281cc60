package jetstore_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/engine"
	"github.com/transship/transship/internal/jetstore"
)

const someJobs = 24

// templates are two folders with the same contents, which fill several blocks
// of jobs: one that was closed, and one as kill -9 leaves it.
func templates(t *testing.T) map[string]string {
	t.Helper()
	live, killed := t.TempDir(), t.TempDir()
	s := site{openDir(t, live), 0}
	for i := range someJobs {
		job := newJob()
		job.ID = fmt.Sprintf("job-%02d", i)
		job.Description = strings.Repeat("x", 750<<10)
		if err := s.CreateJob(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		r := record(fmt.Sprint(i), 3)
		if _, err := s.CreateRecord(t.Context(), job.ID, 0, r); err != nil {
			t.Fatal(err)
		}
		stage(t, s, job.ID, 1, 0, 1)
		submit(t, s, engine.Item{Step: engine.Prepare, Job: job.ID}, true)
	}
	open(t, s, "job-00", 1)
	if err := os.CopyFS(killed, os.DirFS(live)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return map[string]string{"closed": live, "killed": killed}
}

// copyOf copies a folder. Blocks that are full are linked, since nobody
// writes into them any more.
func copyOf(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	full := map[string]bool{}
	for _, stream := range []string{"TRANSSHIP_JOBS", "TRANSSHIP_RECORDS"} {
		list := blocks(t, dir, stream)
		for _, name := range list[:len(list)-1] {
			full[name] = true
		}
	}
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, name)
		there := filepath.Join(to, rel)
		switch {
		case e.IsDir():
			return os.MkdirAll(there, 0o700)
		case full[name]:
			return os.Link(name, there)
		}
		body, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(there, body, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}

func streamDir(dir, stream string) string {
	return filepath.Join(dir, "jetstream", "jetstream", "$G", "streams", stream)
}

// blocks are a stream's block files, oldest first.
func blocks(t *testing.T, dir, stream string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(streamDir(dir, stream), "msgs", "*.blk"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s has no blocks, %v", stream, err)
	}
	slices.SortFunc(names, func(a, b string) int { // 10.blk comes after 9.blk
		if d := len(a) - len(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return names
}

func edit(t *testing.T, name string, change func([]byte) []byte) {
	t.Helper()
	body, err := os.ReadFile(name)
	if err == nil {
		err = errors.Join(os.Remove(name), os.WriteFile(name, change(body), 0o600)) // it may be a link
	}
	if err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, name string) {
	t.Helper()
	if _, err := os.Stat(name); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(name); err != nil {
		t.Fatal(err)
	}
}

// lastRecord is where the last record of a block begins.
func lastRecord(body []byte) int {
	last := 0
	for at := 0; at < len(body); at += int(binary.LittleEndian.Uint32(body[at:]) &^ (1 << 31)) {
		last = at
	}
	return last
}

func flip(at func(body []byte) int) func([]byte) []byte {
	return func(body []byte) []byte {
		body = bytes.Clone(body)
		body[at(body)] ^= 0x10
		return body
	}
}

// damages of one stream's blocks.
func damages() map[string]func(t *testing.T, blocks []string) {
	first := func(b []string) string { return b[0] }
	last := func(b []string) string { return b[len(b)-1] }
	edits := func(which func([]string) string, change func([]byte) []byte) func(*testing.T, []string) {
		return func(t *testing.T, b []string) { edit(t, which(b), change) }
	}
	return map[string]func(*testing.T, []string){
		"a byte in the middle of the first block": edits(first, flip(func(b []byte) int { return len(b) / 2 })),
		"the length of the first record":          edits(first, flip(func([]byte) int { return 1 })),
		"the length of the last record":           edits(last, flip(func(b []byte) int { return lastRecord(b) + 2 })),
		"the sequence of the last record":         edits(last, flip(func(b []byte) int { return lastRecord(b) + 4 })),
		"the last byte":                           edits(last, flip(func(b []byte) int { return len(b) - 1 })),
		"the end is cut off":                      edits(last, func(b []byte) []byte { return b[:len(b)-5] }),
		"the last record is cut off":              edits(last, func(b []byte) []byte { return b[:lastRecord(b)] }),
		"the last block is empty":                 edits(last, func([]byte) []byte { return nil }),
		"the first block is cut in half":          edits(first, func(b []byte) []byte { return b[:len(b)/2] }),
		"the last block is full of zeros":         edits(last, func(b []byte) []byte { return make([]byte, len(b)) }),
		"the first block is gone":                 func(t *testing.T, b []string) { remove(t, first(b)) },
		"a block in the middle is gone":           func(t *testing.T, b []string) { remove(t, b[len(b)/2]) },
		"the last block is gone":                  func(t *testing.T, b []string) { remove(t, last(b)) },
		"all blocks are gone":                     func(t *testing.T, b []string) { remove(t, filepath.Dir(first(b))) },
	}
}

func wantDamaged(t *testing.T, dir string) {
	t.Helper()
	for range 2 { // the first look changes nothing
		s, err := jetstore.Open(t.Context(), jetstore.Config{Dir: dir})
		if err == nil {
			list, _ := s.Unfinished(t.Context())
			s.Close()
			t.Fatalf("it opened, with %d of %d jobs", len(list), someJobs)
		}
		wantCode(t, err, transship.Damaged)
		if !strings.Contains(err.Error(), dir) || len(transship.HintsOf(err)) == 0 {
			t.Errorf("%v does not name the folder, or has no hint", err)
		}
	}
}

func TestDamagedBlocksAreReportedAndNeverForgotten(t *testing.T) {
	t.Parallel()
	for how, from := range templates(t) {
		for _, stream := range []string{"TRANSSHIP_JOBS", "TRANSSHIP_RECORDS", "TRANSSHIP_WORK", "TRANSSHIP_STEPS"} {
			for name, damage := range damages() {
				t.Run(how+"/"+stream+"/"+name, func(t *testing.T) {
					dir := copyOf(t, from)
					list := blocks(t, dir, stream)
					if strings.HasSuffix(stream, "JOBS") && len(list) < 3 {
						t.Fatalf("%d blocks: too few to lose one in the middle", len(list))
					}
					damage(t, list)
					wantDamaged(t, dir)
				})
			}
		}
	}
}

func TestADamagedDataFolderIsReportedAndNeverReset(t *testing.T) {
	t.Parallel()
	from := templates(t)["closed"]
	garbage := func([]byte) []byte { return []byte("garbage") }
	for name, damage := range map[string]func(t *testing.T, dir string){
		"transship.json is gone":    func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "transship.json")) },
		"transship.json is garbage": func(t *testing.T, dir string) { edit(t, filepath.Join(dir, "transship.json"), garbage) },
		"transship.json is empty": func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, "transship.json"), func([]byte) []byte { return nil })
		},
		"it is of another format": func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, "transship.json"), func([]byte) []byte { return []byte(`{"Format":99}`) })
		},
		"the jetstream folder is gone":  func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "jetstream")) },
		"the jetstream folder is empty": func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "jetstream", "jetstream")) },
		"acknowledged is gone":          func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "acknowledged")) },
		"acknowledged is garbage":       func(t *testing.T, dir string) { edit(t, filepath.Join(dir, "acknowledged"), garbage) },
		"acknowledged has another byte": func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, "acknowledged"), flip(func([]byte) int { return 40 }))
		},
		"closed.json is garbage": func(t *testing.T, dir string) { edit(t, filepath.Join(dir, "closed.json"), garbage) },
		"a consumer's state is garbage": func(t *testing.T, dir string) {
			edit(t, filepath.Join(streamDir(dir, "TRANSSHIP_WORK"), "obs", "job-job-00-1", "o.dat"), garbage)
		},
		"a stream is gone":             func(t *testing.T, dir string) { remove(t, streamDir(dir, "TRANSSHIP_STEPS")) },
		"the jobs are gone":            func(t *testing.T, dir string) { remove(t, streamDir(dir, "TRANSSHIP_JOBS")) },
		"a stream's settings are gone": func(t *testing.T, dir string) { remove(t, filepath.Join(streamDir(dir, "TRANSSHIP_JOBS"), "meta.inf")) },
		"a stream's settings have another byte": func(t *testing.T, dir string) {
			edit(t, filepath.Join(streamDir(dir, "TRANSSHIP_JOBS"), "meta.inf"), flip(func([]byte) int { return 30 }))
		},
		"a stream's settings have no checksum": func(t *testing.T, dir string) {
			remove(t, filepath.Join(streamDir(dir, "TRANSSHIP_RECORDS"), "meta.sum"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := copyOf(t, from)
			damage(t, dir)
			wantDamaged(t, dir)
		})
	}
}

// What the server derives from the blocks, and consumers, can be made again.
func TestWhatCanBeMadeAgainIsNoDamage(t *testing.T) {
	t.Parallel()
	consumer := func(dir string) string { return filepath.Join(streamDir(dir, "TRANSSHIP_WORK"), "obs", "job-job-00-1") }
	for how, from := range templates(t) {
		for name, damage := range map[string]func(t *testing.T, dir string){
			"nothing happened": func(*testing.T, string) {},
			"an index has another byte": func(t *testing.T, dir string) {
				edit(t, filepath.Join(streamDir(dir, "TRANSSHIP_JOBS"), "msgs", "index.db"), flip(func(b []byte) int { return len(b) / 2 }))
			},
			"an index is cut off": func(t *testing.T, dir string) {
				edit(t, filepath.Join(streamDir(dir, "TRANSSHIP_RECORDS"), "msgs", "index.db"), func(b []byte) []byte { return b[:7] })
			},
			"an index is gone": func(t *testing.T, dir string) {
				remove(t, filepath.Join(streamDir(dir, "TRANSSHIP_JOBS"), "msgs", "index.db"))
			},
			"a consumer was made halfway": func(t *testing.T, dir string) { remove(t, filepath.Join(consumer(dir), "meta.sum")) },
			"a consumer's settings have another byte": func(t *testing.T, dir string) {
				edit(t, filepath.Join(consumer(dir), "meta.inf"), flip(func([]byte) int { return 30 }))
			},
			"a consumer is gone": func(t *testing.T, dir string) { remove(t, consumer(dir)) },
			"a write was cut off by a kill": func(t *testing.T, dir string) {
				for _, stream := range []string{"TRANSSHIP_JOBS", "TRANSSHIP_RECORDS", "TRANSSHIP_WORK", "TRANSSHIP_STEPS"} {
					list := blocks(t, dir, stream)
					edit(t, list[len(list)-1], func(b []byte) []byte { r := b[lastRecord(b):]; return append(b, r[:len(r)-9]...) })
				}
				os.Remove(filepath.Join(dir, "closed.json"))
			},
		} {
			if how == "killed" && strings.HasPrefix(name, "an index") {
				continue // a killed server left none
			}
			t.Run(how+"/"+name, func(t *testing.T) {
				dir := copyOf(t, from)
				damage(t, dir)
				s := site{openDir(t, dir), 0}
				allThere(t, s)
				open(t, s, "job-00", 1)
				ack(t, mustLease(t, s, "job-00", 1))
				ack(t, mustLease(t, s, "job-00", 1))
				wantDepth(t, s, "job-00", 1, engine.Depth{})
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				allThere(t, site{openDir(t, dir), 0})
			})
		}
	}
}

func allThere(t *testing.T, s site) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	list, err := s.Unfinished(ctx)
	if err != nil || len(list) != someJobs {
		t.Errorf("%d of %d jobs, %v", len(list), someJobs, err)
	}
	for i := range someJobs {
		if r, _, err := s.Record(ctx, fmt.Sprintf("job-%02d", i), 0); err != nil || r.Writer != fmt.Sprint(i) {
			t.Errorf("record %d: %v", i, err)
		}
	}
}
