package manifest

import (
	"fmt"

	"github.com/transship/transship"
)

// A chunk must fit into its message and its results into their record,
// whatever the keys are (DESIGN 4: 512 and 768 KiB compressed). At worst
// nothing of the names can be compressed, nor about evidenceBytes of a result
// and taskBytes of what a task has besides.
const (
	stagedBudget   = 500 << 10
	recordedBudget = 700 << 10
	evidenceBytes  = 160
	taskBytes      = 32
)

// cost is what tasks take of the two budgets at worst.
type cost struct{ staged, recorded int }

func (c cost) plus(d cost) cost { return cost{c.staged + d.staged, c.recorded + d.recorded} }

func (c cost) fits() bool { return c.staged <= stagedBudget && c.recorded <= recordedBudget }

// cutter gathers tasks into chunks.
type cutter struct {
	emit  func(transship.Chunk) error
	tasks int    // most of a chunk
	place string // of the manifest, for messages

	plan  transship.Plan
	chunk []transship.Task
	cost  cost
}

// add takes tasks that must stay together: all versions of one key. The slice
// stays the caller's.
func (c *cutter) add(group []transship.Task) error {
	if len(group) > transship.MaxChunkTasks {
		return c.tooMany(group[0], transship.MaxChunkTasks)
	}
	need := costOf(group)
	if len(group) > 1 && !need.fits() {
		return c.tooMany(group[0], min(stagedBudget*len(group)/need.staged, recordedBudget*len(group)/need.recorded))
	}
	if len(c.chunk) > 0 && (len(c.chunk)+len(group) > c.tasks || !c.cost.plus(need).fits()) {
		if err := c.flush(); err != nil {
			return err
		}
	}
	c.chunk = append(c.chunk, group...)
	c.cost = c.cost.plus(need)
	for i := range group {
		c.plan.Tasks++
		c.plan.Bytes += max(group[i].Size, 0)
		if group[i].IsDeleteMarker {
			c.plan.DeleteMarkers++
		}
	}
	return nil
}

// costOf is what a group takes. A key that is repeated compresses to nearly
// nothing.
func costOf(group []transship.Task) cost {
	var c cost
	for i := range group {
		t := &group[i]
		c.staged += taskBytes + len(t.RawVersion) + len(t.ETag) + len(t.StorageClass)
		c.recorded += evidenceBytes + len(t.RawVersion)
		if i > 0 && t.RawKey == group[i-1].RawKey {
			continue
		}
		names := len(t.RawKey)
		if t.Key != t.RawKey {
			names += len(t.Key)
		}
		c.staged += names
		c.recorded += names
	}
	return c
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
	c.chunk, c.cost = make([]transship.Task, 0, min(len(c.chunk), c.tasks)), cost{}
	c.plan.Chunks++
	return c.emit(chunk)
}

func (c *cutter) tooMany(t transship.Task, limit int) error {
	return content(fmt.Sprintf("the key %s has more versions in %s than one chunk holds, which is %d", t.RawKey, c.place, limit))
}
