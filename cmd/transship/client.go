package main

import (
	"context"
	"sync"

	"github.com/transship/transship/internal/account"
	"github.com/transship/transship/internal/inventory"
	"github.com/transship/transship/internal/pace"
	"github.com/transship/transship/internal/s3wire"
	"github.com/transship/transship/internal/verify"
)

// s3Store is what commands do with a store by themselves.
type s3Store interface {
	inventory.Listing
	inventory.Getter
	inventory.Putter
	verify.Store
	Close()
}

// open is a client that signs as the given account, paced with all others at
// its endpoint.
func (e *env) open(ctx context.Context, a accountFlags) (s3Store, error) {
	acc, err := account.Load(ctx, account.Options{Profile: a.profile, Region: a.region, EndpointURL: a.endpoint, Client: e.client()})
	if err != nil {
		return nil, err
	}
	return acc.S3, nil
}

// client is how this program calls S3: attempts with growing waits, writes
// repeated where they were refused for certain, one gate an endpoint.
func (e *env) client() account.Client {
	return account.Client{Gate: e.gates.of, Retry: &pace.Retry{}, RetryWrites: true, UserAgent: "transship/" + buildVersion().Version}
}

// jobClient is how jobs call S3: every write goes out once, since only the
// operation knows how to find out whether one without an answer was done.
func (e *env) jobClient() account.Client {
	c := e.client()
	c.RetryWrites = false
	return c
}

// gates holds one gate an endpoint: listing, copying and reporting share the
// store's limit.
type gates struct {
	mu  sync.Mutex
	all map[string]*pace.Gate
}

func (g *gates) of(endpoint string) s3wire.Gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.all == nil {
		g.all = map[string]*pace.Gate{}
	}
	if g.all[endpoint] == nil {
		g.all[endpoint] = &pace.Gate{}
	}
	return g.all[endpoint]
}
