package iam

import (
	"sort"

	"github.com/transship/transship"
)

// Account is one account of the lab.
type Account struct {
	ID           string // 12 digits
	Name         string // shown as the owner's display name
	CanonicalID  string // 64 hex digits
	Organization string // "o-..." or empty
}

func (a *account) public() Account {
	return Account{ID: a.ID, Name: a.Name, CanonicalID: a.CanonicalID, Organization: a.Organization}
}

// Accounts lists all accounts by id.
func (s *Store) Accounts() []Account {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make([]Account, 0, len(s.accounts))
	for _, a := range s.accounts {
		out = append(out, a.public())
	}
	sort.Slice(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out
}

// Account is the account with this id; false: there is none.
func (s *Store) Account(id string) (Account, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if a := s.accounts[id]; a != nil {
		return a.public(), true
	}
	return Account{}, false
}

// AccountByCanonical finds an account by its canonical id.
func (s *Store) AccountByCanonical(id string) (Account, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, a := range s.accounts {
		if a.CanonicalID == id {
			return a.public(), true
		}
	}
	return Account{}, false
}

// EnsureAccount makes the account unless it is there; a name that is given
// replaces the old one.
func (s *Store) EnsureAccount(id, name string) (Account, error) {
	if err := transship.CheckAccountID(id); err != nil {
		return Account{}, err
	}
	var out Account
	err := s.change(func(st *state) error {
		a, err := st.find(id)
		if err != nil {
			a = &account{ID: id, Name: id, CanonicalID: s.newCanonicalID()}
			st.Accounts = append(st.Accounts, a)
		}
		if name != "" {
			a.Name = name
		}
		out = a.public()
		return nil
	})
	return out, err
}

// SetOrganization puts an account into an organization, or with "" out of it.
// Within one organization refusals carry their reason (AM-290).
func (s *Store) SetOrganization(id, organization string) error {
	return s.change(func(st *state) error {
		a, err := st.find(id)
		if err == nil {
			a.Organization = organization
		}
		return err
	})
}
