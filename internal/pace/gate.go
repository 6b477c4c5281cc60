package pace

import (
	"context"
	"sync"
	"time"
)

const (
	defaultCeiling = 256
	defaultStart   = 16
	// slowFactor is how many times longer than at their best answers may take
	// before that counts as a queue at the store.
	slowFactor = 8
	// slowFloor is too short a time to be called slow.
	slowFloor = 250 * time.Millisecond
	// slowLeast is the limit below which slow answers alone do not cut: they
	// may have another reason than a queue.
	slowLeast = 8
)

// Gate is an adaptive limit of requests at once. Its zero value is ready;
// fields must not change once it is in use.
type Gate struct {
	Ceiling int              // highest limit; 0: 256
	Start   int              // first limit; 0: 16
	Now     func() time.Time // clock; nil: time.Now

	mu      sync.Mutex
	limit   float64
	running int
	waiting []chan struct{} // first come, first served
	cut     time.Time       // when the limit was last lowered
	best    time.Duration   // shortest average latency seen
	average time.Duration   // of late
	slowing bool            // throttled once: growth is slow from now on
}

// Outcome is what a finished request says of its endpoint.
type Outcome struct {
	Throttled bool          // it asked to slow down (HTTP 503, 429)
	Failed    bool          // no answer, or a fault of the endpoint
	Latency   time.Duration // until the answer; 0: do not count
}

// Ticket is a place inside the gate.
type Ticket struct {
	gate  *Gate
	began time.Time
	once  *sync.Once
}

// Acquire waits for a place. The error is ctx's.
func (g *Gate) Acquire(ctx context.Context) (Ticket, error) {
	if err := ctx.Err(); err != nil {
		return Ticket{}, context.Cause(ctx)
	}
	g.mu.Lock()
	g.init()
	if g.running < int(g.limit) && len(g.waiting) == 0 {
		g.running++
		g.mu.Unlock()
		return g.ticket(), nil
	}
	turn := make(chan struct{})
	g.waiting = append(g.waiting, turn)
	g.mu.Unlock()
	select {
	case <-turn:
		return g.ticket(), nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, w := range g.waiting {
		if w == turn {
			g.waiting = append(g.waiting[:i], g.waiting[i+1:]...)
			return Ticket{}, context.Cause(ctx)
		}
	}
	// The place came at the same moment: hand it on.
	g.running--
	g.admit()
	return Ticket{}, context.Cause(ctx)
}

func (g *Gate) ticket() Ticket { return Ticket{gate: g, began: g.now(), once: new(sync.Once)} }

// Enter is Acquire in plain types, so that a client can ask for a gate
// without knowing this package.
func (g *Gate) Enter(ctx context.Context) (leave func(throttled, failed bool, latency time.Duration), err error) {
	t, err := g.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	return func(throttled, failed bool, latency time.Duration) {
		t.Done(Outcome{Throttled: throttled, Failed: failed, Latency: latency})
	}, nil
}

// Done gives the place back. Only the first call counts.
func (t Ticket) Done(o Outcome) {
	t.once.Do(func() { t.gate.done(t.began, o) })
}

func (g *Gate) now() time.Time {
	if g.Now != nil {
		return g.Now()
	}
	return time.Now()
}

func (g *Gate) ceiling() float64 {
	if g.Ceiling > 0 {
		return float64(g.Ceiling)
	}
	return defaultCeiling
}

func (g *Gate) init() {
	if g.limit == 0 {
		g.limit = defaultStart
		if g.Start > 0 {
			g.limit = float64(g.Start)
		}
		g.limit = min(g.limit, g.ceiling())
	}
}

func (g *Gate) done(began time.Time, o Outcome) {
	now := g.now()
	g.mu.Lock()
	defer g.mu.Unlock()
	full := g.running >= int(g.limit)
	g.running--
	switch {
	case o.Throttled:
		g.slowing = true
		g.lower(now, began, 0.5)
	case o.Failed:
		g.lower(now, began, 0.75)
	default:
		if g.slow(o.Latency) {
			if g.limit > slowLeast {
				g.lower(now, began, 0.9)
			}
		} else if full {
			// Before the first refusal the limit doubles with each full
			// round, afterwards it grows by one.
			step := 1 / g.limit
			if !g.slowing {
				step = 1
			}
			g.limit = min(g.limit+step, g.ceiling())
		}
	}
	g.admit()
}

// lower cuts the limit, unless the request began before the last cut.
func (g *Gate) lower(now, began time.Time, by float64) {
	if !g.cut.IsZero() && !began.After(g.cut) {
		return
	}
	g.limit = max(1, g.limit*by)
	g.cut = now
}

// slow keeps the average and reports whether it is far over its best.
func (g *Gate) slow(latency time.Duration) bool {
	if latency <= 0 {
		return false
	}
	if g.average == 0 {
		g.average = latency
	}
	g.average += (latency - g.average) / 16
	if g.best == 0 || g.average < g.best {
		g.best = g.average
	} else {
		// What was best long ago is forgotten: sizes and routes change.
		g.best += (g.average - g.best) / 1024
	}
	return g.average > slowFloor && g.average > slowFactor*g.best
}

// admit lets in who waits, as far as the limit goes.
func (g *Gate) admit() {
	for len(g.waiting) > 0 && g.running < int(g.limit) {
		close(g.waiting[0])
		g.waiting = g.waiting[1:]
		g.running++
	}
}

// Limit is the limit of the moment, and how many run and wait.
func (g *Gate) Limit() (limit, running, waiting int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.init()
	return int(g.limit), g.running, len(g.waiting)
}
