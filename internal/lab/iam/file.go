package iam

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/iampolicy"
)

// fileVersion is the only layout there is.
const fileVersion = 1

// maxFile bounds what is read from disk.
const maxFile = 64 << 20

// state is the file's content. Everything below it is owned by the Store and
// never changed in place: a change is made to a copy.
type state struct {
	Version    int        `json:"version"`
	SessionKey []byte     `json:"session_key"` // 32 bytes, seals session tokens
	Accounts   []*account `json:"accounts"`
}

type account struct {
	ID           string       `json:"id"`
	Name         string       `json:"name"`
	CanonicalID  string       `json:"canonical_id"`
	Organization string       `json:"organization,omitempty"`
	RootKeys     []*accessKey `json:"root_keys,omitempty"`
	Users        []*user      `json:"users"`
	Roles        []*role      `json:"roles"`
}

type user struct {
	Name     string       `json:"name"`
	Path     string       `json:"path"`
	ID       string       `json:"id"`
	Created  time.Time    `json:"created"`
	Keys     []*accessKey `json:"access_keys,omitempty"`
	Policies documents    `json:"policies,omitempty"`
	compiled []*iampolicy.Policy
}

type accessKey struct {
	ID       string    `json:"id"`
	Secret   string    `json:"secret"`
	Inactive bool      `json:"inactive,omitempty"`
	Created  time.Time `json:"created"`
}

type role struct {
	Name        string    `json:"name"`
	Path        string    `json:"path"`
	ID          string    `json:"id"`
	Created     time.Time `json:"created"`
	Description string    `json:"description,omitempty"`
	MaxSession  int       `json:"max_session_seconds"`
	Trust       string    `json:"trust"`
	Policies    documents `json:"policies,omitempty"`
	compiled    []*iampolicy.Policy
	trust       *iampolicy.Policy
}

// documents maps a policy's name to its text, as it was given.
type documents map[string]string

// damaged is the error for a file that is not what was written. It says
// nothing of the content, which holds secrets.
func damaged(path string, err error) error {
	return &transship.Error{
		Code: transship.Damaged, Op: "read the lab's accounts from " + path, Err: err,
		Hint: "restore the file from a backup, or move it away to start with new accounts and keys; it is never reset by itself",
	}
}

// readFile is nil, nil where there is no file yet.
func readFile(path string) (*state, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &transship.Error{Code: transship.Internal, Op: "read the lab's accounts", Err: err}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, &transship.Error{Code: transship.Internal, Op: "read the lab's accounts", Err: err}
	}
	if len(data) > maxFile {
		return nil, damaged(path, fmt.Errorf("larger than %d bytes", maxFile))
	}
	st, err := decode(data)
	if err != nil {
		return nil, damaged(path, err)
	}
	return st, nil
}

func decode(data []byte) (*state, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	st := &state{}
	if err := dec.Decode(st); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text after the end")
	}
	if st.Version != fileVersion {
		return nil, fmt.Errorf("layout %d is not known, %d is", st.Version, fileVersion)
	}
	if len(st.SessionKey) != 32 {
		return nil, errors.New("session_key is not 32 bytes")
	}
	return st, nil
}

func encode(st *state) ([]byte, error) {
	data, err := json.MarshalIndent(st, "", " ")
	return append(data, '\n'), err
}

// writeFile replaces the file; after a crash it is the old or the new one.
func writeFile(path string, data []byte) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, filepath.Base(path)+".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// sweep removes what a crash in the middle of writeFile left; it holds secrets.
func sweep(path string) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), filepath.Base(path)+".new-") {
			os.Remove(filepath.Join(filepath.Dir(path), e.Name()))
		}
	}
}
