package iam

import (
	"bytes"
	"sync"
	"testing"

	"github.com/transship/transship/internal/access"
)

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"version":1,"session_key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","accounts":[{"id":"111111111111","users":[{"name":"a","path":"/","policies":{"p":"{}"}}],"roles":[null]}]}`))
	f.Add([]byte(`{"version":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		st, err := decode(data)
		if err != nil {
			return
		}
		s := &Store{}
		if s.adopt(st) != nil {
			return
		}
		text, err := encode(st)
		if err != nil {
			t.Fatal(err)
		}
		again, err := decode(text)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if second, err := encode(again); err != nil || !bytes.Equal(text, second) {
			t.Fatalf("read and written it is another: %v", err)
		}
	})
}

func TestReadersAndWritersMayMeet(t *testing.T) {
	s, profiles, _, path := seeded(t)
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Add(2)
		name := string(rune('a' + w))
		go func() {
			defer wg.Done()
			if _, err := s.EnsureUser(SourceAccount, name, ""); err != nil {
				t.Error(err)
			}
			if err := s.PutUserPolicy(SourceAccount, name, "p", adminPolicy); err != nil {
				t.Error(err)
			}
		}()
		go func() {
			defer wg.Done()
			for range 200 {
				caller, _, err := s.Authenticate(profiles[0].Key.ID, "")
				if err != nil || !access.Ask(caller, "s3:ListAllMyBuckets", "*", nil).Allowed {
					t.Errorf("%v", err)
				}
				s.Accounts()
			}
		}()
	}
	wg.Wait()
	again, err := Open(path, s.now)
	if err != nil {
		t.Fatal(err)
	}
	users, err := again.Users(SourceAccount)
	if err != nil || len(users) != 5 {
		t.Fatalf("%v, %v", users, err)
	}
}
