package iam

import "strings"

// The four actions on inline policies are the same for users and roles but for
// the word in the parameter and where the policy is kept.

// owner reads whose policy is meant; resource is the ARN to ask about.
func (c *call) owner() (isUser bool, name, resource string, err error) {
	if isUser = strings.Contains(c.form.Action, "User"); isUser {
		name, err = c.form.Need("UserName")
		return isUser, name, c.userResource(name), err
	}
	name, err = c.form.Need("RoleName")
	return isUser, name, c.roleResource(name), err
}

func putInlinePolicy(c *call) (any, error) {
	isUser, name, resource, err := c.owner()
	if err != nil {
		return nil, err
	}
	policy, err := c.form.Need("PolicyName")
	if err != nil {
		return nil, err
	}
	document, err := c.form.Need("PolicyDocument")
	if err == nil {
		err = c.may(resource)
	}
	switch {
	case err != nil:
	case isUser:
		err = c.store.PutUserPolicy(c.account(), name, policy, document)
	default:
		err = c.store.PutRolePolicy(c.account(), name, policy, document)
	}
	return nil, err
}

func getInlinePolicy(c *call) (any, error) {
	isUser, name, resource, err := c.owner()
	if err != nil {
		return nil, err
	}
	policy, err := c.form.Need("PolicyName")
	if err == nil {
		err = c.may(resource)
	}
	if err != nil {
		return nil, err
	}
	if isUser {
		doc, err := c.store.UserPolicy(c.account(), name, policy)
		return struct{ UserName, PolicyName, PolicyDocument string }{name, policy, escape(doc)}, err
	}
	doc, err := c.store.RolePolicy(c.account(), name, policy)
	return struct{ RoleName, PolicyName, PolicyDocument string }{name, policy, escape(doc)}, err
}

func listInlinePolicies(c *call) (any, error) {
	isUser, name, resource, err := c.owner()
	if err != nil {
		return nil, err
	}
	list := c.store.RolePolicies
	if isUser {
		list = c.store.UserPolicies
	}
	names, missing := list(c.account(), name)
	names, p, err := paged(c, names, func(s string) string { return s })
	if err == nil {
		err = c.may(resource)
	}
	if err == nil {
		err = missing
	}
	out := struct {
		PolicyNames struct {
			Member []string `xml:"member"`
		}
		page
	}{page: p}
	out.PolicyNames.Member = names
	return out, err
}

func deleteInlinePolicy(c *call) (any, error) {
	isUser, name, resource, err := c.owner()
	if err != nil {
		return nil, err
	}
	policy, err := c.form.Need("PolicyName")
	if err == nil {
		err = c.may(resource)
	}
	switch {
	case err != nil:
	case isUser:
		err = c.store.DeleteUserPolicy(c.account(), name, policy)
	default:
		err = c.store.DeleteRolePolicy(c.account(), name, policy)
	}
	return nil, err
}
