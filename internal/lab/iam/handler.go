package iam

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/iampolicy"
	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/iam/query"
)

// Handler answers IAM's Query API for the caller's own account. Actions that
// it does not know are 501 NotImplemented, by name.
type Handler struct {
	Store *Store
	NewID func() string // request ids
	Log   func(error)   // internal errors; may be nil
}

// action does one thing. It reads all parameters, asks call.may, and answers
// the result's elements, or nil.
type action func(*call) (any, error)

// call is one request on its way.
type call struct {
	store  *Store
	form   *query.Form
	caller access.Caller
	ctx    iampolicy.Context
}

// Serve answers one request whose signature has been checked: caller is who
// made it. body is the whole form.
func (h *Handler) Serve(w http.ResponseWriter, r *http.Request, caller access.Caller, body []byte) {
	id := h.NewID()
	form, err := query.Parse(body)
	var result any
	if err == nil {
		c := &call{store: h.Store, form: form, caller: caller, ctx: requestContext(r, h.Store.now())}
		result, err = c.run()
	}
	if err != nil {
		var e *transship.Error
		if h.Log != nil && (!errors.As(err, &e) || e.S3Code == "") {
			h.Log(err)
		}
		query.Fail(w, query.IAMVersion, id, err)
		return
	}
	query.Answer(w, query.IAMVersion, form.Action, id, result)
}

func (c *call) run() (any, error) {
	if c.form.Version != query.IAMVersion {
		return nil, query.Errorf("NoSuchVersion", 400, "IAM speaks version %s", query.IAMVersion)
	}
	do := find(c.form.Action)
	if do == nil {
		return nil, query.NotImplemented(c.form.Action)
	}
	if c.caller.Anonymous() {
		return nil, query.Errorf("MissingAuthenticationToken", 403, "Request is missing Authentication Token")
	}
	return do(c)
}

// find is the table of what is there.
func find(name string) action {
	switch name {
	case "CreateUser":
		return createUser
	case "GetUser":
		return getUser
	case "ListUsers":
		return listUsers
	case "DeleteUser":
		return deleteUser
	case "CreateAccessKey":
		return createAccessKey
	case "ListAccessKeys":
		return listAccessKeys
	case "DeleteAccessKey":
		return deleteAccessKey
	case "CreateRole":
		return createRole
	case "GetRole":
		return getRole
	case "ListRoles":
		return listRoles
	case "DeleteRole":
		return deleteRole
	case "UpdateAssumeRolePolicy":
		return updateTrust
	case "PutUserPolicy", "PutRolePolicy":
		return putInlinePolicy
	case "GetUserPolicy", "GetRolePolicy":
		return getInlinePolicy
	case "ListUserPolicies", "ListRolePolicies":
		return listInlinePolicies
	case "DeleteUserPolicy", "DeleteRolePolicy":
		return deleteInlinePolicy
	}
	return nil
}

// may asks the caller's identity policies, after the form was read to its end:
// a parameter that nobody read is refused first.
func (c *call) may(resource string) error {
	if err := c.form.Unread(); err != nil {
		return err
	}
	d := access.Ask(c.caller, "iam:"+c.form.Action, resource, c.ctx)
	if d.Allowed {
		return nil
	}
	return query.Errorf("AccessDenied", http.StatusForbidden, "%s", d.Message())
}

func (c *call) account() string { return c.caller.Account }

// userResource is the ARN that permissions speak of; a user that does not exist
// is asked about at the root path.
func (c *call) userResource(name string) string {
	if u, err := c.store.User(c.account(), name); err == nil {
		return u.ARN
	}
	return "arn:aws:iam::" + c.account() + ":user/" + name
}

func (c *call) roleResource(name string) string {
	if r, err := c.store.Role(c.account(), name); err == nil {
		return r.ARN
	}
	return "arn:aws:iam::" + c.account() + ":role/" + name
}

// userName is the parameter, or the calling user's own name.
func (c *call) userName() (string, error) {
	name := c.form.Get("UserName")
	if name == "" {
		name = c.caller.UserName
	}
	if name == "" && !c.caller.Root {
		return "", query.Errorf("ValidationError", 400, "Must specify userName when calling with non-User credentials")
	}
	return name, nil
}

// page cuts a list as Marker and MaxItems ask; the marker is the last name seen.
type page struct {
	IsTruncated bool
	Marker      string `xml:",omitempty"`
}

func paged[T any](c *call, all []T, name func(T) string) ([]T, page, error) {
	max, err := c.form.Int("MaxItems", 100)
	if err != nil || max < 1 || max > 1000 {
		return nil, page{}, query.Errorf("ValidationError", 400, "MaxItems must be between 1 and 1000")
	}
	if marker := c.form.Get("Marker"); marker != "" {
		for len(all) > 0 && compareNames(name(all[0]), marker) <= 0 {
			all = all[1:]
		}
	}
	if len(all) <= max {
		return all, page{}, nil
	}
	all = all[:max]
	return all, page{IsTruncated: true, Marker: name(all[max-1])}, nil
}

// underPath keeps what lies under PathPrefix.
func underPath[T any](c *call, all []T, path func(T) string) []T {
	prefix := c.form.Get("PathPrefix")
	var out []T
	for _, x := range all {
		if strings.HasPrefix(path(x), prefix) {
			out = append(out, x)
		}
	}
	return out
}

// requestContext is what an HTTP request brings to conditions.
func requestContext(r *http.Request, now time.Time) iampolicy.Context {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = ""
	}
	return access.Request{Secure: r.TLS != nil, Time: now, SourceIP: host, UserAgent: r.UserAgent(), Referer: r.Referer()}.Context("")
}
