package iampolicy

import "strings"

// Principal is who makes a call, in the forms by which a policy may name it.
// The zero Principal is anonymous.
type Principal struct {
	Account     string // 12 digits; empty for a service and for nobody
	ARN         string // user, root or session ARN
	RoleARN     string // of a session: its role's ARN with path (AM-32)
	Service     string // "s3.amazonaws.com" where a service calls
	CanonicalID string // of Account, 64 hex digits (AM-22)
}

func (p Principal) anonymous() bool { return p.ARN == "" && p.Service == "" }

// Named is how a resource policy names the caller, from the weakest to the
// strongest. In the caller's own account the weakest only delegates to identity
// policies; the others grant by themselves (access model, section 2).
type Named int

// The ways to name a caller.
const (
	NotNamed   Named = iota
	ByAccount        // the account, its root ARN or its canonical id (AM-10)
	ByUser           // user ARN
	ByRole           // role ARN; any of its sessions (AM-30)
	BySession        // session ARN (AM-31)
	ByService        // service principal (AM-40)
	ByEveryone       // "*" (AM-11)
)

type principals struct {
	everyone  bool // "*"
	allAWS    bool // {"AWS":"*"}
	accounts  map[string]bool
	canonical map[string]bool
	arns      map[string]bool // users, roles, sessions
	services  map[string]bool
	refs      []PrincipalRef
}

// PrincipalRef is one principal as a policy writes it, so that a store can
// refuse a user or role that does not exist (AM-17).
type PrincipalRef struct {
	Type     string // "AWS", "Service", "Federated", "CanonicalUser", or "*"
	Value    string
	Position Position
}

// Principals lists every principal that the policy names, in order.
func (p *Policy) Principals() []PrincipalRef {
	var refs []PrincipalRef
	for _, s := range p.Statements {
		if s.principal != nil {
			refs = append(refs, s.principal.refs...)
		}
	}
	return refs
}

const invalidPrincipal = "Invalid principal in policy"

func parsePrincipals(n *node) (*principals, error) {
	ps := &principals{accounts: map[string]bool{}, canonical: map[string]bool{}, arns: map[string]bool{}, services: map[string]bool{}}
	if n.kind == textNode && n.text == "*" {
		ps.everyone = true
		ps.refs = append(ps.refs, PrincipalRef{Type: "*", Value: "*", Position: n.pos})
		return ps, nil
	}
	if n.kind != objectNode || len(n.fields) == 0 {
		return nil, fault(n, invalidPrincipal, "a principal is \"*\" or an object such as {\"AWS\": \"arn:aws:iam::111111111111:root\"}")
	}
	for _, f := range n.fields {
		values, ok := f.value.strings()
		if !ok {
			return nil, fault(f.value, invalidPrincipal, "%q needs a string or a list of strings", f.name)
		}
		for _, v := range values {
			if problem := ps.add(f.name, v.text); problem != "" {
				return nil, fault(v, invalidPrincipal, "%s", problem)
			}
			ps.refs = append(ps.refs, PrincipalRef{Type: f.name, Value: v.text, Position: v.pos})
		}
	}
	return ps, nil
}

func (ps *principals) add(kind, v string) string {
	switch kind {
	case "AWS":
		return ps.addAWS(v)
	case "Service":
		if !strings.Contains(v, ".") || strings.ContainsAny(v, "*? :/") {
			return quote(v) + " is not a service principal such as s3.amazonaws.com"
		}
		ps.services[v] = true
	case "CanonicalUser":
		if len(v) != 64 || strings.Trim(v, "0123456789abcdef") != "" {
			return quote(v) + " is not a canonical user id (64 hex digits)"
		}
		ps.canonical[v] = true
	case "Federated":
		// Only AssumeRoleWithSAML and AssumeRoleWithWebIdentity come as a
		// federated principal; no Principal of ours is one, so it names nobody.
		if v == "" || strings.ContainsAny(v, "*?") {
			return quote(v) + " is not an identity provider"
		}
	default:
		return "unknown kind of principal " + quote(kind)
	}
	return ""
}

func (ps *principals) addAWS(v string) string {
	if v == "*" {
		ps.allAWS = true
		return ""
	}
	if isAccountID(v) {
		ps.accounts[v] = true
		return ""
	}
	if strings.ContainsAny(v, "*?") {
		return quote(v) + " holds a wildcard; name everybody (\"*\") with an ArnLike condition on aws:PrincipalArn instead (AM-13)"
	}
	parts := splitARN(v)
	if parts == nil || !isPartition(parts[1]) || parts[3] != "" || !isAccountID(parts[4]) {
		return quote(v) + " is neither an account id nor the ARN of a user, role or session"
	}
	kind, name, _ := strings.Cut(parts[5], "/")
	if strings.HasSuffix(name, "/") {
		name = ""
	}
	switch {
	case parts[2] == "iam" && parts[5] == "root":
		ps.accounts[parts[4]] = true
	case parts[2] == "iam" && (kind == "user" || kind == "role") && name != "":
		ps.arns[v] = true
	case parts[2] == "sts" && kind == "assumed-role" && strings.Count(name, "/") == 1:
		ps.arns[v] = true
	case parts[2] == "sts" && kind == "federated-user" && name != "":
		ps.arns[v] = true
	default:
		return quote(v) + " cannot be a principal; accounts, users, roles and sessions can (AM-14)"
	}
	return ""
}

// named is the strongest way in which ps names p.
func (ps *principals) named(p Principal) Named {
	switch {
	case ps.everyone, ps.allAWS && p.Service == "":
		return ByEveryone
	case p.Service != "":
		if ps.services[p.Service] {
			return ByService
		}
		return NotNamed
	case p.anonymous():
		return NotNamed
	case ps.arns[p.ARN] && p.RoleARN != "":
		return BySession
	case p.RoleARN != "" && ps.arns[p.RoleARN]:
		return ByRole
	case ps.arns[p.ARN]:
		return ByUser
	case ps.inAccount(p):
		return ByAccount
	}
	return NotNamed
}

func (ps *principals) inAccount(p Principal) bool {
	return p.Account != "" && ps.accounts[p.Account] || p.CanonicalID != "" && ps.canonical[p.CanonicalID]
}

// spared reports whether a Deny with NotPrincipal leaves p alone: every form of
// p must be listed, the account, and for a session the role besides (AM-37).
func (ps *principals) spared(p Principal) bool {
	if ps.everyone {
		return true
	}
	if p.Service != "" {
		return ps.services[p.Service]
	}
	if p.anonymous() {
		return false
	}
	if ps.allAWS {
		return true
	}
	root := strings.HasSuffix(p.ARN, ":root")
	return ps.inAccount(p) && (root || ps.arns[p.ARN]) && (p.RoleARN == "" || ps.arns[p.RoleARN])
}

// matchPrincipal is how the statement names p; NotNamed: it is not about p.
func (s *Statement) matchPrincipal(p Principal) Named {
	if s.principal == nil {
		return ByEveryone // identity policies speak about their owner only
	}
	if s.notPrincipal {
		if s.principal.spared(p) {
			return NotNamed
		}
		return ByEveryone
	}
	if s.Effect == Deny && s.principal.allAWS {
		// Whether {"AWS":"*"} reaches a service is not documented (AM-12).
		// Refusing is the side on which nothing leaks.
		return ByEveryone
	}
	return s.principal.named(p)
}

func isPartition(s string) bool { return s == "aws" || s == "aws-cn" || s == "aws-us-gov" }

func isAccountID(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}
