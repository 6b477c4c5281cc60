package inventory

import (
	"context"
	"iter"
	"sync"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// Listing is the S3 calls that a listing makes.
type Listing interface {
	ListObjectsV2(context.Context, s3call.List) (s3call.Page, error)
	ListObjectVersions(context.Context, s3call.ListVersions) (s3call.Page, error)
}

// Scope is what a listing covers.
type Scope struct {
	Bucket        string
	Prefix        string
	Versions      bool // every version and delete marker instead of current objects
	RequesterPays bool
}

// DefaultParallel is how many ranges are listed at once when nothing else is said.
const DefaultParallel = 8

// Lister lists a bucket in several ranges of its keys at once.
type Lister struct {
	Store    Listing
	Parallel int // ranges listed at once; 0: [DefaultParallel]
	PageSize int // objects a call; 0: the store's default
}

// Objects streams the scope's objects in UTF-8 binary order of keys; versions
// of one key newest first, as the store gives them. Memory is bounded by
// Parallel pages times [pagesAhead] times two. The first failed call and the
// first page that breaks the order end the stream with an error; without one,
// the stream is complete.
func (l *Lister) Objects(ctx context.Context, scope Scope) iter.Seq2[transship.Object, error] {
	return func(yield func(transship.Object, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		parallel := l.Parallel
		if parallel <= 0 {
			parallel = DefaultParallel
		}
		b := newBoard(parallel)
		stop := context.AfterFunc(ctx, func() { b.fail(context.Cause(ctx)) })
		defer stop()
		var workers sync.WaitGroup
		defer workers.Wait()
		defer cancel()
		for range parallel {
			workers.Go(func() {
				w := worker{store: l.Store, pageSize: l.PageSize, scope: scope, board: b}
				w.run(ctx)
			})
		}
		for {
			objects, err := b.take()
			if err != nil {
				yield(transship.Object{}, err)
				return
			}
			if objects == nil {
				return
			}
			for _, o := range objects {
				if !yield(o, nil) {
					return
				}
			}
		}
	}
}
