package sts

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/iampolicy"
	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/iam"
	"github.com/transship/transship/internal/lab/iam/query"
)

// Roles is what this room asks of the accounts.
type Roles interface {
	// RoleByARN is the role with exactly this ARN; code NotFound otherwise.
	RoleByARN(arn string) (iam.Role, error)
	// IssueSession makes credentials; it does not ask whether they are due.
	IssueSession(r iam.Role, name string, d time.Duration) (iam.Credentials, error)
}

// Service is the lab's STS.
type Service struct {
	Roles Roles
	Now   func() time.Time
	NewID func() string // request ids
	Log   func(error)   // internal errors; may be nil
}

// defaultSession is the life of a session when nobody asks for another.
const defaultSession = time.Hour

// Serve answers one request whose signature has been checked: caller is who
// made it. body is the whole form.
func (s *Service) Serve(w http.ResponseWriter, r *http.Request, caller access.Caller, body []byte) {
	id := s.NewID()
	form, err := query.Parse(body)
	var result any
	if err == nil {
		result, err = s.run(form, caller, s.requestContext(r))
	}
	if err != nil {
		var e *transship.Error
		if s.Log != nil && (!errors.As(err, &e) || e.S3Code == "") {
			s.Log(err)
		}
		query.Fail(w, query.STSVersion, id, err)
		return
	}
	query.Answer(w, query.STSVersion, form.Action, id, result)
}

func (s *Service) requestContext(r *http.Request) iampolicy.Context {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = ""
	}
	return access.Request{Secure: r.TLS != nil, Time: s.Now(), SourceIP: host, UserAgent: r.UserAgent(), Referer: r.Referer()}.Context("")
}

func (s *Service) run(form *query.Form, caller access.Caller, ctx iampolicy.Context) (any, error) {
	if form.Version != query.STSVersion {
		return nil, query.Errorf("NoSuchVersion", 400, "STS speaks version %s", query.STSVersion)
	}
	if caller.Anonymous() {
		return nil, query.Errorf("MissingAuthenticationToken", 403, "Request is missing Authentication Token")
	}
	switch form.Action {
	case "GetCallerIdentity":
		// Nobody can be denied this (IAM user guide).
		if err := form.Unread(); err != nil {
			return nil, err
		}
		return struct{ UserId, Account, Arn string }{caller.UserID, caller.Account, caller.ARN}, nil
	case "AssumeRole":
		return s.assumeForm(form, caller, ctx)
	}
	return nil, query.NotImplemented(form.Action)
}

type credentialsXML struct {
	AccessKeyId, SecretAccessKey, SessionToken, Expiration string
}

type assumedXML struct {
	Credentials     credentialsXML
	AssumedRoleUser struct{ AssumedRoleId, Arn string }
}

func (s *Service) assumeForm(form *query.Form, caller access.Caller, ctx iampolicy.Context) (any, error) {
	arn, err := form.Need("RoleArn")
	if err != nil {
		return nil, err
	}
	name, err := form.Need("RoleSessionName")
	if err != nil {
		return nil, err
	}
	seconds, err := form.Int("DurationSeconds", int(defaultSession/time.Second))
	if err != nil {
		return nil, err
	}
	external := form.Get("ExternalId")
	if err := form.Unread(); err != nil {
		return nil, err
	}
	if seconds < 900 || seconds > 43200 {
		return nil, query.Errorf("ValidationError", 400, "1 validation error detected: Value '%d' at 'durationSeconds' failed to satisfy constraint: Member must have value between 900 and 43200", seconds)
	}
	if external != "" {
		ctx["sts:externalid"] = []string{external}
	}
	cred, err := s.AssumeRole(caller, arn, name, time.Duration(seconds)*time.Second, ctx)
	if err != nil {
		return nil, err
	}
	out := assumedXML{Credentials: credentialsXML{cred.AccessKeyID, cred.SecretAccessKey, cred.SessionToken, cred.Expires.Format(time.RFC3339)}}
	out.AssumedRoleUser.Arn, out.AssumedRoleUser.AssumedRoleId = cred.ARN, cred.UserID
	return out, nil
}

