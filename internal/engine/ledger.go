package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/segment"
)

// errFenced says that somebody else has the chunk now: drop what ran since the
// last checkpoint and stop, without an ack.
var errFenced = errors.New("the chunk has another writer")

// ledger writes one chunk's record on behalf of one lease. It holds the record
// as last known to be stored.
type ledger struct {
	records Records
	job     string
	chunk   int
	writer  string

	rec *segment.Record
	at  Revision
	// doubt: the writer before did not let go in order, so tasks without a row
	// may have been done.
	doubt bool
}

// claim makes the lease the record's writer. When the record is closed it is
// left alone, and rec shows it.
func (l *ledger) claim(ctx context.Context, now time.Time) error {
	return l.settle(ctx, func(stored *segment.Record) *segment.Record {
		switch {
		case stored == nil:
			l.doubt = false
			return &segment.Record{Writer: l.writer, Sequence: 1, Started: now, Trying: segment.NoTask}
		case stored.Closed:
			return nil
		case stored.Writer == l.writer: // committed by an earlier try
			return stored
		}
		next := *stored
		next.Writer, next.Sequence, next.Released, next.Stopped = l.writer, 1, false, false
		l.doubt = !stored.Released
		switch {
		case stored.Released:
			next.Strikes = 0
		case !stored.Stopped: // who stops in order is no victim of a task
			next.Strikes++
		}
		return &next
	})
}

// write stores next as the successor of what was last written. It fails with
// errFenced when another writer came in between.
func (l *ledger) write(ctx context.Context, next segment.Record) error {
	next.Writer, next.Sequence = l.writer, l.rec.Sequence+1
	return l.settle(ctx, func(stored *segment.Record) *segment.Record {
		if stored == nil || stored.Writer != l.writer {
			return nil // fenced, or not readable yet: settle decides
		}
		return &next
	})
}

// settle drives one change to a known end. make is given the stored record
// (nil: there is none) and says what to write; nil: nothing.
//
// A write that did not answer success is unknown. Reads then decide: they may
// lag behind, and a refusal may concern a write that was never committed, so
// the change is tried again until a read shows it or shows another's.
func (l *ledger) settle(ctx context.Context, next func(stored *segment.Record) *segment.Record) error {
	stored, at := l.rec, l.at
	var last error
	for try := 0; ; try++ {
		if try > 0 || stored == nil {
			rec, rev, err := l.records.Record(ctx, l.job, l.chunk)
			switch {
			case transship.CodeOf(err) == transship.NotFound && l.rec == nil:
				stored, at = nil, 0
			case err != nil: // also: a record that was there is "not found" to a late read
				last = err
				if try >= settleTries || !wait(ctx, backoff(try)) {
					return l.unsettled(ctx, last)
				}
				continue
			case rev < l.at: // a late read
				last = fmt.Errorf("revision %d was read after %d", rev, l.at)
				if try >= settleTries || !wait(ctx, backoff(try)) {
					return l.unsettled(ctx, last)
				}
				continue
			default:
				stored, at = rec, rev
			}
		}
		want := next(stored)
		if stored != nil && want != nil && stored.Writer == l.writer && stored.Sequence >= want.Sequence {
			l.rec, l.at = stored, at // an earlier try was committed after all
			return nil
		}
		if want == nil {
			if stored != nil && stored.Closed && l.rec == nil { // claim of a closed record
				l.rec, l.at = stored, at
				return nil
			}
			return errFenced
		}
		var rev Revision
		var err error
		if stored == nil {
			rev, err = l.records.CreateRecord(ctx, l.job, l.chunk, want)
		} else {
			rev, err = l.records.UpdateRecord(ctx, l.job, l.chunk, want, at)
		}
		if err == nil {
			l.rec, l.at = want, rev
			return nil
		}
		last = err
		if try >= settleTries || !wait(ctx, backoff(try)) {
			return l.unsettled(ctx, last)
		}
	}
}

const settleTries = 40

// backoff grows from 5 ms to 250 ms.
func backoff(try int) time.Duration {
	return min(5*time.Millisecond<<min(try, 6), 250*time.Millisecond)
}

func (l *ledger) unsettled(ctx context.Context, last error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &transship.Error{Code: transship.Unavailable, Op: fmt.Sprintf("record chunk %d of job %s", l.chunk, l.job),
		Message: "the store did not show the outcome of a write", Err: last}
}
