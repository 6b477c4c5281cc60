package transship

import (
	"errors"
	"fmt"
	"strings"
)

// Code is the kind of an [Error]. It decides HTTP status, retry and exit code,
// each in the room that needs it.
type Code string

// The kinds of errors.
const (
	Invalid      Code = "invalid"      // the request is wrong; asking again changes nothing
	NotFound     Code = "not found"    // no such job, bucket, key or version
	Denied       Code = "denied"       // authenticated or not, the caller may not
	Conflict     Code = "conflict"     // somebody else changed it first
	IllegalState Code = "state"        // the job's state does not allow it
	Precondition Code = "precondition" // a condition on the request was not met (HTTP 412)
	Idempotency  Code = "idempotency"  // token used before with other parameters
	Throttled    Code = "throttled"    // slow down and ask again
	Unavailable  Code = "unavailable"  // passing fault; the outcome may be unknown
	Damaged      Code = "damaged"      // data that was read is not what was written
	Unsupported  Code = "unsupported"  // not there, and said so
	Internal     Code = "internal"     // everything else
)

// Error says what was being done, for whom, what refused it and what to do
// next. Empty fields are left out of the text.
type Error struct {
	Code    Code
	Op      string // what was being done: "copy", "read the manifest"
	Account string // 12 digits, or a profile's name
	Bucket  string
	Key     string
	Message string
	Hint    string // what to do next; printed on a line of its own
	S3Code  string // the store's own code: NoSuchKey, AccessDenied
	Status  int    // HTTP status of the store's answer; 0: there was none
	Err     error  // cause
}

// Error is one line without the hint.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Bucket != "" {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(e.Bucket)
		if e.Key != "" {
			b.WriteString("/" + e.Key)
		}
	}
	if e.Account != "" {
		b.WriteString(" (account " + e.Account + ")")
	}
	parts := []string{}
	if b.Len() > 0 {
		parts = append(parts, b.String())
	}
	if e.S3Code != "" {
		if e.Status != 0 {
			parts = append(parts, fmt.Sprintf("%s (HTTP %d)", e.S3Code, e.Status))
		} else {
			parts = append(parts, e.S3Code)
		}
	}
	if e.Message != "" {
		parts = append(parts, e.Message)
	}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	if len(parts) == 0 {
		return string(e.Code)
	}
	return strings.Join(parts, ": ")
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf is the code of the outermost [Error] in err's chain, and [Internal]
// where there is none.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// HintsOf collects the hints in err's chain, outermost first.
func HintsOf(err error) []string {
	var hints []string
	for err != nil {
		var e *Error
		if !errors.As(err, &e) {
			break
		}
		if e.Hint != "" {
			hints = append(hints, e.Hint)
		}
		err = e.Err
	}
	return hints
}