// AssumeRole makes a session of the role for caller. A role that does not exist
// is refused like one that must not be assumed. ctx is what the request brings
// (access.Request); the session name is added to it.
func (s *Service) AssumeRole(caller access.Caller, roleARN, sessionName string, d time.Duration, ctx iampolicy.Context) (iam.Credentials, error) {
	if caller.Root {
		return iam.Credentials{}, query.Errorf("AccessDenied", 403, "Roles may not be assumed by root accounts.")
	}
	r, decision, err := s.decide(caller, roleARN, sessionName, ctx)
	if err != nil {
		return iam.Credentials{}, err
	}
	if !decision.Allowed {
		return iam.Credentials{}, query.Errorf("AccessDenied", 403, "%s", decision.Message())
	}
	// A session that assumes a role gets one hour at most (IAM user guide, role chaining).
	if caller.RoleARN != "" && d > time.Hour {
		return iam.Credentials{}, query.Errorf("ValidationError", 400, "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	}
	if d > r.MaxSession {
		return iam.Credentials{}, query.Errorf("ValidationError", 400, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	return s.Roles.IssueSession(r, sessionName, d)
}

// decide finds the role and asks. Whoever may not assume a role does not learn
// whether it exists: a missing one has no trust policy, so it is refused.
func (s *Service) decide(caller access.Caller, roleARN, sessionName string, ctx iampolicy.Context) (iam.Role, access.Decision, error) {
	account, _, err := transship.RoleName(roleARN)
	if err != nil {
		return iam.Role{}, access.Decision{}, query.Errorf("ValidationError", 400, "%.200q is invalid", roleARN)
	}
	r, err := s.Roles.RoleByARN(roleARN)
	if err != nil && transship.CodeOf(err) != transship.NotFound {
		return iam.Role{}, access.Decision{}, err
	}
	asked := iampolicy.Context{"sts:rolesessionname": {sessionName}}
	for k, v := range ctx {
		asked[k] = v
	}
	return r, access.AssumeRole(caller, access.Role{ARN: roleARN, Account: account, Trust: r.Trust}, asked), nil
}

// AssumeRoleForService makes a session of the role for an AWS service that acts
// for a resource: sourceARN and sourceAccount become aws:SourceArn and
// aws:SourceAccount (AM-281). Both may be empty. The error of a role that does
// not trust the service has code Denied and, as its hint, the statement to add.
func (s *Service) AssumeRoleForService(roleARN, service, sourceARN, sourceAccount, sessionName string, d time.Duration) (iam.Credentials, error) {
	ctx := access.Request{Secure: true, Time: s.Now()}.Context("")
	if sourceARN != "" {
		ctx["aws:sourcearn"] = []string{sourceARN}
	}
	if sourceAccount != "" {
		ctx["aws:sourceaccount"] = []string{sourceAccount}
	}
	fail := func(err error) error {
		return &transship.Error{Code: transship.CodeOf(err), Op: "assume " + roleARN + " as " + service, Err: err}
	}
	r, decision, err := s.decide(access.Caller{Service: service}, roleARN, sessionName, ctx)
	switch {
	case err != nil:
		return iam.Credentials{}, fail(err)
	case r.ARN == "":
		return iam.Credentials{}, &transship.Error{
			Code: transship.Denied, Op: "assume " + roleARN + " as " + service, S3Code: "AccessDenied", Status: 403,
			Message: "there is no such role", Hint: "look at the account and at the path: arn:aws:iam::ACCOUNT:role/PATH/NAME",
		}
	case !decision.Allowed:
		return iam.Credentials{}, &transship.Error{
			Code: transship.Denied, Op: "assume " + roleARN + " as " + service, S3Code: "AccessDenied", Status: 403,
			Message: decision.Message(), Hint: trustHint(decision, r.Name, service),
		}
	}
	cred, err := s.Roles.IssueSession(r, sessionName, min(d, r.MaxSession))
	if err != nil {
		return iam.Credentials{}, fail(err)
	}
	return cred, nil
}

func trustHint(d access.Decision, role, service string) string {
	if d.Explicit {
		return fmt.Sprintf("statement %s of the trust policy of role %s denies this; take it away or narrow it", d.Statement.Name(), role)
	}
	return fmt.Sprintf(`add to the trust policy of role %s: {"Effect":"Allow","Principal":{"Service":%q},"Action":"sts:AssumeRole"}; `+
		"where the statement is there, its conditions on aws:SourceArn or aws:SourceAccount do not fit", role, service)
}
