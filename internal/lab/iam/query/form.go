package query

import (
	"fmt"
	"net/url"
	"sort"
	"strconv"

	"github.com/transship/transship"
)

// MaxBody is the largest form that is read, in bytes: a policy document, twice
// percent-encoded, with room.
const MaxBody = 1 << 20

// The API versions that tell the two services apart.
const (
	IAMVersion = "2010-05-08"
	STSVersion = "2011-06-15"
)

// Form is one request's parameters. It remembers which were asked for.
type Form struct {
	Action  string
	Version string
	values  url.Values
	read    map[string]bool
}

// Parse reads a body of type application/x-www-form-urlencoded. A parameter
// given twice is refused.
func Parse(body []byte) (*Form, error) {
	if len(body) > MaxBody {
		return nil, Errorf("RequestEntityTooLarge", 413, "the form has more than %d bytes", MaxBody)
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, Errorf("MalformedQueryString", 400, "The query string contains a syntax error")
	}
	for name, v := range values {
		if len(v) != 1 {
			return nil, Errorf("MalformedQueryString", 400, "the parameter %.60q is given %d times", name, len(v))
		}
	}
	f := &Form{values: values, read: map[string]bool{}}
	f.Action, f.Version = f.Get("Action"), f.Get("Version")
	if f.Action == "" {
		return nil, Errorf("MissingAction", 400, "the request has no Action")
	}
	return f, nil
}

// Get is an optional parameter.
func (f *Form) Get(name string) string {
	f.read[name] = true
	return f.values.Get(name)
}

// Need is a required parameter; the error is AWS's ValidationError.
func (f *Form) Need(name string) (string, error) {
	v := f.Get(name)
	if v == "" {
		return "", Errorf("ValidationError", 400, "1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null", name)
	}
	return v, nil
}

// Int is an optional whole number; absent where it is not there.
func (f *Form) Int(name string, absent int) (int, error) {
	v := f.Get(name)
	if v == "" {
		return absent, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		return 0, Errorf("MalformedInput", 400, "%s is not a number", name)
	}
	return n, nil
}

// Unread refuses a request with parameters that nobody asked for: the lab does
// not do what they want, and says so.
func (f *Form) Unread() error {
	var names []string
	for name, v := range f.values {
		if !f.read[name] && v[0] != "" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	sort.Strings(names)
	return Errorf("NotImplemented", 501, "%s with the parameter %.60s is not implemented here", f.Action, names[0])
}

// NotImplemented is the answer to an action that is not there.
func NotImplemented(action string) error {
	return Errorf("NotImplemented", 501, "the action %.60q is not implemented here", action)
}

// Errorf is an error as the service would answer it.
func Errorf(code string, status int, format string, args ...any) error {
	kind := transship.Invalid
	switch status {
	case 403:
		kind = transship.Denied
	case 404:
		kind = transship.NotFound
	case 409:
		kind = transship.Conflict
	case 501:
		kind = transship.Unsupported
	}
	return &transship.Error{Code: kind, S3Code: code, Status: status, Message: fmt.Sprintf(format, args...)}
}
