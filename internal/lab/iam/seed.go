package iam

// Profile is one seeded principal as it goes into the AWS credentials file.
type Profile struct {
	Name    string // "source", "destination", "operator"
	Account string
	User    string
	Key     AccessKey // with its secret
}

// The accounts of the lab's contract (DESIGN, "The lab's contract").
const (
	SourceAccount      = "111111111111"
	DestinationAccount = "222222222222"
)

// adminPolicy gives every right in the user's own account; another account's
// resources ask that account's policies too.
const adminPolicy = `{"Version":"2012-10-17","Statement":[{"Sid":"Everything","Effect":"Allow","Action":"*","Resource":"*"}]}`

// Seed makes what every lab has: two accounts, a user admin in each with all
// rights in its own account, and in the destination a user operator without
// any. What is there already stays as it is, keys included; a policy that
// somebody took away from admin does not come back.
func (s *Store) Seed() ([]Profile, error) {
	if _, ok := s.Account(SourceAccount); !ok {
		if _, err := s.EnsureAccount(SourceAccount, "source"); err != nil {
			return nil, err
		}
	}
	if _, ok := s.Account(DestinationAccount); !ok {
		if _, err := s.EnsureAccount(DestinationAccount, "destination"); err != nil {
			return nil, err
		}
	}
	profiles := []Profile{
		{Name: "source", Account: SourceAccount, User: "admin"},
		{Name: "destination", Account: DestinationAccount, User: "admin"},
		{Name: "operator", Account: DestinationAccount, User: "operator"},
	}
	for i := range profiles {
		p := &profiles[i]
		if _, err := s.User(p.Account, p.User); err != nil {
			if err := s.seedUser(p.Account, p.User); err != nil {
				return nil, err
			}
		}
		key, err := s.EnsureAccessKey(p.Account, p.User)
		if err != nil {
			return nil, err
		}
		p.Key = key
	}
	return profiles, nil
}

// seedUser makes the user and its policy in one change: a crash in between
// would leave an admin without rights for good.
func (s *Store) seedUser(accountID, name string) error {
	return s.change(func(st *state) error {
		a, err := st.find(accountID)
		if err != nil {
			return err
		}
		u := &user{Name: name, Path: "/", ID: s.newID("AIDA", 21), Created: s.created()}
		if name == "admin" {
			u.Policies = documents{"everything": adminPolicy}
		}
		a.Users = append(a.Users, u)
		return nil
	})
}
