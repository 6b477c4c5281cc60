package iam

import (
	"strings"

	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/sigv4"
)

// Authenticate finds whose key this is, and the secret that its signature must
// have been made with. It proves nothing by itself: the caller checks the
// signature. sessionToken is empty for long-term keys.
//
// Errors carry S3's codes: InvalidAccessKeyId (403) for an unknown or inactive
// key, InvalidToken (400) for a token that is not this key's, ExpiredToken (400).
func (s *Store) Authenticate(accessKey, sessionToken string) (access.Caller, string, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if strings.HasPrefix(accessKey, "ASIA") {
		return s.sessionCaller(accessKey, sessionToken)
	}
	owner, ok := s.keys[accessKey]
	if !ok || owner.key.Inactive {
		return access.Caller{}, "", sigv4.UnknownAccessKey()
	}
	if sessionToken != "" {
		return access.Caller{}, "", sigv4.InvalidToken()
	}
	return owner.caller(), owner.key.Secret, nil
}

func (o keyOwner) caller() access.Caller {
	c := access.Caller{Account: o.account.ID, CanonicalID: o.account.CanonicalID, Organization: o.account.Organization}
	if o.user == nil {
		c.Root, c.UserID, c.ARN = true, o.account.ID, "arn:aws:iam::"+o.account.ID+":root"
		return c
	}
	c.ARN, c.UserID, c.UserName = o.account.userARN(o.user), o.user.ID, o.user.Name
	c.Identity = o.user.compiled
	return c
}

// sessionCaller takes the role's policies as they are now, not as they were
// when the session began; a session of a role that is gone is unknown.
func (s *Store) sessionCaller(accessKey, token string) (access.Caller, string, error) {
	if token == "" {
		return access.Caller{}, "", sigv4.UnknownAccessKey()
	}
	ses, err := s.openToken(accessKey, token)
	if err != nil {
		return access.Caller{}, "", err
	}
	a := s.accounts[ses.Account]
	if a == nil {
		return access.Caller{}, "", sigv4.UnknownAccessKey()
	}
	r, err := a.role(ses.Role)
	if err != nil || r.ID != ses.RoleID {
		return access.Caller{}, "", sigv4.UnknownAccessKey()
	}
	return access.Caller{
		Account: a.ID, CanonicalID: a.CanonicalID, Organization: a.Organization,
		ARN: ses.arn(), RoleARN: a.roleARN(r), UserID: ses.RoleID + ":" + ses.Name,
		Identity: r.compiled,
	}, ses.Secret, nil
}
