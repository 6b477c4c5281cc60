package sts_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/iam"
	"github.com/transship/transship/internal/lab/iam/query"
	"github.com/transship/transship/internal/lab/sts"
	"github.com/transship/transship/internal/sigv4"
)

const (
	accountA = iam.SourceAccount
	accountB = iam.DestinationAccount
)

// world is STS behind a checked signature, over the seeded accounts.
type world struct {
	t      *testing.T
	store  *iam.Store
	sts    *sts.Service
	server *httptest.Server
	keys   map[string]iam.AccessKey // by profile
}

func newWorld(t *testing.T) *world {
	t.Helper()
	store, err := iam.Open(filepath.Join(t.TempDir(), "accounts.json"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	profiles, err := store.Seed()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, store: store, keys: map[string]iam.AccessKey{}}
	for _, p := range profiles {
		w.keys[p.Name] = p.Key
	}
	w.sts = &sts.Service{Roles: store, Now: time.Now, NewID: func() string { return "request" }, Log: func(err error) { t.Error(err) }}
	verifier := &sigv4.Verifier{Lookup: func(key, token string) (string, error) {
		_, secret, err := store.Authenticate(key, token)
		return secret, err
	}}
	w.server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		v, err := verifier.Verify(r)
		if err != nil {
			query.Fail(rw, query.STSVersion, "unsigned", err)
			return
		}
		var caller access.Caller
		if !v.Anonymous {
			if caller, _, err = store.Authenticate(v.AccessKey, v.SessionToken); err != nil {
				t.Error(err)
			}
		}
		body, err := io.ReadAll(v.Body)
		if err != nil {
			t.Error(err)
		}
		w.sts.Serve(rw, r, caller, body)
	}))
	t.Cleanup(w.server.Close)
	return w
}

func (w *world) client(id, secret, token string) *sdk.Client {
	return sdk.New(sdk.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(w.server.URL), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, token),
	})
}

func (w *world) as(profile string) *sdk.Client {
	return w.client(w.keys[profile].ID, w.keys[profile].Secret, "")
}

func (w *world) role(account, name, trust string) iam.Role {
	w.t.Helper()
	r, err := w.store.EnsureRole(account, iam.NewRole{Name: name, Trust: trust})
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func trust(principal string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":"sts:AssumeRole"}]}`
}

func code(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		t.Fatalf("no answer of the service: %v", err)
	}
	return api.ErrorCode()
}

