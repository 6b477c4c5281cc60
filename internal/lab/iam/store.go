package iam

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/iampolicy"
)

// Store is the lab's accounts. Its methods may be called by several goroutines.
type Store struct {
	path   string
	now    func() time.Time
	random io.Reader

	mu       sync.RWMutex
	state    *state
	text     []byte // state as it is on disk
	accounts map[string]*account
	keys     map[string]keyOwner
	policies map[policyText]*iampolicy.Policy
	seal     cipher.AEAD
}

type keyOwner struct {
	account *account
	user    *user // nil: root
	key     *accessKey
}

type policyText struct {
	kind iampolicy.Kind
	text string
}

// Open reads the file at path, or starts an empty store that is written at its
// first change. A file that is damaged is an error with code Damaged. One
// process at a time may use a file; its folder's lock is the caller's.
func Open(path string, now func() time.Time) (*Store, error) {
	s := &Store{path: path, now: now, random: rand.Reader}
	st, err := readFile(path)
	if err != nil {
		return nil, err
	}
	sweep(path)
	if st == nil {
		st = &state{Version: fileVersion, SessionKey: s.bytes(32)}
	} else if s.text, err = encode(st); err != nil {
		return nil, damaged(path, err)
	}
	if err := s.adopt(st); err != nil {
		return nil, damaged(path, err)
	}
	return s, nil
}

// change applies fn to a copy, writes it, and only then shows it to readers.
// What fn returns as an error leaves everything as it was. An unchanged copy is
// not written, so that the Ensure methods cost nothing at the next start.
func (s *Store) change(fn func(*state) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	text, err := encode(s.state)
	if err != nil {
		return &transship.Error{Code: transship.Internal, Op: "copy the lab's accounts", Err: err}
	}
	next, err := decode(text)
	if err != nil {
		return &transship.Error{Code: transship.Internal, Op: "copy the lab's accounts", Err: err}
	}
	if err := fn(next); err != nil {
		return err
	}
	if text, err = encode(next); err != nil {
		return &transship.Error{Code: transship.Internal, Op: "write the lab's accounts", Err: err}
	}
	if bytes.Equal(text, s.text) {
		return nil
	}
	before := s.state
	if err := s.adopt(next); err != nil {
		return err
	}
	if err := writeFile(s.path, text); err != nil {
		if e := s.adopt(before); e != nil {
			err = fmt.Errorf("%w; %w", err, e)
		}
		return &transship.Error{Code: transship.Internal, Op: "write the lab's accounts", Err: err}
	}
	s.text = text
	return nil
}

// adopt checks st and builds the indexes over it.
func (s *Store) adopt(st *state) error {
	block, err := aes.NewCipher(st.SessionKey)
	if err != nil {
		return err
	}
	seal, err := cipher.NewGCM(block)
	if err != nil {
		return err
	}
	x := &index{store: s, accounts: map[string]*account{}, keys: map[string]keyOwner{}, policies: map[policyText]*iampolicy.Policy{}}
	for _, a := range st.Accounts {
		if err := x.account(a); err != nil {
			return err
		}
	}
	s.state, s.accounts, s.keys, s.policies, s.seal = st, x.accounts, x.keys, x.policies, seal
	return nil
}

// bytes are n random bytes. crypto/rand never fails; another source that does
// would be a fault of the program.
func (s *Store) bytes(n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(s.random, b); err != nil {
		panic("iam: no randomness: " + err.Error())
	}
	return b
}

// newID is an id in AWS's form: prefix (AIDA, AROA: 21 characters, AKIA, ASIA: 20).
func (s *Store) newID(prefix string, length int) string {
	text := base32.StdEncoding.EncodeToString(s.bytes(20))
	return prefix + text[:length-len(prefix)]
}

// newSecret is 40 characters as AWS's are.
func (s *Store) newSecret() string { return base64.StdEncoding.EncodeToString(s.bytes(30)) }

func (s *Store) newCanonicalID() string { return hex.EncodeToString(s.bytes(32)) }

func (s *Store) created() time.Time { return s.now().UTC().Truncate(time.Second) }

// find is the account in st, or NoSuchEntity.
func (st *state) find(id string) (*account, error) {
	for _, a := range st.Accounts {
		if a.ID == id {
			return a, nil
		}
	}
	return nil, noSuch("account", id)
}

func (a *account) user(name string) (*user, error) {
	for _, u := range a.Users {
		if strings.EqualFold(u.Name, name) {
			return u, nil
		}
	}
	return nil, noSuch("user", name)
}

func (a *account) role(name string) (*role, error) {
	for _, r := range a.Roles {
		if strings.EqualFold(r.Name, name) {
			return r, nil
		}
	}
	return nil, noSuch("role", name)
}
