package lab

import (
	"fmt"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/lab/iam"
)

// declare makes what the accounts file says, or the two usual accounts, and
// collects the profiles.
func (l *Lab) declare() error {
	f := l.cfg.Accounts
	if f == nil {
		seeded, err := l.accounts.Seed()
		for _, p := range seeded {
			l.profiles = append(l.profiles, Profile{Name: p.Name, Account: p.Account, User: p.User, AccessKey: p.Key.ID, Secret: p.Key.Secret})
		}
		return err
	}
	if err := f.check(); err != nil {
		return err
	}
	for _, step := range []func(*AccountsFile) error{l.declareUsers, l.declareRoles, l.declareBuckets} {
		if err := step(f); err != nil {
			return err
		}
	}
	for _, p := range f.profiles() {
		key, err := l.accounts.EnsureAccessKey(p.Account, p.User)
		if err != nil {
			return err
		}
		p.AccessKey, p.Secret = key.ID, key.Secret
		l.profiles = append(l.profiles, p)
	}
	return nil
}

// declareUsers comes first, for all accounts: policies of roles and buckets
// may name any user.
func (l *Lab) declareUsers(f *AccountsFile) error {
	for _, a := range f.Accounts {
		if _, err := l.accounts.EnsureAccount(a.ID, a.Name); err != nil {
			return f.because(a.line, "account "+a.ID, err)
		}
		for _, u := range a.Users {
			what := fmt.Sprintf("user %s of account %s", u.Name, a.ID)
			if _, err := l.accounts.EnsureUser(a.ID, u.Name, ""); err != nil {
				return f.because(u.line, what, err)
			}
			for _, p := range u.Policies {
				if _, err := l.accounts.UserPolicy(a.ID, u.Name, p.Name); err == nil {
					continue // there already, perhaps extended since
				}
				if err := l.accounts.PutUserPolicy(a.ID, u.Name, p.Name, p.Document.JSON); err != nil {
					return f.because(p.Document.Line, what+", policy "+p.Name, err)
				}
			}
		}
	}
	return nil
}

// declareRoles makes roles in an order in which each trusts only what is there
// already: a trust policy that names a role needs that one first.
func (l *Lab) declareRoles(f *AccountsFile) error {
	type pending struct {
		account string
		role    Role
	}
	var left []pending
	for _, a := range f.Accounts {
		for _, r := range a.Roles {
			left = append(left, pending{a.ID, r})
		}
	}
	for len(left) > 0 {
		var later []pending
		var first error
		for _, p := range left {
			if err := l.declareRole(f, p.account, p.role); err != nil {
				later = append(later, p)
				if first == nil {
					first = err
				}
			}
		}
		if len(later) == len(left) {
			return first
		}
		left = later
	}
	return nil
}

func (l *Lab) declareRole(f *AccountsFile, account string, r Role) error {
	what := fmt.Sprintf("role %s of account %s", r.Name, account)
	if _, err := l.accounts.Role(account, r.Name); err != nil {
		if _, err := l.accounts.CreateRole(account, iam.NewRole{Name: r.Name, Trust: r.Trust.JSON}); err != nil {
			return f.because(r.Trust.Line, what, err)
		}
	}
	for _, p := range r.Policies {
		if _, err := l.accounts.RolePolicy(account, r.Name, p.Name); err == nil {
			continue
		}
		if err := l.accounts.PutRolePolicy(account, r.Name, p.Name, p.Document.JSON); err != nil {
			return f.because(p.Document.Line, what+", policy "+p.Name, err)
		}
	}
	return nil
}

// because is a refusal by a service, with the line that asked for it.
func (f *AccountsFile) because(line int, what string, err error) error {
	where := f.Name
	if line > 0 {
		where = fmt.Sprintf("%s:%d", f.Name, line)
	}
	return &transship.Error{Code: transship.CodeOf(err), Op: "declare " + what, Message: "as " + where + " says", Err: err}
}
