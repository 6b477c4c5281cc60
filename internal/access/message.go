package access

import (
	"fmt"
	"strings"
)

// Message is the text that AWS puts into AccessDenied: with the reason within
// one account or organization, "Access Denied" otherwise (AM-290, AM-291). One
// reason only (AM-292); Blockers has the others.
func (d Decision) Message() string {
	if d.Allowed {
		return ""
	}
	if !d.enriched || d.caller == "" {
		return "Access Denied"
	}
	return d.Explain()
}

// Explain is the text with the reason, also where AWS would not give it.
func (d Decision) Explain() string {
	if d.Allowed {
		return ""
	}
	who := d.caller
	if who == "" {
		who = "anonymous"
	}
	resource := d.Resource
	if strings.HasPrefix(strings.ToLower(d.Action), "s3:") {
		resource = `"` + resource + `"`
	}
	return fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s %s", who, d.Action, resource, d.because())
}

// because is the reason in AWS's words (access model, section 17).
func (d Decision) because() string {
	reason := "because no role trust policy allows the " + d.Action + " action"
	switch {
	case d.Layer == TrustLayer && d.Explicit:
		reason = "with an explicit deny in the role trust policy"
	case d.Layer == TrustLayer:
	case d.Layer == IdentityLayer && d.Explicit:
		reason = "with an explicit deny in an identity-based policy"
	case d.Layer == IdentityLayer:
		reason = "because no identity-based policy allows the " + d.Action + " action"
	case d.Explicit:
		reason = "with an explicit deny in a resource-based policy"
	default:
		reason = "because no resource-based policy allows the " + d.Action + " action"
	}
	return reason
}
