package iam

import (
	"slices"
	"time"
)

// AccessKey is a long-term key. Secret is filled only where it was just made
// or is asked for by EnsureAccessKey; never print it outside a credentials file.
type AccessKey struct {
	UserName string // empty: the account's root user
	ID       string // AKIA...
	Secret   string
	Active   bool
	Created  time.Time
}

// maxKeys is IAM's quota of access keys a user.
const maxKeys = 2

// CreateAccessKey makes a key for a user, or with an empty name for the
// account's root user. LimitExceeded for the third.
func (s *Store) CreateAccessKey(accountID, userName string) (AccessKey, error) {
	return s.makeKey(accountID, userName, false)
}

// EnsureAccessKey is the user's first active key, made where there is none.
func (s *Store) EnsureAccessKey(accountID, userName string) (AccessKey, error) {
	return s.makeKey(accountID, userName, true)
}

func (s *Store) makeKey(accountID, userName string, ensure bool) (AccessKey, error) {
	var out AccessKey
	err := s.change(func(st *state) error {
		keys, name, err := st.keysOf(accountID, userName)
		if err != nil {
			return err
		}
		for _, k := range *keys {
			if ensure && !k.Inactive {
				out = k.public(name)
				out.Secret = k.Secret
				return nil
			}
		}
		if len(*keys) >= maxKeys {
			return limit("Cannot exceed quota for AccessKeysPerUser: %d", maxKeys)
		}
		k := &accessKey{ID: s.newID("AKIA", 20), Secret: s.newSecret(), Created: s.created()}
		*keys = append(*keys, k)
		out = k.public(name)
		out.Secret = k.Secret
		return nil
	})
	return out, err
}

func (k *accessKey) public(userName string) AccessKey {
	return AccessKey{UserName: userName, ID: k.ID, Active: !k.Inactive, Created: k.Created}
}

// AccessKeys lists a user's keys, without secrets.
func (s *Store) AccessKeys(accountID, userName string) ([]AccessKey, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	keys, name, err := s.state.keysOf(accountID, userName)
	if err != nil {
		return nil, err
	}
	var out []AccessKey
	for _, k := range *keys {
		out = append(out, k.public(name))
	}
	return out, nil
}

// DeleteAccessKey removes a key of a user; NoSuchEntity where it is not its own.
func (s *Store) DeleteAccessKey(accountID, userName, keyID string) error {
	return s.change(func(st *state) error {
		keys, _, err := st.keysOf(accountID, userName)
		if err != nil {
			return err
		}
		n := len(*keys)
		*keys = slices.DeleteFunc(*keys, func(k *accessKey) bool { return k.ID == keyID })
		if len(*keys) == n {
			return noSuchKey(keyID)
		}
		return nil
	})
}

// keysOf is where a user's keys, or root's, are kept, and the name as created.
func (st *state) keysOf(accountID, userName string) (*[]*accessKey, string, error) {
	a, err := st.find(accountID)
	if err != nil {
		return nil, "", err
	}
	if userName == "" {
		return &a.RootKeys, "", nil
	}
	u, err := a.user(userName)
	if err != nil {
		return nil, "", err
	}
	return &u.Keys, u.Name, nil
}
