//go:build soak && unix

package bench

import (
	"testing"

	"github.com/transship/transship/bench/canned"
)

// A million objects through the program, from the listing by way of inventory,
// preparation, copies and records to the report. The issue asks for under 100 MB
// while a job is prepared; this holds for all of it.
func TestSoakAMillionObjectsInBoundedMemory(t *testing.T) {
	const objects, most = 1_000_000, 100_000_000
	if canned.Key(objects-1) <= canned.Key(objects-2) {
		t.Fatal("the made-up keys do not sort as their numbers")
	}
	p := programs()[0]
	u := p.run(t, p.find(t), cannedStore(t, objects))
	t.Logf("%d objects: peak RSS %d MB, %.1f us CPU an object, %.0f objects/s", objects, u.rss/1_000_000,
		float64(u.cpu.Microseconds())/objects, objects/u.real.Seconds())
	if u.rss > most {
		t.Errorf("peak RSS %d bytes, want at most %d", u.rss, int64(most))
	}
}
