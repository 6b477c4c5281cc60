package iam

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/access"
)

const trustDestination = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:root"},"Action":"sts:AssumeRole"}]}`

// clock is a settable clock.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func seeded(t *testing.T) (*Store, []Profile, *clock, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "accounts.json")
	c := &clock{time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	s, err := Open(path, c.now)
	if err != nil {
		t.Fatal(err)
	}
	profiles, err := s.Seed()
	if err != nil {
		t.Fatal(err)
	}
	return s, profiles, c, path
}

func TestSeedIsTheLabsContractAndStaysAcrossRestarts(t *testing.T) {
	s, first, c, path := seeded(t)
	if len(s.Accounts()) != 2 || len(first) != 3 {
		t.Fatalf("accounts %v, profiles %d", s.Accounts(), len(first))
	}
	s, err := Open(path, c.now)
	if err != nil {
		t.Fatal(err)
	}
	before, _ := os.Stat(path)
	again, err := s.Seed()
	if err != nil {
		t.Fatal(err)
	}
	after, _ := os.Stat(path)
	for i := range first {
		if first[i].Key.ID != again[i].Key.ID || first[i].Key.Secret != again[i].Key.Secret {
			t.Errorf("%s got another key", first[i].Name)
		}
	}
	if !os.SameFile(before, after) {
		t.Error("the file was written though nothing changed")
	}
	if before.Mode().Perm() != 0o600 {
		t.Errorf("the file with the secrets has mode %v", before.Mode())
	}
	for _, p := range again {
		caller, secret, err := s.Authenticate(p.Key.ID, "")
		if err != nil || secret != p.Key.Secret || caller.UserName != p.User || caller.Account != p.Account {
			t.Errorf("%s: %+v, %v", p.Name, caller, err)
		}
		allowed := access.Ask(caller, "s3:ListAllMyBuckets", "*", nil).Allowed
		if allowed != (p.User == "admin") {
			t.Errorf("%s: may list buckets: %v", p.Name, allowed)
		}
	}
}

func TestDamagedFilesAreReportedAndNeverReset(t *testing.T) {
	_, _, c, path := seeded(t)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]string{
		"empty file":                   "",
		"cut in half":                  string(good[:len(good)/2]),
		"text after the end":           string(good) + "{}",
		"a field that nobody knows":    strings.Replace(string(good), `"version"`, `"vendor": 1, "version"`, 1),
		"layout of a later version":    strings.Replace(string(good), `"version": 1`, `"version": 2`, 1),
		"an account id of 11 digits":   strings.Replace(string(good), `"111111111111"`, `"11111111111"`, 1),
		"two accounts with one id":     strings.Replace(string(good), `"id": "111111111111"`, `"id": "222222222222"`, 1),
		"a policy not understood":      strings.Replace(string(good), `\"Effect\"`, `\"effect\"`, 1),
		"session key of another size":  strings.Replace(string(good), `"session_key": "`, `"session_key": "QUFB`, 1),
		"a null account":               strings.Replace(string(good), `"accounts": [`, `"accounts": [null,`, 1),
		"not JSON but random bytes":    "\x00\x01\x02",
		"a user without a proper name": strings.Replace(string(good), `"operator"`, `"op erator"`, 1),
	}
	for name, text := range cases {
		if text == string(good) {
			t.Fatalf("%s: the case changes nothing", name)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(path, c.now)
		if transship.CodeOf(err) != transship.Damaged || len(transship.HintsOf(err)) == 0 {
			t.Errorf("%s: %v", name, err)
		}
		if left, _ := os.ReadFile(path); string(left) != text {
			t.Errorf("%s: the file was changed", name)
		}
	}
}

func TestAChangeThatCannotBeWrittenDidNotHappen(t *testing.T) {
	s, _, _, path := seeded(t)
	s.path = filepath.Join(filepath.Dir(path), "gone", "accounts.json")
	if _, err := s.CreateUser(SourceAccount, "new", ""); err == nil {
		t.Fatal("no error though the folder is missing")
	}
	if _, err := s.User(SourceAccount, "new"); transship.CodeOf(err) != transship.NotFound {
		t.Fatalf("the user is there: %v", err)
	}
	s.path = path
	if _, err := s.CreateUser(SourceAccount, "new", ""); err != nil {
		t.Fatal(err)
	}
}

