package access

import "github.com/transship/transship/iampolicy"

// Role is what a decision must know about a role that is to be assumed.
type Role struct {
	ARN     string // with path
	Account string
	Trust   *iampolicy.Policy
}

// AssumeRole decides sts:AssumeRole (AM-106). The trust policy must allow in any
// case (AM-104). Where it names only the caller's account, and always across
// accounts, the caller's identity policies must allow as well; a service needs
// the trust policy alone (AM-117).
func AssumeRole(c Caller, r Role, request iampolicy.Context) Decision {
	d := Decision{Action: "sts:AssumeRole", Resource: r.ARN, caller: c.String(), enriched: c.Service != "" || c.Account == r.Account}
	q := iampolicy.Request{Principal: c.principal(), Action: d.Action, Resource: r.ARN, Context: contextOf(c, r.Account, request)}
	identity, trust := identitySays(c, q), iampolicy.Outcome{}
	if r.Trust != nil {
		trust = r.Trust.Evaluate(q)
	}
	if identity.Effect == iampolicy.Deny {
		d.block(IdentityLayer, identity.Statement)
	}
	if trust.Effect == iampolicy.Deny {
		d.block(TrustLayer, trust.Statement)
	}
	d.need(TrustLayer, trust, trust.Effect == iampolicy.Allow)
	if c.Service == "" && (c.Account != r.Account || trust.Named == iampolicy.ByAccount || trust.Effect == "") {
		d.need(IdentityLayer, identity, identity.Effect == iampolicy.Allow)
	}
	return d.settle(TrustLayer, trust.Statement)
}
