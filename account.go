package transship

import (
	"fmt"
	"strings"
)

// CheckAccountID reports whether id is an AWS account id: exactly 12 digits
// (S3 Control API, shape AccountId).
func CheckAccountID(id string) error {
	if len(id) == 12 && strings.Trim(id, "0123456789") == "" {
		return nil
	}
	return &Error{Code: Invalid, Message: fmt.Sprintf("account id %q is not 12 digits", id)}
}

// Principal is somebody who makes a call: a user, a role session, an account's
// root or a service.
type Principal struct {
	Account string // 12 digits; empty for a service
	ARN     string // as sts get-caller-identity prints it; the service name for a service
}

// String is the principal's ARN, or "anonymous".
func (p Principal) String() string {
	if p.ARN == "" {
		return "anonymous"
	}
	return p.ARN
}

// RoleName splits a role ARN, arn:aws:iam::ACCOUNT:role/path/NAME, into its
// account and its name without the path (AM-32).
func RoleName(arn string) (account, name string, err error) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "iam" || !strings.HasPrefix(parts[5], "role/") {
		return "", "", &Error{Code: Invalid, Message: fmt.Sprintf("%q is not a role ARN (arn:aws:iam::ACCOUNT:role/NAME)", arn)}
	}
	if err := CheckAccountID(parts[4]); err != nil {
		return "", "", err
	}
	name = parts[5][strings.LastIndexByte(parts[5], '/')+1:]
	if name == "" {
		return "", "", &Error{Code: Invalid, Message: fmt.Sprintf("role ARN %q has no name", arn)}
	}
	return parts[4], name, nil
}
