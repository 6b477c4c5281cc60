package lab

import (
	"fmt"
	"strings"

	"github.com/transship/transship"
)

// AccountsFile declares what a lab starts with (docs/lab.md) instead of the two
// usual accounts. What is there already is left as it is: a second start with
// the same file changes nothing.
type AccountsFile struct {
	Name     string // of the file, for messages
	Accounts []Account
	Buckets  []Bucket
}

// Account is one account with its users and roles.
type Account struct {
	ID    string // 12 digits
	Name  string // also the profile of its user admin
	Users []User
	Roles []Role
	line  int
}

// User is an IAM user; it gets an access key and a profile.
type User struct {
	Name     string
	Profile  string // empty: see profileNames
	Policies []Policy
	line     int
}

// Role is an IAM role.
type Role struct {
	Name     string
	Trust    Document
	Policies []Policy
	line     int
}

// Policy is an inline policy.
type Policy struct {
	Name     string
	Document Document
}

// Document is a policy as JSON text and the line on which it begins; 0: not
// from a file.
type Document struct {
	JSON string
	Line int
}

// Bucket is a bucket that the lab creates, empty.
type Bucket struct {
	Name       string
	Account    string // id or name
	Versioning string // Enabled, Suspended or empty
	Ownership  string // BucketOwnerEnforced, BucketOwnerPreferred, ObjectWriter; empty: AWS's default
	Policy     Document
	line       int
}

// bad is an error that names the file and the line.
func (f *AccountsFile) bad(line int, format string, args ...any) error {
	where := f.Name
	if line > 0 {
		where = fmt.Sprintf("%s:%d", f.Name, line)
	}
	return &transship.Error{Code: transship.Invalid, Op: "read " + where, Message: fmt.Sprintf(format, args...),
		Hint: "docs/lab.md describes the accounts file"}
}

// account finds an account by id or name.
func (f *AccountsFile) account(ref string) (Account, bool) {
	for _, a := range f.Accounts {
		if a.ID == ref || a.Name == ref {
			return a, true
		}
	}
	return Account{}, false
}

// check looks for what no single field shows: things that are named twice and
// things that are named and not there.
func (f *AccountsFile) check() error {
	seen := map[string]bool{}
	again := func(kind, name string) bool {
		was := seen[kind+"\x00"+name]
		seen[kind+"\x00"+name] = true
		return was
	}
	if len(f.Accounts) == 0 {
		return f.bad(0, "it declares no account")
	}
	for _, a := range f.Accounts {
		switch {
		case transship.CheckAccountID(a.ID) != nil:
			return f.bad(a.line, "id: %q is not an account id of 12 digits", a.ID)
		case a.Name == "":
			return f.bad(a.line, "account %s has no name", a.ID)
		case again("account", a.ID), again("account", a.Name):
			return f.bad(a.line, "account %s (%s) is declared twice", a.ID, a.Name)
		}
		for _, u := range a.Users {
			if u.Name == "" {
				return f.bad(u.line, "a user of account %s has no name", a.ID)
			}
			if again("user "+a.ID, strings.ToLower(u.Name)) { // IAM's names differ by more than case
				return f.bad(u.line, "user %s of account %s is declared twice", u.Name, a.ID)
			}
		}
		for _, r := range a.Roles {
			switch {
			case r.Name == "":
				return f.bad(r.line, "a role of account %s has no name", a.ID)
			case r.Trust.JSON == "":
				return f.bad(r.line, "role %s of account %s has no trust policy", r.Name, a.ID)
			case again("role "+a.ID, strings.ToLower(r.Name)):
				return f.bad(r.line, "role %s of account %s is declared twice", r.Name, a.ID)
			}
		}
	}
	for _, b := range f.Buckets {
		if b.Name == "" {
			return f.bad(b.line, "a bucket has no name")
		}
		if _, ok := f.account(b.Account); !ok {
			return f.bad(b.line, "bucket %s: account %q is not declared", b.Name, b.Account)
		}
		if again("bucket", b.Name) {
			return f.bad(b.line, "bucket %s is declared twice", b.Name)
		}
	}
	names := map[string]bool{}
	for _, p := range f.profiles() {
		if names[p.Name] {
			return f.bad(0, "two users would have the profile %s: give one of them another with profile:", p.Name)
		}
		names[p.Name] = true
	}
	return nil
}

// profiles names one for each user, without keys: what the file says; the
// account's name for its admin; the user's own name, where no other account
// has a user of that name and no account is called so; account-user otherwise.
func (f *AccountsFile) profiles() []Profile {
	taken := map[string]int{}
	for _, a := range f.Accounts {
		taken[a.Name]++
		for _, u := range a.Users {
			taken[u.Name]++
		}
	}
	var out []Profile
	for _, a := range f.Accounts {
		for _, u := range a.Users {
			p := Profile{Name: u.Profile, Account: a.ID, User: u.Name}
			switch {
			case p.Name != "":
			case u.Name == "admin":
				p.Name = a.Name
			case taken[u.Name] == 1:
				p.Name = u.Name
			default:
				p.Name = a.Name + "-" + u.Name
			}
			out = append(out, p)
		}
	}
	return out
}
