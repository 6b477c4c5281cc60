package iam

import (
	"slices"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/iampolicy"
	"github.com/transship/transship/internal/access"
)

// Role is one role.
type Role struct {
	Account     string
	Name        string
	Path        string
	ID          string // AROA...
	ARN         string
	Created     time.Time
	Description string
	MaxSession  time.Duration
	Trust       *iampolicy.Policy
}

// NewRole says what a role is made of. Path empty: "/". MaxSession zero: one hour.
type NewRole struct {
	Name        string
	Path        string
	Description string
	MaxSession  time.Duration // 1 to 12 hours
	Trust       string        // policy document
}

func (a *account) roleARN(r *role) string { return "arn:aws:iam::" + a.ID + ":role" + r.Path + r.Name }

func (a *account) publicRole(r *role) Role {
	return Role{Account: a.ID, Name: r.Name, Path: r.Path, ID: r.ID, ARN: a.roleARN(r), Created: r.Created,
		Description: r.Description, MaxSession: time.Duration(r.MaxSession) * time.Second, Trust: r.trust}
}

// CreateRole makes a role. EntityAlreadyExists where the name is taken,
// MalformedPolicyDocument where the trust policy is not understood or names a
// principal that does not exist (AM-17).
func (s *Store) CreateRole(accountID string, n NewRole) (Role, error) {
	return s.makeRole(accountID, n, false)
}

// EnsureRole is CreateRole where the role is missing; where it is there, its
// trust policy, description and longest session are set. A path
// that is given and is not the role's is EntityAlreadyExists.
func (s *Store) EnsureRole(accountID string, n NewRole) (Role, error) {
	return s.makeRole(accountID, n, true)
}

func (s *Store) makeRole(accountID string, n NewRole, ensure bool) (Role, error) {
	given := n.Path != ""
	if !given {
		n.Path = "/"
	}
	if n.MaxSession == 0 {
		n.MaxSession = time.Hour
	}
	if err := checkName("role", n.Name, 64); err != nil {
		return Role{}, err
	}
	if err := checkPath(n.Path); err != nil {
		return Role{}, err
	}
	if n.MaxSession < time.Hour || n.MaxSession > 12*time.Hour {
		return Role{}, invalid("MaxSessionDuration must be between 3600 and 43200 seconds.")
	}
	if len(n.Description) > 1000 {
		return Role{}, invalid("Description has more than 1000 characters.")
	}
	err := s.change(func(st *state) error {
		a, err := st.find(accountID)
		if err != nil {
			return err
		}
		r, err := a.role(n.Name)
		if err != nil {
			r = &role{Name: n.Name, Path: n.Path, ID: s.newID("AROA", 21), Created: s.created()}
			a.Roles = append(a.Roles, r)
		} else if !ensure || given && r.Path != n.Path {
			return exists("Role", n.Name)
		}
		r.Description, r.MaxSession = n.Description, int(n.MaxSession/time.Second)
		return st.setTrust(r, n.Trust)
	})
	if err != nil {
		return Role{}, err
	}
	return s.Role(accountID, n.Name)
}

// setTrust checks the document; the principals must exist after this change,
// so that a role may name itself.
func (st *state) setTrust(r *role, text string) error {
	p, err := iampolicy.Parse([]byte(text), iampolicy.Trust)
	if err == nil {
		err = access.CheckKeys(p)
	}
	if err == nil {
		err = st.checkPrincipals(p)
	}
	if err != nil {
		return malformed("set the trust policy of role "+r.Name, err)
	}
	r.Trust = text
	return nil
}

// Role is one role by name, or NoSuchEntity.
func (s *Store) Role(accountID, name string) (Role, error) {
	var out Role
	err := s.readRole(accountID, name, func(a *account, r *role) { out = a.publicRole(r) })
	return out, err
}

// RoleByARN is the role with exactly this ARN, path included.
func (s *Store) RoleByARN(arn string) (Role, error) {
	accountID, name, err := transship.RoleName(arn)
	if err != nil {
		return Role{}, err
	}
	r, err := s.Role(accountID, name)
	if err == nil && r.ARN != arn {
		return Role{}, noSuch("role", name)
	}
	return r, err
}

// Roles lists an account's roles by name.
func (s *Store) Roles(accountID string) ([]Role, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	a, err := s.state.find(accountID)
	if err != nil {
		return nil, err
	}
	var out []Role
	for _, r := range a.Roles {
		out = append(out, a.publicRole(r))
	}
	slices.SortFunc(out, func(x, y Role) int { return compareNames(x.Name, y.Name) })
	return out, nil
}

// DeleteRole removes a role without policies; its sessions end with it.
func (s *Store) DeleteRole(accountID, name string) error {
	return s.change(func(st *state) error {
		a, r, err := st.roleOf(accountID, name)
		if err != nil {
			return err
		}
		if len(r.Policies) > 0 {
			return conflict("Cannot delete entity, must delete policies first.")
		}
		a.Roles = slices.DeleteFunc(a.Roles, func(x *role) bool { return x == r })
		return nil
	})
}

// UpdateTrust replaces a role's trust policy.
func (s *Store) UpdateTrust(accountID, name, document string) error {
	return s.change(func(st *state) error {
		_, r, err := st.roleOf(accountID, name)
		if err != nil {
			return err
		}
		return st.setTrust(r, document)
	})
}

func (st *state) roleOf(accountID, name string) (*account, *role, error) {
	a, err := st.find(accountID)
	if err != nil {
		return nil, nil, err
	}
	r, err := a.role(name)
	return a, r, err
}

func (s *Store) readRole(accountID, name string, fn func(*account, *role)) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	a, r, err := s.state.roleOf(accountID, name)
	if err == nil {
		fn(a, r)
	}
	return err
}
