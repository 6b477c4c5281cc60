package iam

import (
	"slices"
	"time"
)

// User is one user without its secrets.
type User struct {
	Account string
	Name    string
	Path    string
	ID      string // AIDA...
	ARN     string
	Created time.Time
}

func (a *account) userARN(u *user) string { return "arn:aws:iam::" + a.ID + ":user" + u.Path + u.Name }

func (a *account) publicUser(u *user) User {
	return User{Account: a.ID, Name: u.Name, Path: u.Path, ID: u.ID, ARN: a.userARN(u), Created: u.Created}
}

// CreateUser makes a user; an empty path means "/". EntityAlreadyExists where
// the name is taken, whatever its case.
func (s *Store) CreateUser(accountID, name, path string) (User, error) {
	return s.makeUser(accountID, name, path, false)
}

// EnsureUser is CreateUser where the user is missing. A path that is given and
// is not the user's is EntityAlreadyExists.
func (s *Store) EnsureUser(accountID, name, path string) (User, error) {
	return s.makeUser(accountID, name, path, true)
}

func (s *Store) makeUser(accountID, name, path string, ensure bool) (User, error) {
	given := path != ""
	if !given {
		path = "/"
	}
	if err := checkName("user", name, 64); err != nil {
		return User{}, err
	}
	if err := checkPath(path); err != nil {
		return User{}, err
	}
	var out User
	err := s.change(func(st *state) error {
		a, err := st.find(accountID)
		if err != nil {
			return err
		}
		u, err := a.user(name)
		if err != nil {
			u = &user{Name: name, Path: path, ID: s.newID("AIDA", 21), Created: s.created()}
			a.Users = append(a.Users, u)
		} else if !ensure || given && u.Path != path {
			return exists("User", name)
		}
		out = a.publicUser(u)
		return nil
	})
	return out, err
}

// User is one user, or NoSuchEntity.
func (s *Store) User(accountID, name string) (User, error) {
	var out User
	err := s.readUser(accountID, name, func(a *account, u *user) { out = a.publicUser(u) })
	return out, err
}

// Users lists an account's users by name.
func (s *Store) Users(accountID string) ([]User, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	a, err := s.state.find(accountID)
	if err != nil {
		return nil, err
	}
	var out []User
	for _, u := range a.Users {
		out = append(out, a.publicUser(u))
	}
	slices.SortFunc(out, func(x, y User) int { return compareNames(x.Name, y.Name) })
	return out, nil
}

// DeleteUser removes a user that has neither keys nor policies any more.
func (s *Store) DeleteUser(accountID, name string) error {
	return s.change(func(st *state) error {
		a, u, err := st.userOf(accountID, name)
		if err != nil {
			return err
		}
		if len(u.Keys) > 0 {
			return conflict("Cannot delete entity, must delete access keys first.")
		}
		if len(u.Policies) > 0 {
			return conflict("Cannot delete entity, must delete policies first.")
		}
		a.Users = slices.DeleteFunc(a.Users, func(x *user) bool { return x == u })
		return nil
	})
}

func (st *state) userOf(accountID, name string) (*account, *user, error) {
	a, err := st.find(accountID)
	if err != nil {
		return nil, nil, err
	}
	u, err := a.user(name)
	return a, u, err
}

func (s *Store) readUser(accountID, name string, fn func(*account, *user)) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	a, u, err := s.state.userOf(accountID, name)
	if err == nil {
		fn(a, u)
	}
	return err
}
