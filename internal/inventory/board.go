package inventory

import (
	"slices"
	"sync"

	"github.com/transship/transship"
)

// pagesAhead is how many pages of one range wait for the taker.
const pagesAhead = 4

// span is a range of the key space that one worker at a time lists: keys
// after lo, up to and with hi.
type span struct {
	hi      string // meaningful when bounded
	bounded bool
	at      position // where the next page begins

	pages [][]transship.Object // listed, not yet taken
	began bool                 // a page has come: more is to be expected
	done  bool                 // nothing is left to list
	busy  bool                 // a worker is on it
	// unsplit is how many pages must come before a split is tried again.
	unsplit int
}

// position is how far a span has been listed: the last key (and, in a listing
// of versions, the last version of it), and the store's token where it gave one.
type position struct {
	key, version, token string
	more                bool // the key may have further versions
}

// board is the ordered list of spans, shared by workers and taker. Spans in
// the order of the list cover the key space without a gap and without an
// overlap; a split keeps that.
type board struct {
	mu       sync.Mutex
	changed  sync.Cond
	spans    []*span
	parallel int
	waiting  int // pages that wait for the taker, of all spans
	err      error
}

func newBoard(parallel int) *board {
	b := &board{parallel: parallel, spans: []*span{{}}}
	b.changed.L = &b.mu
	return b
}

// fail ends everything; the first error stays.
func (b *board) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = err
	}
	b.changed.Broadcast()
}

// take waits for the next page in the order of keys; nil at the end.
func (b *board) take() ([]transship.Object, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		if b.err != nil {
			return nil, b.err
		}
		if len(b.spans) == 0 {
			return nil, nil
		}
		first := b.spans[0]
		if len(first.pages) > 0 {
			page := first.pages[0]
			first.pages = first.pages[1:]
			b.waiting--
			b.changed.Broadcast()
			return page, nil
		}
		if first.done {
			b.spans = b.spans[1:]
			b.changed.Broadcast()
			continue
		}
		b.changed.Wait()
	}
}

// assign waits for work: a span to list a page of, or (split) a span to look
// for a place to divide. Nil: there is nothing left to do.
func (b *board) assign() (s *span, split bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		if b.err != nil {
			return nil, false
		}
		open := false
		for i, s := range b.spans {
			open = open || !s.done
			if s.done || s.busy || i > 0 && !b.room(i, s) || len(s.pages) >= pagesAhead {
				continue
			}
			s.busy = true
			return s, false
		}
		if !open {
			return nil, false
		}
		for _, s := range b.spans {
			if !s.done && s.began && s.unsplit == 0 && b.open() < 2*b.parallel {
				s.unsplit = -1 // one worker looks, no other
				return s, true
			}
		}
		b.changed.Wait()
	}
}

// room reports whether span number i may list ahead of the taker.
func (b *board) room(i int, s *span) bool {
	return i < 2*b.parallel && b.waiting < 2*pagesAhead*b.parallel
}

// open counts the spans that are not listed to their end.
func (b *board) open() int {
	n := 0
	for _, s := range b.spans {
		if !s.done {
			n++
		}
	}
	return n
}

// listed records a page of s, of which objects beyond the span's end have no
// part, and where the next one begins.
func (b *board) listed(s *span, objects []transship.Object, next position, end bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s.busy = false
	if s.bounded { // perhaps nearer than when the page was asked for
		n := len(objects)
		for n > 0 && objects[n-1].Key > s.hi {
			n--
		}
		end = end || n < len(objects) || next.key > s.hi || next.key == s.hi && !next.more
		objects = objects[:n]
	}
	s.began = true
	s.done = end
	if s.unsplit > 0 {
		s.unsplit--
	}
	s.at = next
	if len(objects) > 0 {
		s.pages = append(s.pages, objects)
		b.waiting++
	}
	b.changed.Broadcast()
}

// where is how far s has been listed and where it ends.
func (b *board) where(s *span) (at position, hi string, bounded bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return s.at, s.hi, s.bounded
}

// divide cuts s at the given keys, ascending; each becomes the last key of a
// span. Keys that s has passed meanwhile are left out. Without a cut, s is
// asked again after a while.
func (b *board) divide(s *span, cuts []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.changed.Broadcast()
	s.unsplit = 16
	i := slices.Index(b.spans, s)
	if i < 0 || s.done {
		return
	}
	cuts = slices.DeleteFunc(cuts, func(c string) bool { return c <= s.at.key || s.bounded && c >= s.hi })
	if len(cuts) == 0 {
		return
	}
	s.unsplit = 2
	more := make([]*span, len(cuts))
	for n, cut := range cuts {
		more[n] = &span{at: position{key: cut}, hi: s.hi, bounded: s.bounded}
		if n+1 < len(cuts) {
			more[n].hi, more[n].bounded = cuts[n+1], true
		}
	}
	s.hi, s.bounded = cuts[0], true
	b.spans = slices.Insert(b.spans, i+1, more...)
}