func TestLeftoversOfACrashInTheMiddleOfAWriteAreSwept(t *testing.T) {
	_, _, c, path := seeded(t)
	left := path + ".new-123"
	if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, c.now); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("still there: %v", err)
	}
}

func TestSessionsSurviveARestartAndEndInTime(t *testing.T) {
	s, _, c, path := seeded(t)
	r, err := s.CreateRole(SourceAccount, NewRole{Name: "Copy", Path: "/team/", Trust: trustDestination})
	if err != nil {
		t.Fatal(err)
	}
	cred, err := s.IssueSession(r, "job-1", MinSession)
	if err != nil {
		t.Fatal(err)
	}
	if s, err = Open(path, c.now); err != nil {
		t.Fatal(err)
	}
	caller, secret, err := s.Authenticate(cred.AccessKeyID, cred.SessionToken)
	if err != nil || secret != cred.SecretAccessKey {
		t.Fatalf("after a restart: %v", err)
	}
	if caller.ARN != "arn:aws:sts::111111111111:assumed-role/Copy/job-1" || caller.RoleARN != "arn:aws:iam::111111111111:role/team/Copy" {
		t.Errorf("AM-32: %s of %s", caller.ARN, caller.RoleARN)
	}
	if caller.UserID != r.ID+":job-1" {
		t.Errorf("AM-36: user id %s", caller.UserID)
	}
	code := func(key, token string) string {
		_, _, err := s.Authenticate(key, token)
		var e *transship.Error
		errors.As(err, &e)
		if e == nil {
			return "accepted"
		}
		if strings.Contains(e.Error(), cred.SecretAccessKey) {
			t.Error("the secret is in the error")
		}
		return e.S3Code
	}
	other, _ := s.IssueSession(r, "job-2", MinSession)
	flipped := []byte(cred.SessionToken)
	flipped[20] ^= 1
	for name, got := range map[string][2]string{
		"no token":               {code(cred.AccessKeyID, ""), "InvalidAccessKeyId"},
		"another session's":      {code(cred.AccessKeyID, other.SessionToken), "InvalidToken"},
		"one bit changed":        {code(cred.AccessKeyID, string(flipped)), "InvalidToken"},
		"not base64":             {code(cred.AccessKeyID, "%%%"), "InvalidToken"},
		"much too long":          {code(cred.AccessKeyID, strings.Repeat("A", 10000)), "InvalidToken"},
		"unknown long-term key":  {code("AKIANOSUCHKEYATALL00", ""), "InvalidAccessKeyId"},
		"unknown temporary key":  {code("ASIANOSUCHKEYATALL00", other.SessionToken), "InvalidToken"},
		"empty key":              {code("", ""), "InvalidAccessKeyId"},
		"its own, still in time": {code(other.AccessKeyID, other.SessionToken), "accepted"},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %s, want %s", name, got[0], got[1])
		}
	}
	c.t = c.t.Add(MinSession - time.Second)
	if got := code(cred.AccessKeyID, cred.SessionToken); got != "accepted" {
		t.Errorf("in its last second: %s", got)
	}
	c.t = c.t.Add(time.Second)
	if got := code(cred.AccessKeyID, cred.SessionToken); got != "ExpiredToken" {
		t.Errorf("after its end: %s", got)
	}
}

