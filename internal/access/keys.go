package access

import (
	"fmt"
	"strings"

	"github.com/transship/transship/iampolicy"
)

// CheckKeys refuses a policy with a condition or variable on an aws:, s3:, iam:
// or sts: key that nothing here ever fills. Such a condition would be decided
// as if the key were absent, which is wrong in silence. Keys of other services
// cannot occur in a call of these, so they are left alone.
func CheckKeys(p *iampolicy.Policy) error {
	for _, ref := range p.ConditionKeys() {
		service, _, _ := strings.Cut(ref.Key, ":")
		switch service {
		case "aws", "s3", "iam", "sts":
			if !knownKey(ref.Key) {
				return &iampolicy.Error{
					Message: "Policy has an invalid condition key", Line: ref.Position.Line, Column: ref.Position.Column,
					Detail: fmt.Sprintf("the key %q is not known here", ref.Key),
				}
			}
		}
	}
	return nil
}

func knownKey(key string) bool {
	switch key {
	case "aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:principalorgid", "aws:principalisawsservice",
		"aws:principalservicename", "aws:userid", "aws:username", "aws:resourceaccount", "aws:securetransport",
		"aws:currenttime", "aws:epochtime", "aws:sourceip", "aws:useragent", "aws:referer", "aws:requestedregion",
		"aws:sourceaccount", "aws:sourcearn",
		// Absent in truth: no caller here comes through an endpoint, with a
		// second factor, or over TLS, and no object is locked (AM-131).
		"aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip", "aws:multifactorauthpresent", "aws:multifactorauthage",
		"aws:viaawsservice", "aws:calledvia", "aws:federatedprovider", "aws:principalorgpaths", "aws:resourceorgid",
		"aws:resourceorgpaths", "aws:sourceorgid", "aws:sourceorgpaths", "s3:tlsversion",
		"s3:object-lock-legal-hold", "s3:object-lock-mode", "s3:object-lock-remaining-retention-days", "s3:object-lock-retain-until-date",
		"s3:resourceaccount", "s3:authtype", "s3:signatureversion", "s3:versionid",
		"s3:prefix", "s3:delimiter", "s3:max-keys", "s3:requestobjecttagkeys", "s3:if-match", "s3:if-none-match",
		"s3:locationconstraint", "s3:x-amz-content-sha256", "s3:x-amz-object-ownership", "aws:tagkeys",
		"s3:dataaccesspointarn", "s3:dataaccesspointaccount", "s3:accesspointnetworkorigin",
		"s3:requestjoboperation", "s3:requestjobpriority", "s3:existingjoboperation", "s3:existingjobpriority", "s3:jobsuspendedcause",
		"iam:passedtoservice",
		"sts:externalid", "sts:rolesessionname":
		return true
	}
	for _, prefix := range []string{"s3:existingobjecttag/", "s3:requestobjecttag/", "aws:principaltag/", "aws:requesttag/"} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	if name, ok := strings.CutPrefix(key, "s3:"); ok {
		for _, header := range headerKeys() {
			if name == header {
				return true
			}
		}
	}
	return false
}
