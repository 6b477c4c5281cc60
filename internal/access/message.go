package access

import (
	"fmt"
	"strings"
)

// Message is the text that AWS puts into AccessDenied. S3 gives the reason within
// one account or organization and "Access Denied" otherwise (AM-290, AM-291);
// other services leave out the reason only. One reason (AM-292); Blockers has
// the others.
func (d Decision) Message() string {
	switch {
	case d.Allowed:
		return ""
	case d.enriched && d.caller != "":
		return d.Explain()
	case d.caller == "" || d.aboutS3():
		return "Access Denied"
	}
	return d.who()
}

// Explain is the text with the reason, also where AWS would not give it.
func (d Decision) Explain() string {
	if d.Allowed {
		return ""
	}
	return d.who() + " " + d.because()
}

func (d Decision) aboutS3() bool { return strings.HasPrefix(strings.ToLower(d.Action), "s3:") }

// who is the text without its reason.
func (d Decision) who() string {
	who, resource := d.caller, d.Resource
	if who == "" {
		who = "anonymous"
	}
	if d.aboutS3() {
		resource = `"` + resource + `"`
	}
	return fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s", who, d.Action, resource)
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
