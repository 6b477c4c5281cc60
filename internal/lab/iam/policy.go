package iam

import (
	"fmt"
	"strings"

	"github.com/transship/transship"
	"github.com/transship/transship/iampolicy"
	"github.com/transship/transship/internal/access"
)

// Inline policies of one user or role may have this many characters in all,
// white space not counted (IAM quotas).
const (
	userPolicyLimit = 2048
	rolePolicyLimit = 10240
)

// PutUserPolicy sets one inline policy of a user. A document that is not
// understood is MalformedPolicyDocument and changes nothing.
func (s *Store) PutUserPolicy(accountID, userName, policyName, document string) error {
	return s.change(func(st *state) error {
		_, u, err := st.userOf(accountID, userName)
		if err != nil {
			return err
		}
		return putPolicy(&u.Policies, "user "+u.Name, policyName, document, userPolicyLimit)
	})
}

// PutRolePolicy sets one inline policy of a role.
func (s *Store) PutRolePolicy(accountID, roleName, policyName, document string) error {
	return s.change(func(st *state) error {
		_, r, err := st.roleOf(accountID, roleName)
		if err != nil {
			return err
		}
		return putPolicy(&r.Policies, "role "+r.Name, policyName, document, rolePolicyLimit)
	})
}

// UserPolicy is the document as it was put.
func (s *Store) UserPolicy(accountID, userName, policyName string) (string, error) {
	var doc string
	var ok bool
	err := s.readUser(accountID, userName, func(_ *account, u *user) { doc, ok = u.Policies[policyName] })
	return found(doc, ok, userName, policyName, err)
}

// RolePolicy is the document as it was put.
func (s *Store) RolePolicy(accountID, roleName, policyName string) (string, error) {
	var doc string
	var ok bool
	err := s.readRole(accountID, roleName, func(_ *account, r *role) { doc, ok = r.Policies[policyName] })
	return found(doc, ok, roleName, policyName, err)
}

func found(doc string, ok bool, owner, policyName string, err error) (string, error) {
	if err == nil && !ok {
		err = noSuch("policy of "+owner, policyName)
	}
	return doc, err
}

// UserPolicies lists the names of a user's inline policies.
func (s *Store) UserPolicies(accountID, userName string) ([]string, error) {
	var names []string
	err := s.readUser(accountID, userName, func(_ *account, u *user) { names = u.Policies.names() })
	return names, err
}

// RolePolicies lists the names of a role's inline policies.
func (s *Store) RolePolicies(accountID, roleName string) ([]string, error) {
	var names []string
	err := s.readRole(accountID, roleName, func(_ *account, r *role) { names = r.Policies.names() })
	return names, err
}

// DeleteUserPolicy removes one inline policy.
func (s *Store) DeleteUserPolicy(accountID, userName, policyName string) error {
	return s.change(func(st *state) error {
		_, u, err := st.userOf(accountID, userName)
		if err != nil {
			return err
		}
		return u.Policies.remove("user "+u.Name, policyName)
	})
}

// DeleteRolePolicy removes one inline policy.
func (s *Store) DeleteRolePolicy(accountID, roleName, policyName string) error {
	return s.change(func(st *state) error {
		_, r, err := st.roleOf(accountID, roleName)
		if err != nil {
			return err
		}
		return r.Policies.remove("role "+r.Name, policyName)
	})
}

func (d documents) remove(owner, policyName string) error {
	if _, ok := d[policyName]; !ok {
		return noSuch("policy of "+owner, policyName)
	}
	delete(d, policyName)
	return nil
}

func putPolicy(docs *documents, owner, policyName, document string, max int) error {
	if err := checkName("policy", policyName, 128); err != nil {
		return err
	}
	p, err := iampolicy.Parse([]byte(document), iampolicy.Identity)
	if err == nil {
		err = access.CheckKeys(p)
	}
	if err != nil {
		return malformed("put policy "+policyName+" of "+owner, err)
	}
	if *docs == nil {
		*docs = documents{}
	}
	(*docs)[policyName] = document
	total := 0
	for _, text := range *docs {
		total += weigh(text)
	}
	if total > max {
		return limit("Maximum policy size of %d bytes exceeded for %s", max, owner)
	}
	return nil
}

// weigh counts what counts towards a quota.
func weigh(document string) int {
	n := 0
	for _, c := range document {
		if !strings.ContainsRune(" \t\r\n", c) {
			n++
		}
	}
	return n
}

// CheckPrincipals refuses a policy that names an account, user, role or
// canonical id which does not exist in the lab (AM-17). For bucket policies the
// door answers MalformedPolicy with this error's Message.
func (s *Store) CheckPrincipals(p *iampolicy.Policy) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.state.checkPrincipals(p); err != nil {
		return &transship.Error{Code: transship.Invalid, S3Code: "MalformedPolicy", Status: 400,
			Message: "Invalid principal in policy", Err: err,
			Hint: "create the user or role first; its name and path must be exact"}
	}
	return nil
}

// KnowsPrincipal reports whether an account's root, a user, a role or a
// session's role exists under exactly this ARN (AM-17).
func (s *Store) KnowsPrincipal(arn string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.state.knows(iampolicy.PrincipalRef{Type: "AWS", Value: arn})
}

func (st *state) checkPrincipals(p *iampolicy.Policy) error {
	for _, ref := range p.Principals() {
		if !st.knows(ref) {
			return &iampolicy.Error{
				Message: fmt.Sprintf("Invalid principal in policy: %q:%q", ref.Type, ref.Value),
				Detail:  "there is no such principal", Line: ref.Position.Line, Column: ref.Position.Column,
			}
		}
	}
	return nil
}

func (st *state) knows(ref iampolicy.PrincipalRef) bool {
	switch ref.Type {
	case "CanonicalUser":
		for _, a := range st.Accounts {
			if a.CanonicalID == ref.Value {
				return true
			}
		}
		return false
	case "AWS":
	default:
		return true
	}
	if ref.Value == "*" {
		return true
	}
	id, rest := ref.Value, "root"
	if parts := strings.SplitN(ref.Value, ":", 6); len(parts) == 6 {
		if parts[1] != "aws" {
			return false // the lab is one partition
		}
		id, rest = parts[4], parts[5]
	}
	a, err := st.find(id)
	if err != nil {
		return false
	}
	kind, name, _ := strings.Cut(rest, "/")
	base := name[strings.LastIndexByte(name, '/')+1:]
	switch kind {
	case "user":
		u, err := a.user(base)
		return err == nil && a.userARN(u) == ref.Value
	case "role":
		r, err := a.role(base)
		return err == nil && a.roleARN(r) == ref.Value
	case "assumed-role":
		roleName, _, _ := strings.Cut(name, "/")
		_, err := a.role(roleName)
		return err == nil
	}
	return true // root; federated-user
}
