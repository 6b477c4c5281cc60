package main

import (
	"bytes"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestATallyInWords(t *testing.T) {
	for _, c := range []struct {
		name    string
		tally   tally
		elapsed time.Duration
		want    string
	}{
		{"nothing has happened yet", tally{total: 1000}, 0, "0 of 1,000"},
		{"the total is not known", tally{done: 12345}, 10 * time.Second, "12,345, 1,234/s"},
		{"half is done", tally{done: 500, total: 1000}, 50 * time.Second, "500 of 1,000, 10/s, 50s left"},
		{"some failed", tally{done: 10, total: 10, failed: 3}, time.Second, "10 of 10, 10/s, 3 failed"},
		{"bytes are counted", tally{done: 2, total: 4, bytes: 3 << 20}, 2 * time.Second, "2 of 4, 1.0/s, 1.5 MiB/s, 2s left"},
		{"it will take hours", tally{done: 1, total: 100_000}, 100 * time.Millisecond, "1 of 100,000, 10/s, 2h47m left"},
		{"it took minutes", tally{done: 1, total: 2}, 70 * time.Second, "1 of 2, 0.0/s, 1m10s left"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.tally.line(c.elapsed); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestNumbersAreReadable(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -999: "-999"} {
		if got := commas(n); got != want {
			t.Errorf("commas(%d) = %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 5 << 30: "5.0 GiB", 7 << 60: "7.0 EiB"} {
		if got := size(n); got != want {
			t.Errorf("size(%d) = %q, want %q", n, got, want)
		}
	}
}

// safeBuffer is a buffer that a meter and a test use at once.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestWithoutATerminalAMeterWritesALineAtEachTickAndOneAtTheEnd(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	var out safeBuffer
	e := &env{stderr: &out, now: func() time.Time { return now }}
	ticks := make(chan time.Time)
	m := e.newLines("copy", 100, ticks)
	now = now.Add(10 * time.Second)
	m.add(40, 0)
	ticks <- now
	ticks <- now
	for strings.Count(out.String(), "\n") < 2 {
		runtime.Gosched()
	}
	m.set(tally{done: 100, total: 100, failed: 1})
	m.close()
	want := "copy: 40 of 100, 4.0/s, 15s left\n" +
		"copy: 40 of 100, 4.0/s, 15s left\n" +
		"copy: 100 of 100, 10/s, 1 failed, 10s\n"
	if got := out.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestAMeterOnATerminalLeavesOneLineBehind(t *testing.T) {
	var out safeBuffer
	e := &env{stderr: &out, now: time.Now, terminal: true}
	m := e.newMeter("list", 0)
	m.add(1000, 0)
	m.close()
	got := out.String()
	if !strings.Contains(got, "list: 1,000") || !strings.HasSuffix(got, "\n") {
		t.Errorf("got %q", got)
	}
}
