package pace

import (
	"context"
	"math/rand/v2"
	"time"
)

// Retry waits between attempts: full jitter, that is, any time between zero
// and a bound that doubles. Zero fields take the value in brackets.
type Retry struct {
	Attempts int           // in all [5]
	Base     time.Duration // bound of the first wait [100 ms]
	Max      time.Duration // highest bound [20 s]

	// Random answers a number in [0, n), also to many goroutines at once; nil:
	// math/rand/v2.
	Random func(n int64) int64
	// Sleep waits, or answers ctx's error; nil: a timer.
	Sleep func(ctx context.Context, d time.Duration) error
}

// Wait is called after attempt number attempt, from 1, has failed. It waits
// and answers true, or false when there is to be no other attempt.
func (r *Retry) Wait(ctx context.Context, attempt int) bool {
	attempts, base, most := r.Attempts, r.Base, r.Max
	if attempts <= 0 {
		attempts = 5
	}
	if base <= 0 {
		base = 100 * time.Millisecond
	}
	if most <= 0 {
		most = 20 * time.Second
	}
	if attempt >= attempts {
		return false
	}
	bound := base
	for i := 1; i < attempt && bound < most; i++ {
		bound *= 2
	}
	bound = min(bound, most)
	random := r.Random
	if random == nil {
		random = rand.Int64N
	}
	wait := time.Duration(random(int64(bound) + 1))
	sleep := r.Sleep
	if sleep == nil {
		sleep = timer
	}
	return sleep(ctx, wait) == nil
}

func timer(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
