package iam

import (
	"net/url"
	"strings"
	"time"
)

type roleXML struct {
	Path                     string
	RoleName                 string
	RoleId                   string
	Arn                      string
	CreateDate               string
	AssumeRolePolicyDocument string
	Description              string `xml:",omitempty"`
	MaxSessionDuration       int
}

func showRole(r Role) roleXML {
	x := roleXML{Path: r.Path, RoleName: r.Name, RoleId: r.ID, Arn: r.ARN, CreateDate: r.Created.UTC().Format(time.RFC3339),
		Description: r.Description, MaxSessionDuration: int(r.MaxSession / time.Second)}
	if r.Trust != nil {
		x.AssumeRolePolicyDocument = escape(string(r.Trust.Source()))
	}
	return x
}

// escape is how IAM sends documents: percent-encoded as RFC 3986 says.
func escape(document string) string {
	return strings.ReplaceAll(url.QueryEscape(document), "+", "%20")
}

func createRole(c *call) (any, error) {
	name, err := c.form.Need("RoleName")
	if err != nil {
		return nil, err
	}
	trust, err := c.form.Need("AssumeRolePolicyDocument")
	if err != nil {
		return nil, err
	}
	seconds, err := c.form.Int("MaxSessionDuration", 3600)
	if err != nil {
		return nil, err
	}
	n := NewRole{Name: name, Path: c.form.Get("Path"), Description: c.form.Get("Description"), MaxSession: time.Duration(seconds) * time.Second, Trust: trust}
	if n.Path == "" {
		n.Path = "/"
	}
	if seconds < 3600 || seconds > 43200 {
		return nil, invalid("MaxSessionDuration must be between 3600 and 43200 seconds.")
	}
	if err := c.may("arn:aws:iam::" + c.account() + ":role" + n.Path + name); err != nil {
		return nil, err
	}
	r, err := c.store.CreateRole(c.account(), n)
	return struct{ Role roleXML }{showRole(r)}, err
}

func getRole(c *call) (any, error) {
	name, err := c.form.Need("RoleName")
	if err == nil {
		err = c.may(c.roleResource(name))
	}
	if err != nil {
		return nil, err
	}
	r, err := c.store.Role(c.account(), name)
	return struct{ Role roleXML }{showRole(r)}, err
}

func listRoles(c *call) (any, error) {
	roles, err := c.store.Roles(c.account())
	if err != nil {
		return nil, err
	}
	roles = underPath(c, roles, func(r Role) string { return r.Path })
	roles, p, err := paged(c, roles, func(r Role) string { return r.Name })
	if err == nil {
		err = c.may("arn:aws:iam::" + c.account() + ":role/")
	}
	if err != nil {
		return nil, err
	}
	out := struct {
		Roles struct {
			Member []roleXML `xml:"member"`
		}
		page
	}{page: p}
	for _, r := range roles {
		out.Roles.Member = append(out.Roles.Member, showRole(r))
	}
	return out, nil
}

func deleteRole(c *call) (any, error) {
	name, err := c.form.Need("RoleName")
	if err == nil {
		err = c.may(c.roleResource(name))
	}
	if err == nil {
		err = c.store.DeleteRole(c.account(), name)
	}
	return nil, err
}

func updateTrust(c *call) (any, error) {
	name, err := c.form.Need("RoleName")
	if err != nil {
		return nil, err
	}
	document, err := c.form.Need("PolicyDocument")
	if err == nil {
		err = c.may(c.roleResource(name))
	}
	if err == nil {
		err = c.store.UpdateTrust(c.account(), name, document)
	}
	return nil, err
}
