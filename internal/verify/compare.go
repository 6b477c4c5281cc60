package verify

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/transship/transship"
)

// Settings when nothing else is said.
const (
	DefaultParallel = 16
	DefaultExamples = 20
)

// Verifier compares two sides.
type Verifier struct {
	Level    Level            // empty: [ByListing]
	Parallel int              // objects looked at with HEAD at once; 0: [DefaultParallel]
	Examples int              // kept of each kind; 0: [DefaultExamples]
	Now      func() time.Time // the clock; nil: time.Now
	// Read reads both objects of a pair that neither checksums nor ETags
	// settle, and compares their bytes. It costs the traffic of those objects.
	Read bool
	// Progress is told, from one goroutine, how many keys have been merged;
	// nil: nobody.
	Progress func(merged int64)
}

// Compare merges the listings of both sides and looks at each pair. An error
// of a listing, or a listing out of order, ends it without a result: what was
// not seen cannot be called equal.
func (v *Verifier) Compare(ctx context.Context, source, destination Side) (*Result, error) {
	c := &comparison{
		level: v.Level, read: v.Read, examples: v.Examples, source: source, destination: destination,
		result: Result{Level: v.Level, Differences: map[Kind]*Found{}, NotComparable: map[string]*Found{}},
	}
	if c.level == "" {
		c.level, c.result.Level = ByListing, ByListing
	}
	if c.level != ByListing && c.level != Full {
		return nil, &transship.Error{Code: transship.Invalid, Op: "verify", Message: fmt.Sprintf("%q is no level; there are listing and full", v.Level)}
	}
	if c.level == Full && (source.Store == nil || destination.Store == nil) {
		return nil, &transship.Error{Code: transship.Invalid, Op: "verify", Message: "the level full needs both sides' stores"}
	}
	if c.read && (source.Store == nil || destination.Store == nil || source.Bodies == nil || destination.Bodies == nil) {
		return nil, &transship.Error{Code: transship.Invalid, Op: "verify", Message: "reading objects needs both sides' stores and bodies"}
	}
	if c.examples <= 0 {
		c.examples = DefaultExamples
	}
	parallel := v.Parallel
	if parallel <= 0 {
		parallel = DefaultParallel
	}
	now := v.Now
	if now == nil {
		now = time.Now
	}
	c.result.Began = now().UTC()
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	mergeErr := c.merge(groupCtx, v.Progress, func(p pair) {
		group.Go(func() error { return c.inspect(groupCtx, p) })
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if mergeErr != nil {
		return nil, mergeErr
	}
	c.result.Ended = now().UTC()
	return &c.result, nil
}

// comparison is one Compare that runs.
type comparison struct {
	level               Level
	read                bool
	examples            int
	source, destination Side

	mu     sync.Mutex
	result Result
}

// pair is one key that both sides have.
type pair struct {
	key                 string
	source, destination transship.Object
}

// merge walks both listings. Pairs that the listings do not settle go to
// inspect, which may block.
func (c *comparison) merge(ctx context.Context, progress func(int64), inspect func(pair)) error {
	s, d := open("source", c.source), open("destination", c.destination)
	defer s.stop()
	defer d.stop()
	if err := s.next(); err != nil {
		return err
	}
	if err := d.next(); err != nil {
		return err
	}
	for merged := int64(1); s.has || d.has; merged++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		order := 0
		switch {
		case !d.has:
			order = -1
		case !s.has:
			order = 1
		default:
			order = strings.Compare(s.key, d.key)
		}
		switch {
		case order < 0:
			c.differs(Missing, Example{Key: s.key, Source: bytesOf(s.object.Size)})
		case order > 0:
			c.differs(Extra, Example{Key: d.key, Destination: bytesOf(d.object.Size)})
		case s.object.Size != d.object.Size:
			c.differs(Size, Example{Key: s.key, Source: bytesOf(s.object.Size), Destination: bytesOf(d.object.Size)})
		case c.level == ByListing && s.object.ETag != "" && s.object.ETag == d.object.ETag:
			c.same()
		default:
			inspect(pair{s.key, s.object, d.object})
		}
		if order <= 0 {
			if err := s.next(); err != nil {
				return err
			}
		}
		if order >= 0 {
			if err := d.next(); err != nil {
				return err
			}
		}
		if progress != nil && merged%1000 == 0 {
			progress(merged)
		}
	}
	c.result.Source, c.result.Destination = s.sum(), d.sum()
	return nil
}

func (c *comparison) differs(kind Kind, e Example) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.result.Differences[kind] == nil {
		c.result.Differences[kind] = &Found{}
	}
	c.result.Differences[kind].add(e, c.examples)
}

func (c *comparison) unsettled(reason string, e Example) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.result.NotComparable[reason] == nil {
		c.result.NotComparable[reason] = &Found{}
	}
	c.result.NotComparable[reason].add(e, c.examples)
}

func (c *comparison) same() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.result.Same++
}

func bytesOf(n int64) string { return strconv.FormatInt(n, 10) + " bytes" }
