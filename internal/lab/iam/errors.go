package iam

import (
	"errors"
	"fmt"
	"strings"

	"github.com/transship/transship"
	"github.com/transship/transship/iampolicy"
)

// The errors carry IAM's own code in S3Code and its HTTP status, so that the
// doors print them as they are.

func noSuch(kind, name string) error {
	return &transship.Error{Code: transship.NotFound, S3Code: "NoSuchEntity", Status: 404,
		Message: fmt.Sprintf("The %s with name %s cannot be found.", kind, name)}
}

func exists(kind, name string) error {
	return &transship.Error{Code: transship.Conflict, S3Code: "EntityAlreadyExists", Status: 409,
		Message: fmt.Sprintf("%s with name %s already exists.", kind, name)}
}

func conflict(format string, args ...any) error {
	return &transship.Error{Code: transship.Conflict, S3Code: "DeleteConflict", Status: 409, Message: fmt.Sprintf(format, args...)}
}

func limit(format string, args ...any) error {
	return &transship.Error{Code: transship.Conflict, S3Code: "LimitExceeded", Status: 409, Message: fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) error {
	return &transship.Error{Code: transship.Invalid, S3Code: "ValidationError", Status: 400, Message: fmt.Sprintf(format, args...)}
}

// malformed turns iampolicy's error into IAM's.
func malformed(op string, err error) error {
	e := &transship.Error{Code: transship.Invalid, Op: op, S3Code: "MalformedPolicyDocument", Status: 400, Message: err.Error()}
	var place *iampolicy.Error
	if errors.As(err, &place) && place.Pointer != "" {
		e.Hint = "look at " + place.Pointer + " in the document"
	}
	return e
}

// checkName takes IAM's names: letters, digits and +=,.@_-
func checkName(kind, name string, max int) error {
	if name == "" || len(name) > max {
		return invalid("The specified value for %sName is invalid. It must have 1 to %d characters.", kind, max)
	}
	for _, c := range name {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("+=,.@_-", c)) {
			return invalid("The specified value for %sName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-", kind)
		}
	}
	return nil
}

// checkPath takes "/" or "/a/b/".
func checkPath(path string) error {
	ok := path == "/" || len(path) <= 512 && strings.HasPrefix(path, "/") && strings.HasSuffix(path, "/")
	for _, c := range path {
		ok = ok && c > 0x20 && c < 0x7f
	}
	if !ok {
		return invalid("The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.")
	}
	return nil
}

func fold(s string) string { return strings.ToLower(s) }

func noSuchKey(id string) error {
	return &transship.Error{Code: transship.NotFound, S3Code: "NoSuchEntity", Status: 404,
		Message: "The Access Key with id " + id + " cannot be found."}
}

// compareNames orders as IAM lists: without regard to case.
func compareNames(a, b string) int { return strings.Compare(fold(a), fold(b)) }
