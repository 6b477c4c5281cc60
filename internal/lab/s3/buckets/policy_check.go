package buckets

import (
	"errors"
	"slices"
	"strings"

	"github.com/transship/transship"
	"github.com/transship/transship/iampolicy"
	"github.com/transship/transship/internal/lab/s3/call"
	"github.com/transship/transship/internal/lab/s3/reply"
)

// checkPolicy refuses what AWS refuses in a bucket's policy, and what this
// server would never fill in, so that no condition is silently without effect.
func checkPolicy(c *call.Call, p *iampolicy.Policy) error {
	var wrong *iampolicy.Error
	if err := p.CheckBucket(c.Bucket); errors.As(err, &wrong) {
		return reply.Say("MalformedPolicy", wrong.Message).With("Detail", wrong.Detail)
	} else if err != nil {
		return reply.New("MalformedPolicy")
	}
	for _, k := range p.ConditionKeys() {
		if !knownKey(k.Key) {
			return reply.Say("MalformedPolicy", "Policy has an invalid condition key").With("Detail", k.Key)
		}
	}
	for _, ref := range p.Principals() {
		if !principalExists(c, ref) {
			return reply.Say("MalformedPolicy", "Invalid principal in policy").With("Detail", ref.Value) // AM-17
		}
	}
	return nil
}

func principalExists(c *call.Call, ref iampolicy.PrincipalRef) bool {
	switch ref.Type {
	case "CanonicalUser":
		_, ok := c.Directory.ByCanonical(ref.Value)
		return ok
	case "AWS":
		account := ref.Value
		if parts := strings.SplitN(ref.Value, ":", 6); len(parts) == 6 {
			account = parts[4]
		}
		if transship.CheckAccountID(account) != nil { // "*", or a canonical id
			return true
		}
		if _, _, ok := c.Directory.Account(account); !ok {
			return false
		}
		if account == ref.Value || strings.HasSuffix(ref.Value, ":root") || c.KnownPrincipal == nil {
			return true
		}
		return c.KnownPrincipal(ref.Value)
	}
	return true
}

// knownKey reports whether a condition key has a meaning here: it is filled
// in, or it is absent because what it speaks of does not exist in the lab.
func knownKey(key string) bool {
	for _, family := range []string{"s3:existingobjecttag/", "s3:requestobjecttag/", "aws:principaltag/", "s3:x-amz-grant-"} {
		if strings.HasPrefix(key, family) {
			return true
		}
	}
	return slices.Contains([]string{
		"aws:currenttime", "aws:epochtime", "aws:principalaccount", "aws:principalarn", "aws:principalisawsservice",
		"aws:principalorgid", "aws:principalservicename", "aws:principaltype", "aws:referer", "aws:requestedregion",
		"aws:resourceaccount", "aws:securetransport", "aws:sourceip", "aws:useragent", "aws:userid", "aws:username",
		"aws:viaawsservice",
		"s3:authtype", "s3:delimiter", "s3:if-match", "s3:if-none-match", "s3:locationconstraint", "s3:max-keys",
		"s3:prefix", "s3:requestobjecttagkeys", "s3:resourceaccount", "s3:signatureversion", "s3:versionid",
		"s3:x-amz-acl", "s3:x-amz-content-sha256", "s3:x-amz-copy-source", "s3:x-amz-metadata-directive",
		"s3:x-amz-object-ownership", "s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id",
		"s3:x-amz-storage-class", "s3:x-amz-website-redirect-location",
		// Never there: no VPC, access point, MFA, organization path or lock.
		"aws:multifactorauthage", "aws:multifactorauthpresent", "aws:principalorgpaths", "aws:resourceorgid",
		"aws:resourceorgpaths", "aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths",
		"aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip", "s3:accesspointnetworkorigin", "s3:dataaccesspointaccount",
		"s3:dataaccesspointarn", "s3:object-lock-legal-hold", "s3:object-lock-mode", "s3:object-lock-remaining-retention-days",
		"s3:object-lock-retain-until-date", "s3:tlsversion",
	}, key)
}
