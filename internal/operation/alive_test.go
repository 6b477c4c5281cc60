package operation

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/transship/transship"
)

// listened is a context that counts the signs of life in it.
func listened(t *testing.T) (context.Context, *atomic.Int64) {
	t.Helper()
	var n atomic.Int64
	return transship.WithAlive(t.Context(), func() { n.Add(1) }), &n
}

func TestALongTaskShowsThatItGoesOn(t *testing.T) {
	t.Run("after each part that was copied", func(t *testing.T) {
		s, _ := large(false)
		ctx, signs := listened(t)
		r, err := newCopy(t, s, transship.CopyOperation{}).Do(ctx, task("k"))
		mustSucceed(t, r, err)
		if signs.Load() != 3 {
			t.Errorf("%d signs of life for 3 parts", signs.Load())
		}
	})
	t.Run("after each MiB that was read", func(t *testing.T) {
		from, to := newStore(), newStore()
		from.put("src", "k", strings.Repeat("x", 4*mib+1))
		ctx, signs := listened(t)
		r, err := between(t, from, to, transship.CopyOperation{}).Do(ctx, task("k"))
		mustSucceed(t, r, err)
		if n := signs.Load(); n < 3 || n > 5 {
			t.Errorf("%d signs of life for 4 MiB", n)
		}
	})
	t.Run("within a part that is streamed", func(t *testing.T) {
		from, to := newStore(), newStore()
		from.put("src", "k", strings.Repeat("x", 8*mib))
		ctx, signs := listened(t)
		c := between(t, from, to, transship.CopyOperation{}, func(cfg *CopyConfig) { cfg.PutLimit, cfg.PartSize = 4*mib, 4*mib })
		r, err := c.Do(ctx, task("k"))
		mustSucceed(t, r, err)
		if n := signs.Load(); n < 2+6 || n > 2+8 {
			t.Errorf("%d signs of life for 2 parts of 4 MiB", n)
		}
	})
	t.Run("while versions are looked through", func(t *testing.T) {
		s := newStore()
		s.versioned = true
		s.put("src", "k", "data")
		since := s.now
		for range 3 {
			s.put("dst", "k", "DATA")
		}
		ctx, signs := listened(t)
		if _, done, err := newCopy(t, s, transship.CopyOperation{}).Reconcile(ctx, task("k"), since, nil); done || err != nil {
			t.Fatal(done, err)
		}
		if signs.Load() != 1+3 {
			t.Errorf("%d signs of life for a page and 3 versions", signs.Load())
		}
	})
}
