package transship

// Result is the outcome of one attempted task. There is exactly one for each.
type Result struct {
	Task       int // index in its chunk
	Bucket     string
	RawKey     string // as in the manifest
	RawVersion string
	Succeeded  bool
	Skipped    bool // succeeded by leaving it alone: a delete marker, an equal copy already there
	HTTPStatus int
	ErrorCode  string // the store's code; empty when it succeeded
	Message    string

	// Evidence of what is at the destination.
	ETag      string
	Checksum  Checksum
	VersionID string
	Size      int64 // bytes copied
}

// Counters count attempted tasks. Succeeded includes Skipped.
type Counters struct {
	Succeeded int64
	Failed    int64
	Skipped   int64
	Bytes     int64
}

// Attempted is how many tasks have a result.
func (c Counters) Attempted() int64 { return c.Succeeded + c.Failed }

// Add is the sum of both.
func (c Counters) Add(d Counters) Counters {
	return Counters{c.Succeeded + d.Succeeded, c.Failed + d.Failed, c.Skipped + d.Skipped, c.Bytes + d.Bytes}
}

// Count adds one result.
func (c *Counters) Count(r Result) {
	if !r.Succeeded {
		c.Failed++
		return
	}
	c.Succeeded++
	c.Bytes += r.Size
	if r.Skipped {
		c.Skipped++
	}
}
