package access

import (
	"strings"

	"github.com/transship/transship/iampolicy"
)

// Question is one authorization that an S3 call asks. A call may ask several,
// and succeeds only if all are allowed (AM-6).
type Question struct {
	Action      string  // "s3:GetObject"
	Bucket      *Bucket // nil for calls about no bucket, such as s3:ListAllMyBuckets
	Key         string  // empty: the bucket itself
	ObjectOwner string  // account id; empty: no such object, or a write (AM-181)

	// OwnerGranted: the object's ACL gives the bucket owner FULL_CONTROL,
	// though another account owns the object (AM-166).
	OwnerGranted bool

	Context iampolicy.Context // what the request itself brings
}

// Resource is the ARN the question is about, or "*".
func (q Question) Resource() string {
	if q.Bucket == nil {
		return "*"
	}
	return q.Bucket.ARN(q.Key)
}

// Layer is where a decision falls (AM-100).
type Layer string

// The layers.
const (
	IdentityLayer  Layer = "identity policy"
	BucketLayer    Layer = "bucket policy"
	OwnershipLayer Layer = "object ownership"
	TrustLayer     Layer = "role trust policy"
	OwnerOnlyLayer Layer = "owner only" // HTTP 405 MethodNotAllowed (AM-20)
)

// Blocker is one layer that stops the call.
type Blocker struct {
	Layer     Layer
	Explicit  bool                 // a Deny statement; else a missing Allow
	Statement *iampolicy.Statement // the Deny; nil when an Allow is missing
}

// Decision is the answer with its reasons. Layer and Statement are those that
// decided: of the Allow when allowed, of the first blocker when not. Blockers
// lists every layer that stops the call, explicit ones first (AM-3): mending
// only the first would reveal the next.
type Decision struct {
	Allowed   bool
	Explicit  bool
	Layer     Layer
	Statement *iampolicy.Statement
	Blockers  []Blocker

	Action   string
	Resource string

	caller   string // ARN for the message; empty for nobody
	enriched bool   // AWS gives the reason (AM-290)
}

func (d *Decision) block(l Layer, deny *iampolicy.Statement) {
	b := Blocker{Layer: l, Explicit: deny != nil, Statement: deny}
	if b.Explicit {
		i := 0
		for i < len(d.Blockers) && d.Blockers[i].Explicit {
			i++
		}
		d.Blockers = append(d.Blockers[:i], append([]Blocker{b}, d.Blockers[i:]...)...)
		return
	}
	d.Blockers = append(d.Blockers, b)
}

func (d *Decision) settle(l Layer, by *iampolicy.Statement) Decision {
	if len(d.Blockers) == 0 {
		d.Allowed, d.Layer, d.Statement = true, l, by
		return *d
	}
	first := d.Blockers[0]
	d.Explicit, d.Layer, d.Statement = first.Explicit, first.Layer, first.Statement
	return *d
}