func TestEverybodyMayAskWhoTheyAre(t *testing.T) {
	w := newWorld(t)
	for profile, arn := range map[string]string{
		"source": "arn:aws:iam::111111111111:user/admin", "operator": "arn:aws:iam::222222222222:user/operator",
	} {
		out, err := w.as(profile).GetCallerIdentity(context.Background(), &sdk.GetCallerIdentityInput{})
		if err != nil || *out.Arn != arn || *out.Account != strings.Split(arn, ":")[4] || !strings.HasPrefix(*out.UserId, "AIDA") {
			t.Errorf("%s: %+v, %v", profile, out, err)
		}
	}
	r, err := http.PostForm(w.server.URL, url.Values{"Action": {"GetCallerIdentity"}, "Version": {query.STSVersion}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if body, _ := io.ReadAll(r.Body); r.StatusCode != 403 || !strings.Contains(string(body), "MissingAuthenticationToken") {
		t.Errorf("without signature: %d %s", r.StatusCode, body)
	}
}

// AM-106: trust policy and identity policy, in one account and across.
func TestRolesAreAssumedByTrustAndIdentity(t *testing.T) {
	allow := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::*:role/R"}]}`
	operator, account := `{"AWS":"arn:aws:iam::222222222222:user/operator"}`, `{"AWS":"222222222222"}`
	cases := []struct {
		name     string
		home     string // account of the role
		trust    string
		identity bool
		want     string
	}{
		{"AM-106 one account, the trust policy names the user", accountB, operator, false, ""},
		{"AM-106 one account, the trust policy names the account", accountB, account, false, "AccessDenied"},
		{"AM-106 one account, and the identity policy allows", accountB, account, true, ""},
		{"AM-106 across accounts, the trust policy names the user", accountA, operator, false, "AccessDenied"},
		{"AM-106 across accounts, and the identity policy allows", accountA, operator, true, ""},
		{"AM-104 the identity policy alone", accountB, `{"Service":"batchoperations.s3.amazonaws.com"}`, true, "AccessDenied"},
		{"AM-106 the trust policy names another account", accountB, `{"AWS":"111111111111"}`, true, "AccessDenied"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			r := w.role(c.home, "R", trust(c.trust))
			if c.identity {
				if err := w.store.PutUserPolicy(accountB, "operator", "p", allow); err != nil {
					t.Fatal(err)
				}
			}
			_, err := w.as("operator").AssumeRole(context.Background(), &sdk.AssumeRoleInput{RoleArn: aws.String(r.ARN), RoleSessionName: aws.String("s1")})
			if got := code(t, err); got != c.want {
				t.Errorf("got %q (%v), want %q", got, err, c.want)
			}
		})
	}
}

func TestASessionActsAsItsRole(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	r := w.role(accountA, "R", trust(`{"AWS":"222222222222"}`))
	out, err := w.as("destination").AssumeRole(ctx, &sdk.AssumeRoleInput{RoleArn: aws.String(r.ARN), RoleSessionName: aws.String("job-1"), DurationSeconds: aws.Int32(900)})
	if err != nil {
		t.Fatal(err)
	}
	if *out.AssumedRoleUser.Arn != "arn:aws:sts::111111111111:assumed-role/R/job-1" || *out.AssumedRoleUser.AssumedRoleId != r.ID+":job-1" {
		t.Errorf("%+v", out.AssumedRoleUser)
	}
	if left := time.Until(*out.Credentials.Expiration); left < 890*time.Second || left > 900*time.Second {
		t.Errorf("ends in %v", left)
	}
	session := w.client(*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken)
	me, err := session.GetCallerIdentity(ctx, &sdk.GetCallerIdentityInput{})
	if err != nil || *me.Arn != "arn:aws:sts::111111111111:assumed-role/R/job-1" || *me.Account != accountA {
		t.Errorf("%+v, %v", me, err)
	}
	forged := w.client(*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, strings.Repeat("A", 400))
	if _, err := forged.GetCallerIdentity(ctx, &sdk.GetCallerIdentityInput{}); code(t, err) != "InvalidClientTokenId" {
		t.Errorf("with another token: %v", err)
	}

	// The session takes a second role: one hour at most.
	next := w.role(accountA, "Next", trust(`{"AWS":"`+r.ARN+`"}`))
	if _, err := w.store.EnsureRole(accountA, iam.NewRole{Name: "Next", Trust: trust(`{"AWS":"` + r.ARN + `"}`), MaxSession: 12 * time.Hour}); err != nil {
		t.Fatal(err)
	}
	if _, err := session.AssumeRole(ctx, &sdk.AssumeRoleInput{RoleArn: aws.String(next.ARN), RoleSessionName: aws.String("s2"), DurationSeconds: aws.Int32(3601)}); code(t, err) != "ValidationError" {
		t.Errorf("a chained session of more than an hour: %v", err)
	}
	if _, err := session.AssumeRole(ctx, &sdk.AssumeRoleInput{RoleArn: aws.String(next.ARN), RoleSessionName: aws.String("s2")}); err != nil {
		t.Errorf("AM-30 AM-106 a session whose role is named: %v", err)
	}
}

func TestRequestsThatAreNotProperAreRefused(t *testing.T) {
	w := newWorld(t)
	r := w.role(accountB, "R", trust(`{"AWS":"222222222222"}`))
	ok := sdk.AssumeRoleInput{RoleArn: aws.String(r.ARN), RoleSessionName: aws.String("s1")}
	cases := []struct {
		name   string
		change func(*sdk.AssumeRoleInput)
		want   string
	}{
		{"too short a life", func(in *sdk.AssumeRoleInput) { in.DurationSeconds = aws.Int32(899) }, "ValidationError"},
		{"too long a life", func(in *sdk.AssumeRoleInput) { in.DurationSeconds = aws.Int32(43201) }, "ValidationError"},
		{"longer than the role allows", func(in *sdk.AssumeRoleInput) { in.DurationSeconds = aws.Int32(3601) }, "ValidationError"},
		{"a name with a space", func(in *sdk.AssumeRoleInput) { in.RoleSessionName = aws.String("a b") }, "ValidationError"},
		{"a name of one letter", func(in *sdk.AssumeRoleInput) { in.RoleSessionName = aws.String("a") }, "ValidationError"},
		{"a role that does not exist", func(in *sdk.AssumeRoleInput) { in.RoleArn = aws.String(r.ARN + "x") }, "AccessDenied"},
		{"AM-32 another path", func(in *sdk.AssumeRoleInput) { in.RoleArn = aws.String("arn:aws:iam::222222222222:role/team/R") }, "AccessDenied"},
		{"no role ARN at all", func(in *sdk.AssumeRoleInput) { in.RoleArn = aws.String("arn:aws:iam::222222222222:user/admin") }, "ValidationError"},
		{"a session policy, which comes later", func(in *sdk.AssumeRoleInput) { in.Policy = aws.String(`{"Version":"2012-10-17"}`) }, "NotImplemented"},
	}
	for _, c := range cases {
		in := ok
		c.change(&in)
		if _, err := w.as("destination").AssumeRole(context.Background(), &in); code(t, err) != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	if _, err := w.as("destination").GetSessionToken(context.Background(), &sdk.GetSessionTokenInput{}); code(t, err) != "NotImplemented" {
		t.Errorf("an action that is not there: %v", err)
	}
}

func TestAnExternalIDIsAskedFor(t *testing.T) {
	w := newWorld(t)
	r := w.role(accountA, "R", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"42"},"StringLike":{"sts:RoleSessionName":"job-*"}}}]}`)
	for _, c := range []struct{ id, session, want string }{{"42", "job-1", ""}, {"41", "job-1", "AccessDenied"}, {"42", "s1", "AccessDenied"}} {
		_, err := w.as("destination").AssumeRole(context.Background(), &sdk.AssumeRoleInput{RoleArn: aws.String(r.ARN), RoleSessionName: aws.String(c.session), ExternalId: aws.String(c.id)})
		if got := code(t, err); got != c.want {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestTheRootUserAssumesNoRole(t *testing.T) {
	w := newWorld(t)
	r := w.role(accountB, "R", trust(`"*"`))
	key, err := w.store.CreateAccessKey(accountB, "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.client(key.ID, key.Secret, "").AssumeRole(context.Background(), &sdk.AssumeRoleInput{RoleArn: aws.String(r.ARN), RoleSessionName: aws.String("s1")})
	if code(t, err) != "AccessDenied" || !strings.Contains(err.Error(), "root accounts") {
		t.Errorf("%v", err)
	}
}

func TestAServiceTakesARoleThatTrustsIt(t *testing.T) {
	const batch = "batchoperations.s3.amazonaws.com"
	job := "arn:aws:s3:us-east-1:222222222222:job/1"
	narrow := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":%q},"Action":"sts:AssumeRole",
		"Condition":{"StringEquals":{"aws:SourceAccount":"222222222222"},"ArnLike":{"aws:SourceArn":"arn:aws:s3:*:222222222222:job/*"}}}]}`, batch)
	cases := []struct {
		name, trust, sourceARN, sourceAccount string
		hint                                  string // "": the session is given
	}{
		{"AM-281 the service is trusted", trust(`{"Service":"` + batch + `"}`), job, accountB, ""},
		{"AM-281 for the jobs of this account", narrow, job, accountB, ""},
		{"AM-281 but not for another account's", narrow, strings.Replace(job, accountB, accountA, 1), accountA, "aws:SourceArn"},
		{"AM-281 another service is trusted", trust(`{"Service":"s3.amazonaws.com"}`), job, accountB,
			`add to the trust policy of role Batch: {"Effect":"Allow","Principal":{"Service":"` + batch + `"},"Action":"sts:AssumeRole"}`},
		{"a Deny is named", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + batch + `"},"Action":"sts:AssumeRole"},{"Sid":"Stop","Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}]}`,
			job, accountB, "statement Stop of the trust policy of role Batch denies"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			r := w.role(accountB, "Batch", c.trust)
			cred, err := w.sts.AssumeRoleForService(r.ARN, batch, c.sourceARN, c.sourceAccount, "s3-batch-1", time.Hour)
			if c.hint == "" {
				if err != nil {
					t.Fatal(err)
				}
				caller, secret, err := w.store.Authenticate(cred.AccessKeyID, cred.SessionToken)
				if err != nil || secret != cred.SecretAccessKey || caller.RoleARN != r.ARN || caller.Service != "" {
					t.Errorf("AM-114: %+v, %v", caller, err)
				}
				return
			}
			hints := transship.HintsOf(err)
			if transship.CodeOf(err) != transship.Denied || len(hints) == 0 || !strings.Contains(hints[0], c.hint) || !strings.Contains(err.Error(), r.ARN) {
				t.Errorf("%v, %q", err, hints)
			}
		})
	}
	w := newWorld(t)
	_, err := w.sts.AssumeRoleForService("arn:aws:iam::222222222222:role/Gone", batch, job, accountB, "s3-batch-1", time.Hour)
	if transship.CodeOf(err) != transship.Denied || !strings.Contains(err.Error(), "no such role") {
		t.Errorf("a role that is not there: %v", err)
	}
}
