package iampolicy

import "strings"

// Request is one question to a policy.
type Request struct {
	Principal Principal // read by resource and trust policies
	Action    string    // "s3:GetObject"
	Resource  string    // ARN, or "*" for a call that concerns no resource
	Context   Context
}

// Outcome is what one policy says to a request. Effect "" is silence. An
// explicit Deny is reported before any Allow (AM-2); of several Allows the one
// that names the caller most strongly (section 2 of the access model).
type Outcome struct {
	Effect    Effect
	Statement *Statement
	Named     Named
}

// Evaluate asks the policy. It never fails: whatever could not be understood was
// refused by Parse.
func (p *Policy) Evaluate(r Request) Outcome {
	action := strings.ToLower(r.Action)
	var out Outcome
	for _, s := range p.Statements {
		if s.Effect == Allow && out.Named == ByEveryone {
			continue
		}
		named := s.match(r, action)
		if named == NotNamed {
			continue
		}
		if s.Effect == Deny {
			return Outcome{Effect: Deny, Statement: s, Named: named}
		}
		if named > out.Named {
			out = Outcome{Effect: Allow, Statement: s, Named: named}
		}
	}
	return out
}

func (s *Statement) match(r Request, action string) Named {
	if !s.matchAction(action) || !s.matchResource(r.Resource, r.Context) {
		return NotNamed
	}
	named := s.matchPrincipal(r.Principal)
	if named == NotNamed {
		return NotNamed
	}
	for i := range s.conditions {
		if !s.conditions[i].holds(r.Context) {
			return NotNamed
		}
	}
	return named
}