// Decide answers one question about a bucket, an object, or about neither.
func Decide(c Caller, q Question) Decision {
	if q.Bucket == nil {
		return Ask(c, q.Action, "*", q.Context)
	}
	d := Decision{Action: q.Action, Resource: q.Resource(), caller: c.ARN}
	d.enriched = c.Account == q.Bucket.Owner || c.Organization != "" && c.Organization == q.Bucket.Organization
	r := iampolicy.Request{Principal: c.principal(), Action: q.Action, Resource: d.Resource, Context: contextOf(c, q.Bucket.Owner, q.Context)}
	identity := identitySays(c, r)
	var policy iampolicy.Outcome
	if q.Bucket.Policy != nil {
		policy = q.Bucket.Policy.Evaluate(r)
	}
	owner := c.Account != "" && c.Account == q.Bucket.Owner
	if owner && c.Root && ownerOnly(q.Action) {
		return d.settle(IdentityLayer, nil) // even against a Deny (AM-19)
	}
	if identity.Effect == iampolicy.Deny {
		d.block(IdentityLayer, identity.Statement)
	}
	if policy.Effect == iampolicy.Deny {
		d.block(BucketLayer, policy.Statement)
	}
	byIdentity, byPolicy := identity.Effect == iampolicy.Allow, policy.Effect == iampolicy.Allow
	foreign := q.Key != "" && !strings.EqualFold(q.Action, PutObject) && q.Bucket.foreign(q.ObjectOwner)
	switch {
	case foreign && owner:
		// AM-165: may remove and archive what others own, not read it
		// unless the object's ACL says so (AM-166).
		if !ownerMayAlways(q.Action) && !(q.OwnerGranted && fullControl(q.Action)) {
			d.block(OwnershipLayer, nil)
		}
		d.need(IdentityLayer, identity, byIdentity || byPolicy && policy.Named != iampolicy.ByAccount)
	case foreign && c.Account == q.ObjectOwner:
		// The object's owner keeps FULL_CONTROL of it; an ACL gives no
		// other action than these (AM-172, AM-180).
		d.need(IdentityLayer, identity, byIdentity)
		if !fullControl(q.Action) {
			d.need(BucketLayer, policy, byPolicy)
		}
	case foreign:
		// An Allow of the bucket owner has no effect here (AM-163).
		d.block(OwnershipLayer, nil)
		if !c.Anonymous() && c.Service == "" {
			d.need(IdentityLayer, identity, byIdentity)
		}
	case c.Anonymous() || c.Service != "":
		d.need(BucketLayer, policy, byPolicy) // AM-117, AM-118
	case owner:
		// An account principal only delegates; any other Allow grants (AM-101).
		d.need(IdentityLayer, identity, byIdentity || byPolicy && policy.Named != iampolicy.ByAccount)
	default:
		d.need(IdentityLayer, identity, byIdentity) // AM-102
		d.need(BucketLayer, policy, byPolicy)
	}
	if !owner && ownerOnly(q.Action) && len(d.Blockers) == 0 {
		d.block(OwnerOnlyLayer, nil)
	}
	if byIdentity {
		return d.settle(IdentityLayer, identity.Statement)
	}
	return d.settle(BucketLayer, policy.Statement)
}

// need records a missing Allow, unless the layer denies anyway.
func (d *Decision) need(l Layer, o iampolicy.Outcome, ok bool) {
	if !ok && o.Effect != iampolicy.Deny {
		d.block(l, nil)
	}
}

// Ask answers a question that identity policies alone decide: job actions
// (AM-146), iam:PassRole (AM-147), IAM's own actions, s3:ListAllMyBuckets. The
// resource is an ARN or "*". One that lies in another account is refused.
func Ask(c Caller, action, resource string, ctx iampolicy.Context) Decision {
	d := Decision{Action: action, Resource: resource, caller: c.ARN, enriched: !c.Anonymous()}
	account := c.Account
	if parts := strings.SplitN(resource, ":", 6); len(parts) == 6 && parts[4] != "" {
		account = parts[4]
	}
	r := iampolicy.Request{Principal: c.principal(), Action: action, Resource: resource, Context: contextOf(c, account, ctx)}
	identity := identitySays(c, r)
	if identity.Effect == iampolicy.Deny {
		d.block(IdentityLayer, identity.Statement)
	}
	d.need(IdentityLayer, identity, identity.Effect == iampolicy.Allow)
	if account != c.Account || c.Account == "" {
		d.block(OwnerOnlyLayer, nil)
	}
	return d.settle(IdentityLayer, identity.Statement)
}

// identitySays combines the caller's own policies: any Deny, else any Allow.
// The root user has none and may do everything in its account (AM-18).
func identitySays(c Caller, r iampolicy.Request) iampolicy.Outcome {
	if c.Root {
		return iampolicy.Outcome{Effect: iampolicy.Allow, Named: iampolicy.ByEveryone}
	}
	var allow iampolicy.Outcome
	for _, p := range c.Identity {
		switch o := p.Evaluate(r); {
		case o.Effect == iampolicy.Deny:
			return o
		case o.Effect == iampolicy.Allow && allow.Effect == "":
			allow = o
		}
	}
	return allow
}

// ownerMayAlways are the actions a bucket owner has on any object in it.
func ownerMayAlways(action string) bool {
	switch strings.ToLower(action) {
	case "s3:deleteobject", "s3:deleteobjectversion", "s3:restoreobject", "s3:abortmultipartupload":
		return true
	}
	return false
}

// fullControl are the actions that FULL_CONTROL on an object gives.
func fullControl(action string) bool {
	switch strings.ToLower(action) {
	case "s3:getobject", "s3:getobjectversion", "s3:getobjectacl", "s3:getobjectversionacl", "s3:putobjectacl", "s3:putobjectversionacl":
		return true
	}
	return false
}
