package iam

import (
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/sigv4"
)

// Credentials are temporary credentials of a role session.
type Credentials struct {
	AccessKeyID     string // ASIA...
	SecretAccessKey string
	SessionToken    string
	Expires         time.Time // whole seconds, UTC
	ARN             string    // arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION
	UserID          string    // AROA...:SESSION
}

// session is what a token carries.
type session struct {
	Account string `json:"a"`
	Role    string `json:"r"` // name
	RoleID  string `json:"i"` // so that a role made again is another one (AM-15)
	Name    string `json:"n"`
	Secret  string `json:"s"`
	Issued  int64  `json:"t"` // unix seconds
	Expires int64  `json:"e"`
}

// The bounds of a session's life (STS API reference, AssumeRole).
const (
	MinSession = 900 * time.Second
	MaxSession = 12 * time.Hour
)

// maxToken bounds a token from outside; ours have about 500 characters.
const maxToken = 4096

// IssueSession makes credentials for a session of the role. Whether the caller
// may have them is not asked here: the sts room does.
func (s *Store) IssueSession(r Role, name string, d time.Duration) (Credentials, error) {
	if err := checkName("roleSession", name, 64); err != nil || len(name) < 2 {
		return Credentials{}, invalid("RoleSessionName must have 2 to 64 characters out of letters, digits and +=,.@_-")
	}
	if d < MinSession || d > MaxSession {
		return Credentials{}, invalid("DurationSeconds must be between 900 and 43200.")
	}
	now := s.created()
	ses := session{Account: r.Account, Role: r.Name, RoleID: r.ID, Name: name, Secret: s.newSecret(), Issued: now.Unix(), Expires: now.Add(d).Unix()}
	text, err := json.Marshal(ses)
	if err != nil {
		return Credentials{}, &transship.Error{Code: transship.Internal, Op: "issue a session of " + r.ARN, Err: err}
	}
	id := s.newID("ASIA", 20)
	s.mu.RLock()
	defer s.mu.RUnlock()
	nonce := s.bytes(s.seal.NonceSize())
	// The key id is sealed in as well: a token belongs to its key only.
	token := s.seal.Seal(nonce, nonce, text, []byte(id))
	return Credentials{
		AccessKeyID: id, SecretAccessKey: ses.Secret, SessionToken: base64.StdEncoding.EncodeToString(token),
		Expires: now.Add(d), ARN: ses.arn(), UserID: ses.RoleID + ":" + ses.Name,
	}, nil
}

func (ses session) arn() string {
	return "arn:aws:sts::" + ses.Account + ":assumed-role/" + ses.Role + "/" + ses.Name
}

// openToken is called with the lock held.
func (s *Store) openToken(keyID, token string) (session, error) {
	var ses session
	if len(token) > maxToken {
		return ses, sigv4.InvalidToken()
	}
	sealed, err := base64.StdEncoding.DecodeString(token)
	if err != nil || len(sealed) < s.seal.NonceSize() {
		return ses, sigv4.InvalidToken()
	}
	n := s.seal.NonceSize()
	text, err := s.seal.Open(nil, sealed[:n], sealed[n:], []byte(keyID))
	if err != nil || json.Unmarshal(text, &ses) != nil {
		return ses, sigv4.InvalidToken()
	}
	if s.now().Unix() >= ses.Expires {
		return ses, sigv4.ExpiredToken()
	}
	return ses, nil
}
