//go:build soak && linux

package bench

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/transship/transship/bench/canned"
)

// A million objects through the program. The issue asks for under 100 MB while
// a job is prepared: the process's peak is forgotten when that begins and read
// when the job becomes Active. The whole run, with its listing and inventory,
// copies, records and report, must stay in bounds as well.
func TestSoakAMillionObjectsInBoundedMemory(t *testing.T) {
	const objects, prepared, whole = 1_000_000, 100_000_000, 200_000_000
	if canned.Key(objects-1) <= canned.Key(objects-2) {
		t.Fatal("the made-up keys do not sort as their numbers")
	}
	p := programs()[0]
	var listed, while int64
	u := p.run(t, p.find(t), cannedStore(t, objects), func(pid int, line string) {
		switch {
		case listed == 0 && strings.HasSuffix(line, ": Preparing"):
			listed = peak(t, pid)
			if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0); err != nil { // proc(5)
				t.Error(err)
			}
		case while == 0 && strings.HasSuffix(line, ": Active"):
			while = peak(t, pid)
		}
	})
	u.rss = max(u.rss, listed)
	t.Logf("%d objects: peak RSS %d MB while they were listed, %d MB while prepared, %d MB in all; %.1f us CPU an object, %.0f objects/s", objects,
		listed/1_000_000, while/1_000_000, u.rss/1_000_000, float64(u.cpu.Microseconds())/objects, objects/u.real.Seconds())
	if while == 0 || while > prepared {
		t.Errorf("peak RSS %d bytes while the job was prepared, want at most %d", while, int64(prepared))
	}
	if u.rss > whole {
		t.Errorf("peak RSS %d bytes, want at most %d", u.rss, int64(whole))
	}
}

// peak is the most memory that a running process has had, in bytes.
func peak(t *testing.T, pid int) int64 {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Error(err)
		return 0
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var kib int64
		if n, _ := fmt.Sscanf(lines.Text(), "VmHWM: %d kB", &kib); n == 1 {
			return kib << 10
		}
	}
	return 0
}
