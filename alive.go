package transship

import "context"

type aliveKey struct{}

// WithAlive is a context in which [Alive] calls tell. Whoever watches over a
// task that may take hours puts it there.
func WithAlive(ctx context.Context, tell func()) context.Context {
	return context.WithValue(ctx, aliveKey{}, tell)
}

// Alive says that the work in ctx goes on: a part was copied, some bytes were
// read. It does nothing where nobody listens, and may be called often.
func Alive(ctx context.Context) {
	if tell, ok := ctx.Value(aliveKey{}).(func()); ok {
		tell()
	}
}
