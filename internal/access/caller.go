package access

import (
	"strings"

	"github.com/transship/transship/iampolicy"
)

// Caller is who makes a call, as its credentials prove. The zero Caller is
// anonymous.
type Caller struct {
	Account      string // 12 digits; empty for services and for nobody
	CanonicalID  string // of Account, 64 hex digits
	ARN          string // user, root or session ARN, as GetCallerIdentity prints it
	RoleARN      string // of a session: its role's ARN with path (AM-32)
	Service      string // "s3.amazonaws.com" where a service calls
	Root         bool   // the account's root user (AM-18)
	UserID       string // AIDA..., AROA...:session, or the account id for root (AM-36)
	UserName     string // users only; not sessions, not root
	Organization string // "o-..." of Account; empty: none (AM-290)

	// Identity holds the user's or the role's own policies (AM-119).
	Identity []*iampolicy.Policy
}

// Anonymous reports whether nobody signed.
func (c Caller) Anonymous() bool { return c.ARN == "" && c.Service == "" }

// String is the caller's ARN, service name, or "anonymous".
func (c Caller) String() string {
	switch {
	case c.ARN != "":
		return c.ARN
	case c.Service != "":
		return c.Service
	}
	return "anonymous"
}

// PrincipalARN is what aws:PrincipalArn holds: for a session its role (AM-35).
func (c Caller) PrincipalARN() string {
	if c.RoleARN != "" {
		return c.RoleARN
	}
	return c.ARN
}

func (c Caller) principal() iampolicy.Principal {
	return iampolicy.Principal{Account: c.Account, ARN: c.ARN, RoleARN: c.RoleARN, Service: c.Service, CanonicalID: c.CanonicalID}
}

// principalType is the value of aws:PrincipalType.
func (c Caller) principalType() string {
	switch {
	case c.Service != "":
		return "Service"
	case c.Anonymous():
		return "Anonymous"
	case c.Root:
		return "Account"
	case c.RoleARN != "":
		return "AssumedRole"
	case strings.Contains(c.ARN, ":federated-user/"):
		return "FederatedUser"
	}
	return "User"
}
