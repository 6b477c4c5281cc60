package iam

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/transship/transship"
	"github.com/transship/transship/iampolicy"
)

// index checks a state while it builds the lookups over it: ids and names are
// unique, keys belong to one owner, every policy parses.
type index struct {
	store    *Store
	accounts map[string]*account
	keys     map[string]keyOwner
	policies map[policyText]*iampolicy.Policy
}

func (x *index) account(a *account) error {
	if a == nil {
		return fmt.Errorf("an account is null")
	}
	if err := transship.CheckAccountID(a.ID); err != nil {
		return err
	}
	if x.accounts[a.ID] != nil {
		return fmt.Errorf("account %s is there twice", a.ID)
	}
	x.accounts[a.ID] = a
	if err := x.owned(a, nil, a.RootKeys); err != nil {
		return err
	}
	names := map[string]bool{}
	for _, u := range a.Users {
		if u == nil || checkName("user", u.Name, 64) != nil || checkPath(u.Path) != nil || names["user "+fold(u.Name)] {
			return fmt.Errorf("account %s has a user without a proper name, or twice", a.ID)
		}
		names["user "+fold(u.Name)] = true
		if err := x.owned(a, u, u.Keys); err != nil {
			return err
		}
		var err error
		if u.compiled, err = x.compile(u.Policies); err != nil {
			return fmt.Errorf("user %s of account %s: %w", u.Name, a.ID, err)
		}
	}
	for _, r := range a.Roles {
		if r == nil || checkName("role", r.Name, 64) != nil || checkPath(r.Path) != nil || names["role "+fold(r.Name)] {
			return fmt.Errorf("account %s has a role without a proper name, or twice", a.ID)
		}
		names["role "+fold(r.Name)] = true
		var err error
		if r.compiled, err = x.compile(r.Policies); err == nil {
			r.trust, err = x.policy(r.Trust, iampolicy.Trust)
		}
		if err != nil {
			return fmt.Errorf("role %s of account %s: %w", r.Name, a.ID, err)
		}
	}
	return nil
}

func (x *index) owned(a *account, u *user, keys []*accessKey) error {
	for _, k := range keys {
		if k == nil || len(k.ID) < 16 || k.Secret == "" {
			return fmt.Errorf("account %s has an access key without id or secret", a.ID)
		}
		if _, ok := x.keys[k.ID]; ok {
			return fmt.Errorf("access key %s is there twice", k.ID)
		}
		x.keys[k.ID] = keyOwner{account: a, user: u, key: k}
	}
	return nil
}

func (x *index) compile(docs documents) ([]*iampolicy.Policy, error) {
	var out []*iampolicy.Policy
	for _, name := range docs.names() {
		p, err := x.policy(docs[name], iampolicy.Identity)
		if err != nil {
			return nil, fmt.Errorf("policy %s: %w", name, err)
		}
		out = append(out, p)
	}
	return out, nil
}

// policy compiles a text, or takes what was compiled from the same text before.
func (x *index) policy(text string, kind iampolicy.Kind) (*iampolicy.Policy, error) {
	key := policyText{kind, text}
	p := x.policies[key]
	if p == nil {
		p = x.store.policies[key]
	}
	if p == nil {
		var err error
		if p, err = iampolicy.Parse([]byte(text), kind); err != nil {
			return nil, err
		}
	}
	x.policies[key] = p
	return p, nil
}

func (d documents) names() []string {
	names := make([]string, 0, len(d))
	for name := range d {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(compareNames(a, b), strings.Compare(a, b)) })
	return names
}
