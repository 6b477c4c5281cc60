package manifest

import (
	"fmt"

	"github.com/transship/transship"
)

// A chunk must fit into its message and its results into their record,
// whatever the keys are (DESIGN 4: 512 and 768 KiB compressed). What cannot be
// compressed at worst is the names and about evidenceBytes of a result.
const (
	chunkBudget   = 700 << 10
	evidenceBytes = 160
)

// cutter gathers tasks into chunks.
type cutter struct {
	emit  func(transship.Chunk) error
	tasks int    // most of a chunk
	place string // of the manifest, for messages

	plan  transship.Plan
	chunk []transship.Task
	bytes int
}

// add takes tasks that must stay together: all versions of one key.
func (c *cutter) add(group []transship.Task) error {
	if len(group) > transship.MaxChunkTasks {
		return c.tooMany(group[0], transship.MaxChunkTasks)
	}
	bytes := cost(group)
	if len(group) > 1 && bytes > chunkBudget {
		return c.tooMany(group[0], chunkBudget*len(group)/bytes)
	}
	if len(c.chunk) > 0 && (len(c.chunk)+len(group) > c.tasks || c.bytes+bytes > chunkBudget) {
		if err := c.flush(); err != nil {
			return err
		}
	}
	c.chunk = append(c.chunk, group...)
	c.bytes += bytes
	for i := range group {
		c.plan.Tasks++
		c.plan.Bytes += max(group[i].Size, 0)
		if group[i].IsDeleteMarker {
			c.plan.DeleteMarkers++
		}
	}
	return nil
}

// cost is what a group takes of a chunk's budget. A key that is repeated
// compresses to nearly nothing.
func cost(group []transship.Task) int {
	bytes := 0
	for i := range group {
		t := &group[i]
		bytes += evidenceBytes + len(t.RawVersion)
		if i > 0 && t.RawKey == group[i-1].RawKey {
			continue
		}
		bytes += len(t.RawKey)
		if t.Key != t.RawKey {
			bytes += len(t.Key)
		}
	}
	return bytes
}

// flush emits the chunk that is open. Its tasks are given away.
func (c *cutter) flush() error {
	if len(c.chunk) == 0 {
		return nil
	}
	if c.plan.Chunks == transship.MaxChunks {
		return &transship.JobFailure{Code: transship.FailManifestTooLarge, Reason: fmt.Sprintf(
			"The job contains more entries than one job may hold: %s fills over %d chunks (%d entries so far); split it into several jobs",
			c.place, transship.MaxChunks, c.plan.Tasks)}
	}
	chunk := transship.Chunk{Number: c.plan.Chunks, Tasks: c.chunk}
	c.chunk, c.bytes = make([]transship.Task, 0, min(len(c.chunk), c.tasks)), 0
	c.plan.Chunks++
	return c.emit(chunk)
}

func (c *cutter) tooMany(t transship.Task, limit int) error {
	return content(fmt.Sprintf("the key %s has more versions in %s than one chunk holds, which is %d", t.RawKey, c.place, limit))
}
