package inventory

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/transship/transship/internal/s3call"
)

// maxProbes bounds the calls that one search for a place to divide may cost.
const maxProbes = 6

// cuts looks for keys at which the rest of s can be divided. It only chooses
// borders: whatever it finds, and if a call of it fails, the listing stays
// complete.
//
// It walks down the folders of the key reached so far, from the root: the
// folders that follow on one level are good borders. A flat folder with more
// keys than a page is divided between its characters, and where nothing lies
// behind such a border, the next search halves what is before it.
func (w *worker) cuts(ctx context.Context, s *span) []string {
	at, hi, bounded := w.board.where(s)
	if !strings.HasPrefix(at.key, w.scope.Prefix) {
		return nil
	}
	rest := at.key[len(w.scope.Prefix):]
	folder := w.scope.Prefix
	for range maxProbes {
		folders, last := w.level(ctx, folder, at.key)
		cuts := spread(within(folders, at.key, hi, bounded), w.board.parallel)
		if last > at.key && (!bounded || last < hi) {
			// The level goes on beyond the page: divide what is unknown too.
			if middle := between(last, hi, bounded, folder); middle != "" {
				cuts = append(cuts, middle)
			}
		}
		if len(cuts) > 0 {
			return cuts
		}
		slash := strings.IndexByte(rest, '/')
		if slash < 0 {
			return nil
		}
		folder += rest[:slash+1]
		rest = rest[slash+1:]
	}
	return nil
}

// level lists the folders in one folder after a key, a page of them. Last is
// the last folder or key of the page when the level goes on, else empty.
func (w *worker) level(ctx context.Context, folder, after string) (folders []string, last string) {
	var page s3call.Page
	var err error
	if w.scope.Versions {
		page, err = w.store.ListObjectVersions(ctx, s3call.ListVersions{Bucket: w.scope.Bucket, Prefix: folder, Delimiter: "/",
			KeyMarker: after, MaxKeys: w.pageSize, RequesterPays: w.scope.RequesterPays})
	} else {
		page, err = w.store.ListObjectsV2(ctx, s3call.List{Bucket: w.scope.Bucket, Prefix: folder, Delimiter: "/",
			StartAfter: after, MaxKeys: w.pageSize, RequesterPays: w.scope.RequesterPays})
	}
	if err != nil || !page.Truncated {
		return page.Prefixes, ""
	}
	if n := len(page.Objects); n > 0 {
		last = page.Objects[n-1].Key
	}
	if n := len(page.Prefixes); n > 0 {
		last = max(last, page.Prefixes[n-1])
	}
	return page.Prefixes, last
}

// within keeps the entries strictly between lo and hi, ascending.
func within(entries []string, lo, hi string, bounded bool) []string {
	kept := entries[:0]
	for _, e := range entries {
		if e > lo && (!bounded || e < hi) {
			kept = append(kept, e)
			lo = e
		}
	}
	return kept
}

// spread picks at most n entries at even distances.
func spread(entries []string, n int) []string {
	if n < 1 {
		return nil
	}
	if len(entries) <= n {
		return entries
	}
	picked := make([]string, 0, n)
	for i := range n {
		picked = append(picked, entries[(i+1)*len(entries)/(n+1)])
	}
	return picked
}

// between guesses a key in the middle of lo and the end of folder (or hi,
// where that is nearer): it follows lo and raises the first character that
// leaves room. Empty: there is none.
func between(lo, hi string, bounded bool, folder string) string {
	const top = '~' // the last printable character of ASCII
	if !strings.HasPrefix(lo, folder) {
		return ""
	}
	for i := len(folder); i < len(lo); i++ {
		c := lo[i]
		if c >= utf8.RuneSelf {
			return ""
		}
		limit := byte(top)
		switch {
		case c >= '0' && c <= '9':
			limit = '9' + 1
		case c >= 'a' && c <= 'z':
			limit = 'z' + 1
		case c >= 'A' && c <= 'Z':
			limit = 'Z' + 1
		}
		if bounded && len(hi) > i && hi[:i] == lo[:i] && hi[i] < limit {
			limit = hi[i]
		}
		if c+1 < limit {
			middle := lo[:i] + string(rune(c+(limit-c)/2))
			if middle > lo && (!bounded || middle < hi) {
				return middle
			}
		}
	}
	return ""
}