func TestSessionsEndWithTheirRoleThoughItIsMadeAgain(t *testing.T) {
	s, _, _, _ := seeded(t)
	r, err := s.CreateRole(SourceAccount, NewRole{Name: "Copy", Trust: trustDestination})
	if err != nil {
		t.Fatal(err)
	}
	cred, err := s.IssueSession(r, "job-1", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteRole(SourceAccount, "Copy"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CreateRole(SourceAccount, NewRole{Name: "Copy", Trust: trustDestination}); err != nil {
		t.Fatal(err)
	}
	var e *transship.Error
	if _, _, err := s.Authenticate(cred.AccessKeyID, cred.SessionToken); !errors.As(err, &e) || e.S3Code != "InvalidAccessKeyId" {
		t.Fatalf("AM-15: %v", err)
	}
}

func TestPoliciesThatAreNotUnderstoodChangeNothing(t *testing.T) {
	s, _, _, _ := seeded(t)
	bad := []string{
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringMatches":{"aws:username":"x"}}}]}`,
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Effect":"Deny","Action":"s3:*","Resource":"*"}]}`,
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}]}`,
	}
	for _, doc := range bad {
		var e *transship.Error
		if err := s.PutUserPolicy(DestinationAccount, "operator", "p", doc); !errors.As(err, &e) || e.S3Code != "MalformedPolicyDocument" {
			t.Errorf("%s: %v", doc, err)
		}
	}
	if names, err := s.UserPolicies(DestinationAccount, "operator"); err != nil || len(names) != 0 {
		t.Errorf("%v, %v", names, err)
	}
	var e *transship.Error
	trust := strings.Replace(trustDestination, ":root", ":user/nobody", 1)
	if _, err := s.CreateRole(SourceAccount, NewRole{Name: "R", Trust: trust}); !errors.As(err, &e) || e.S3Code != "MalformedPolicyDocument" {
		t.Errorf("AM-17: a principal that does not exist: %v", err)
	}
	big := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::` + strings.Repeat("a", 2000) + `"]}]}`
	if err := s.PutUserPolicy(DestinationAccount, "operator", "p", big); !errors.As(err, &e) || e.S3Code != "LimitExceeded" {
		t.Errorf("AM-56: %v", err)
	}
}

func TestPrincipalsAreKnownByTheirExactARN(t *testing.T) {
	s, _, _, _ := seeded(t)
	if _, err := s.CreateRole(SourceAccount, NewRole{Name: "Copy", Path: "/team/", Trust: trustDestination}); err != nil {
		t.Fatal(err)
	}
	for arn, want := range map[string]bool{
		"arn:aws:iam::111111111111:root":                 true,
		"arn:aws:iam::111111111111:user/admin":           true,
		"arn:aws:iam::111111111111:role/team/Copy":       true,
		"arn:aws:sts::111111111111:assumed-role/Copy/s1": true,
		"arn:aws:iam::111111111111:role/Copy":            false, // AM-32: without its path
		"arn:aws:iam::111111111111:user/operator":        false,
		"arn:aws:iam::333333333333:root":                 false,
		"arn:aws-cn:iam::111111111111:root":              false,
		"arn:aws:sts::111111111111:assumed-role/Nope/s1": false,
		"AIDAEXAMPLE": false,
	} {
		if got := s.KnowsPrincipal(arn); got != want {
			t.Errorf("AM-17 %s: %v", arn, got)
		}
	}
}

func TestEnsureMakesOnceAndNeverMoves(t *testing.T) {
	s, _, _, _ := seeded(t)
	first, err := s.EnsureUser(SourceAccount, "ann", "/team/")
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.EnsureUser(SourceAccount, "ann", "/team/")
	if err != nil || again != first {
		t.Errorf("%+v, %v", again, err)
	}
	if _, err := s.EnsureUser(SourceAccount, "ann", "/other/"); transship.CodeOf(err) != transship.Conflict {
		t.Errorf("another path: %v", err)
	}
	r, err := s.EnsureRole(SourceAccount, NewRole{Name: "R", Trust: trustDestination})
	if err != nil {
		t.Fatal(err)
	}
	trust := strings.Replace(trustDestination, "222222222222", "111111111111", 1)
	changed, err := s.EnsureRole(SourceAccount, NewRole{Name: "R", Trust: trust, MaxSession: 2 * time.Hour})
	if err != nil || changed.ID != r.ID || string(changed.Trust.Source()) != trust || changed.MaxSession != 2*time.Hour {
		t.Errorf("%+v, %v", changed, err)
	}
	key, err := s.EnsureAccessKey(SourceAccount, "ann")
	if err != nil {
		t.Fatal(err)
	}
	if same, err := s.EnsureAccessKey(SourceAccount, "ann"); err != nil || same != key {
		t.Errorf("another key: %v", err)
	}
	if _, err := s.CreateAccessKey(SourceAccount, "ann"); err != nil {
		t.Fatal(err)
	}
	var e *transship.Error
	if _, err := s.CreateAccessKey(SourceAccount, "ann"); !errors.As(err, &e) || e.S3Code != "LimitExceeded" {
		t.Errorf("a third key: %v", err)
	}
}
