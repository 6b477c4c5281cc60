package call

import (
	"maps"
	"strings"
	"sync"

	"github.com/transship/transship"
	"github.com/transship/transship/iampolicy"
	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/store"
)

// anonymousOwner owns what was written without credentials (AM-177).
const anonymousOwner = "65a011a29cdf8ec533ec3d1ccaae921c"

// OwnerFullControl is the one canned ACL that every bucket takes (AM-161).
const OwnerFullControl = "bucket-owner-full-control"

// FindBucket looks the call's bucket up and compares its owner with the one
// the caller expects.
func (c *Call) FindBucket() error {
	var err error
	if c.Record, c.Access, err = c.LookUp(c.Bucket); err != nil {
		return err
	}
	if c.Name == "HeadBucket" {
		c.W.Header().Set("X-Amz-Bucket-Region", c.Record.Region) // also on a 403
	}
	return ExpectOwner(c.Header.Get("X-Amz-Expected-Bucket-Owner"), c.Record)
}

// LookUp finds a bucket, as it is stored and as questions want it.
func (c *Call) LookUp(name string) (*store.Bucket, *access.Bucket, error) {
	b, err := c.Store.Bucket(name)
	if err != nil {
		return nil, nil, err
	}
	a, err := c.policies.of(b)
	return b, a, err
}

// ExpectOwner is AM-221.
func ExpectOwner(account string, b *store.Bucket) error {
	if account == "" {
		return nil
	}
	if transship.CheckAccountID(account) != nil {
		return reply.Argument("x-amz-expected-bucket-owner", account, "The value of the expected bucket owner parameter must be an AWS account ID")
	}
	if account != b.Owner {
		return reply.New("AccessDenied")
	}
	return nil
}

// policyCache keeps compiled policies; a bucket that changed is another one.
type policyCache struct {
	mu     sync.RWMutex
	byName map[string]compiled
}

type compiled struct {
	from *store.Bucket
	to   *access.Bucket
}

func (p *policyCache) of(b *store.Bucket) (*access.Bucket, error) {
	p.mu.RLock()
	hit, ok := p.byName[b.Name]
	p.mu.RUnlock()
	if ok && hit.from == b {
		return hit.to, nil
	}
	a := &access.Bucket{Name: b.Name, Owner: b.Owner, Ownership: access.Ownership(b.Ownership)}
	if b.Policy != nil {
		var err error
		if a.Policy, err = iampolicy.Parse(b.Policy, iampolicy.Resource); err != nil {
			return nil, err // it was parsed before it was stored: never guess
		}
	}
	p.mu.Lock()
	if p.byName == nil {
		p.byName = map[string]compiled{}
	}
	p.byName[b.Name] = compiled{b, a}
	p.mu.Unlock()
	return a, nil
}

// Question is one authorization of a call.
type Question struct {
	Action string
	Bucket *access.Bucket
	Key    string
	Object *store.Version // nil: none, or a write
	Extra  iampolicy.Context
}

// Decide asks.
func (c *Call) Decide(q Question) access.Decision {
	ctx := c.Context()
	if len(q.Extra) > 0 || q.Object != nil && len(q.Object.Tags) > 0 {
		ctx = maps.Clone(ctx)
	}
	maps.Copy(ctx, q.Extra)
	ask := access.Question{Action: q.Action, Bucket: q.Bucket, Key: q.Key, Context: ctx}
	if q.Object != nil {
		ask.ObjectOwner = q.Object.Owner
		ask.OwnerGranted = q.Object.ACL == OwnerFullControl
		for _, t := range q.Object.Tags {
			ctx["s3:existingobjecttag/"+strings.ToLower(t.Key)] = []string{t.Value}
		}
	}
	return access.Decide(c.Caller, ask)
}

// May is nil when the call may do what q says.
func (c *Call) May(q Question) error {
	return Refusal(c.Decide(q))
}

// Refusal is the answer that a decision means; nil when it allows.
func Refusal(d access.Decision) error {
	switch {
	case d.Allowed:
		return nil
	case d.Layer == access.OwnerOnlyLayer:
		return reply.New("MethodNotAllowed") // AM-20
	}
	return reply.Say("AccessDenied", d.Message())
}

// MayBucket asks about the call's bucket.
func (c *Call) MayBucket(action string, extra iampolicy.Context) error {
	return c.May(Question{Action: action, Bucket: c.Access, Extra: extra})
}

// MayWrite asks all actions of a write to the call's key.
func (c *Call) MayWrite(w access.Write, extra iampolicy.Context) error {
	for _, action := range w.Actions() {
		if err := c.May(Question{Action: action, Bucket: c.Access, Key: c.Key, Extra: extra}); err != nil {
			return err
		}
	}
	return nil
}

// Missing turns "not found" into 403 for a caller that may not list (AM-150,
// AM-151): what it is told depends on the bucket, not on the key.
func (c *Call) Missing(err error, b *access.Bucket) error {
	if transship.CodeOf(err) != transship.NotFound {
		return err
	}
	f := reply.From(err)
	if f.Code == "NoSuchBucket" {
		return err
	}
	list := access.ListObjects(f.Code == "NoSuchVersion")
	if refused := c.May(Question{Action: list, Bucket: b}); refused != nil {
		return refused
	}
	return err
}
