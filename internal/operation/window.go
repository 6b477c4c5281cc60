package operation

import (
	"time"

	"github.com/transship/transship/internal/s3call"
)

// granularity of Last-Modified in an HTTP header.
const granularity = time.Second

// workerSkew is how far the clocks of two workers may be apart. Whoever claimed a
// chunk first has noted by his clock since when it is worked on; his successor
// knows how far his own clock is from the store's, but not how far that one was.
// Workers keep time by NTP: seconds are a fault, a minute is beyond one.
const workerSkew = time.Minute

// window is when an attempt may have written, by the store's clock once it is
// known: no earlier than earliest, and from since on for certain nobody before
// the attempts at this chunk.
type window struct{ earliest, since time.Time }

// begunBy is the window of an attempt that began at a time of this process.
func begunBy(t time.Time) window { return window{t, t} }

// notedBy is the window of a chunk whose begin another worker may have noted.
func notedBy(t time.Time) window {
	if t.IsZero() {
		return window{}
	}
	return window{t.Add(-workerSkew), t}
}

// before reports whether t lies before since, as far as HTTP dates tell.
func before(t, since time.Time) bool {
	return !since.IsZero() && t.Before(since.Add(-granularity))
}

// storeTime carries a time of this machine's clock over to the store's, which
// the answer h shows.
func storeTime(t time.Time, h s3call.Head, now time.Time) time.Time {
	if t.IsZero() || h.Date.IsZero() {
		return t
	}
	return t.Add(h.Date.Sub(now))
}
