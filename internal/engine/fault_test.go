package engine_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/engine"
	"github.com/transship/transship/internal/jetstore"
	"github.com/transship/transship/internal/segment"
)

// faulty wraps a store of records. One write in ten answers a time-out after
// it was written, one in ten says "exists" and writes nothing, and one read in
// ten shows what was there before the last write.
type faulty struct {
	engine.Records
	mu      sync.Mutex
	random  *rand.Rand
	former  map[int]version // of each chunk: the record before the newest
	newest  map[int]version
	counted map[string]int
}

type version struct {
	rec *segment.Record
	at  engine.Revision
}

func newFaulty(r engine.Records, seed uint64) *faulty {
	return &faulty{Records: r, random: rand.New(rand.NewPCG(seed, seed)), former: map[int]version{}, newest: map[int]version{}, counted: map[string]int{}}
}

func (f *faulty) one(inTen string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.random.IntN(10) != 0 {
		return false
	}
	f.counted[inTen]++
	return true
}

func (f *faulty) Record(ctx context.Context, job string, chunk int) (*segment.Record, engine.Revision, error) {
	if f.one("stale read") {
		f.mu.Lock()
		old := f.former[chunk]
		f.mu.Unlock()
		if old.rec == nil {
			return nil, 0, &transship.Error{Code: transship.NotFound}
		}
		return old.rec, old.at, nil
	}
	return f.Records.Record(ctx, job, chunk)
}

func (f *faulty) CreateRecord(ctx context.Context, job string, chunk int, r *segment.Record) (engine.Revision, error) {
	return f.write(chunk, r, func() (engine.Revision, error) { return f.Records.CreateRecord(ctx, job, chunk, r) })
}

func (f *faulty) UpdateRecord(ctx context.Context, job string, chunk int, r *segment.Record, at engine.Revision) (engine.Revision, error) {
	return f.write(chunk, r, func() (engine.Revision, error) { return f.Records.UpdateRecord(ctx, job, chunk, r, at) })
}

func (f *faulty) write(chunk int, r *segment.Record, put func() (engine.Revision, error)) (engine.Revision, error) {
	if f.one("exists without a record") {
		return 0, &transship.Error{Code: transship.Conflict}
	}
	at, err := put()
	if err != nil {
		return at, err
	}
	f.mu.Lock()
	f.former[chunk], f.newest[chunk] = f.newest[chunk], version{r, at}
	f.mu.Unlock()
	if f.one("time-out after writing") {
		return 0, &transship.Error{Code: transship.Unavailable, Message: "time-out"}
	}
	return at, nil
}

func TestAStoreThatLiesAboutOneAnswerInTenLosesAndDoublesNothing(t *testing.T) {
	w, s := newWorld(3_000, 20), openStore(t, jetstore.Config{})
	f := newFaulty(s, 1)
	for range 2 {
		e := newEngine(t, s, w, quick)
		e.Records = f
		start(t, e)
	}
	id := submit(t, s, nil)
	await(t, s, id, transship.Complete)
	w.exactlyOnce(t, id)
	nothingLeft(t, s, id)
	for _, kind := range []string{"stale read", "exists without a record", "time-out after writing"} {
		if f.counted[kind] < 10 {
			t.Errorf("%s happened %d times only", kind, f.counted[kind])
		}
	}
}

func TestCancelOnAStoreThatLiesKeepsReportAndCountersEqual(t *testing.T) {
	w, s := newWorld(3_000, 20), openStore(t, jetstore.Config{})
	w.after = slow
	e := newEngine(t, s, w, quick)
	e.Records = newFaulty(s, 2)
	start(t, e)
	id := submit(t, s, nil)
	await(t, s, id, transship.Active)
	for n := 0; n < 300; {
		w.mu.Lock()
		n = len(w.done)
		w.mu.Unlock()
	}
	cancelJob(t, s, id)
	job := await(t, s, id, transship.Cancelled)
	w.mu.Lock()
	defer w.mu.Unlock()
	if int(job.Counters.Succeeded) != len(w.done) {
		t.Errorf("%d counted, %d done", job.Counters.Succeeded, len(w.done))
	}
	w.oneRowEach(t, id, len(w.done))
}
