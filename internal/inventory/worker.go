package inventory

import (
	"context"
	"fmt"
	"strings"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// maxEmptyPages is how many pages in a row may be empty and yet promise more.
const maxEmptyPages = 10_000

// worker lists pages of spans and looks for places to divide them.
type worker struct {
	store    Listing
	pageSize int
	scope    Scope
	board    *board
}

func (w *worker) run(ctx context.Context) {
	for {
		s, split := w.board.assign()
		switch {
		case s == nil:
			return
		case split:
			w.board.divide(s, w.cuts(ctx, s))
		default:
			if err := w.page(ctx, s); err != nil {
				w.board.fail(err)
				return
			}
		}
	}
}

// page lists one page of s that has objects, or finds its end.
func (w *worker) page(ctx context.Context, s *span) error {
	at, _, _ := w.board.where(s)
	for range maxEmptyPages {
		page, err := w.call(ctx, at)
		if err != nil {
			return err
		}
		if err := w.check(at, page); err != nil {
			return err
		}
		next, err := w.next(at, page)
		if err != nil {
			return err
		}
		if !w.scope.Versions {
			for i := range page.Objects {
				page.Objects[i].IsLatest = true // a listing of current objects does not say so
			}
		}
		if len(page.Objects) > 0 || !page.Truncated {
			w.board.listed(s, page.Objects, next, !page.Truncated)
			return nil
		}
		at = next
	}
	return w.disorder(fmt.Sprintf("%d pages in a row were empty and promised more", maxEmptyPages))
}

func (w *worker) call(ctx context.Context, at position) (s3call.Page, error) {
	if w.scope.Versions {
		page, err := w.store.ListObjectVersions(ctx, s3call.ListVersions{Bucket: w.scope.Bucket, Prefix: w.scope.Prefix,
			KeyMarker: at.key, VersionMarker: at.version, MaxKeys: w.pageSize, RequesterPays: w.scope.RequesterPays})
		return page, w.failed(err)
	}
	list := s3call.List{Bucket: w.scope.Bucket, Prefix: w.scope.Prefix, StartAfter: at.key, MaxKeys: w.pageSize,
		RequesterPays: w.scope.RequesterPays}
	if at.token != "" {
		list.StartAfter, list.Token = "", at.token
	}
	page, err := w.store.ListObjectsV2(ctx, list)
	return page, w.failed(err)
}

func (w *worker) failed(err error) error {
	if err == nil {
		return nil
	}
	return &transship.Error{Code: transship.CodeOf(err), Op: "list", Bucket: w.scope.Bucket, Err: err}
}

// check refuses a page whose keys are not after at, in order, without
// repetition and under the prefix.
func (w *worker) check(at position, page s3call.Page) error {
	last, version := at.key, at.version
	started := last != ""
	for _, o := range page.Objects {
		switch {
		case !strings.HasPrefix(o.Key, w.scope.Prefix):
			return w.disorder(fmt.Sprintf("the key %q is outside of the prefix %q", o.Key, w.scope.Prefix))
		case o.Key == "":
			return w.disorder("a key is empty")
		case started && o.Key < last:
			return w.disorder(fmt.Sprintf("the key %q came after %q", o.Key, last))
		case o.Key == last && (!w.scope.Versions || version == ""):
			return w.disorder(fmt.Sprintf("the key %q was repeated or is outside of what was asked for", o.Key))
		case o.Key == last && o.VersionID == version:
			return w.disorder(fmt.Sprintf("the version %s of key %q was repeated", o.VersionID, o.Key))
		case w.scope.Versions && o.VersionID == "":
			return w.disorder(fmt.Sprintf("a version of key %q has no id", o.Key))
		}
		last, version, started = o.Key, o.VersionID, true
	}
	return nil
}

// next is where the page after this one begins.
func (w *worker) next(at position, page s3call.Page) (position, error) {
	next := position{key: at.key, version: at.version}
	if n := len(page.Objects); n > 0 {
		next.key, next.version = page.Objects[n-1].Key, page.Objects[n-1].VersionID
	}
	if !page.Truncated {
		return next, nil
	}
	if !w.scope.Versions {
		next.version = ""
		next.token = page.Token
		switch {
		case page.Token == "":
			return next, w.disorder("a page promised more and gave no token")
		case page.Token == at.token:
			return next, w.disorder("a page gave the token again that had led to it")
		}
		return next, nil
	}
	switch {
	case page.NextKeyMarker == "":
		return next, w.disorder("a page promised more and gave no key marker")
	case page.NextKeyMarker < next.key:
		return next, w.disorder(fmt.Sprintf("the next page was to begin at %q, before %q", page.NextKeyMarker, next.key))
	case page.NextKeyMarker == at.key && page.NextVersionMarker == at.version:
		return next, w.disorder("a page gave the markers again that had led to it")
	}
	return position{key: page.NextKeyMarker, version: page.NextVersionMarker, more: page.NextVersionMarker != ""}, nil
}

func (w *worker) disorder(message string) error {
	return &transship.Error{Code: transship.Damaged, Op: "list", Bucket: w.scope.Bucket,
		Message: "the store's listing is out of order: " + message,
		Hint:    "the listing cannot be trusted to be complete; report this to the store's maker"}
}
