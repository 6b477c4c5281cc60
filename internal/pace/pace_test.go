package pace

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// clock is advanced by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Unix(1_800_000_000, 0)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	c.at = c.at.Add(d)
	c.mu.Unlock()
}

// round fills the gate once and ends every request the same way.
func round(t *testing.T, g *Gate, c *clock, o Outcome) {
	t.Helper()
	limit, _, _ := g.Limit()
	var tickets []Ticket
	for range limit {
		k, err := g.Acquire(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		tickets = append(tickets, k)
	}
	c.advance(10 * time.Millisecond)
	for _, k := range tickets {
		k.Done(o)
	}
	c.advance(time.Millisecond)
}

func limitOf(g *Gate) int { n, _, _ := g.Limit(); return n }

func TestTheLimitGrowsWhileHealthyUpToItsCeiling(t *testing.T) {
	c := newClock()
	g := &Gate{Ceiling: 40, Now: c.now}
	last := limitOf(g)
	if last != 16 {
		t.Fatalf("starts at %d", last)
	}
	for range 40 {
		round(t, g, c, Outcome{Latency: 10 * time.Millisecond})
		if n := limitOf(g); n < last {
			t.Fatalf("fell from %d to %d", last, n)
		} else {
			last = n
		}
	}
	if last != 40 {
		t.Errorf("limit %d after 40 healthy rounds, ceiling 40", last)
	}
}

func TestOneBurstOfThrottlingHalvesOnce(t *testing.T) {
	c := newClock()
	g := &Gate{Start: 64, Now: c.now}
	round(t, g, c, Outcome{Throttled: true})
	if n := limitOf(g); n != 32 {
		t.Fatalf("64 became %d", n)
	}
	round(t, g, c, Outcome{Throttled: true})
	if n := limitOf(g); n != 16 {
		t.Fatalf("32 became %d", n)
	}
}

func TestTheLimitNeverFallsBelowOneAndComesBack(t *testing.T) {
	c := newClock()
	g := &Gate{Now: c.now}
	for range 20 {
		round(t, g, c, Outcome{Throttled: true})
	}
	if n := limitOf(g); n != 1 {
		t.Fatalf("limit %d", n)
	}
	for range 5 {
		round(t, g, c, Outcome{Latency: time.Millisecond})
	}
	if n := limitOf(g); n < 3 {
		t.Errorf("limit %d after five healthy rounds", n)
	}
}

func TestAnIdleGateDoesNotGrow(t *testing.T) {
	c := newClock()
	g := &Gate{Now: c.now}
	for range 1000 {
		k, _ := g.Acquire(context.Background())
		k.Done(Outcome{Latency: time.Millisecond})
	}
	if n := limitOf(g); n != 16 {
		t.Errorf("limit %d, though only one ran at a time", n)
	}
}

func TestAnswersFarSlowerThanTheBestLowerTheLimit(t *testing.T) {
	c := newClock()
	g := &Gate{Start: 64, Ceiling: 64, Now: c.now}
	for range 5 {
		round(t, g, c, Outcome{Latency: 20 * time.Millisecond})
	}
	for range 10 {
		round(t, g, c, Outcome{Latency: 2 * time.Second})
	}
	if n := limitOf(g); n >= 64 {
		t.Errorf("limit %d", n)
	}
}

func TestDoneTwiceCountsOnce(t *testing.T) {
	g := &Gate{Start: 1, Ceiling: 1}
	k, _ := g.Acquire(context.Background())
	k.Done(Outcome{})
	k.Done(Outcome{})
	if _, running, _ := g.Limit(); running != 0 {
		t.Fatalf("%d running", running)
	}
}

func TestWhoeverGivesUpWaitingLosesNoPlace(t *testing.T) {
	g := &Gate{Start: 1, Ceiling: 1}
	k, _ := g.Acquire(context.Background())
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	done := make(chan error)
	go func() { _, err := g.Acquire(ctx); done <- err }()
	for {
		if _, _, waiting := g.Limit(); waiting == 1 {
			break
		}
	}
	cancel(cause)
	if err := <-done; !errors.Is(err, cause) {
		t.Fatal(err)
	}
	k.Done(Outcome{})
	if _, running, waiting := g.Limit(); running != 0 || waiting != 0 {
		t.Fatalf("%d run, %d wait", running, waiting)
	}
}

func TestNoMoreRunThanTheLimitSays(t *testing.T) {
	g := &Gate{Start: 4, Ceiling: 8}
	var running, most atomic.Int64
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			for j := range 200 {
				ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
				if (i+j)%5 == 0 {
					cancel()
				}
				k, err := g.Acquire(ctx)
				cancel()
				if err != nil {
					continue
				}
				n := running.Add(1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				running.Add(-1)
				k.Done(Outcome{Throttled: (i*j)%97 == 96})
			}
		})
	}
	wg.Wait()
	if most.Load() > 8 {
		t.Errorf("%d at once", most.Load())
	}
	if _, r, w := g.Limit(); r != 0 || w != 0 {
		t.Errorf("%d run, %d wait at the end", r, w)
	}
}

func TestWaitsDoubleUpToTheirBoundAndEnd(t *testing.T) {
	var waits []time.Duration
	r := &Retry{Attempts: 6, Base: time.Second, Max: 5 * time.Second,
		Random: func(n int64) int64 { return n - 1 },
		Sleep:  func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }}
	attempt := 1
	for r.Wait(context.Background(), attempt) {
		attempt++
	}
	want := []time.Duration{1e9, 2e9, 4e9, 5e9, 5e9}
	if attempt != 6 || len(waits) != len(want) {
		t.Fatalf("%d attempts, waits %v", attempt, waits)
	}
	for i := range want {
		if waits[i] != want[i] {
			t.Errorf("wait %d is %s, want %s", i, waits[i], want[i])
		}
	}
}

func TestACancelledWaitEndsTheAttempts(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if (&Retry{Base: time.Hour}).Wait(ctx, 1) {
		t.Fatal("goes on")
	}
}
