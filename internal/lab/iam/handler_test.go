package iam_test

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
	sdk "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/smithy-go"

	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/iam"
	"github.com/transship/transship/internal/lab/iam/query"
	"github.com/transship/transship/internal/sigv4"
)

// door is IAM behind a checked signature, as the lab has it.
func door(t *testing.T) (*iam.Store, []iam.Profile, *httptest.Server) {
	t.Helper()
	store, err := iam.Open(filepath.Join(t.TempDir(), "accounts.json"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	profiles, err := store.Seed()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	h := &iam.Handler{Store: store, NewID: func() string { n++; return fmt.Sprintf("request-%d", n) }, Log: func(err error) { t.Error(err) }}
	verifier := &sigv4.Verifier{Lookup: func(key, token string) (string, error) {
		_, secret, err := store.Authenticate(key, token)
		return secret, err
	}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := verifier.Verify(r)
		if err != nil {
			query.Fail(w, query.IAMVersion, "unsigned", err)
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
		h.Serve(w, r, caller, body)
	}))
	t.Cleanup(server.Close)
	return store, profiles, server
}

func client(server *httptest.Server, id, secret string) *sdk.Client {
	return sdk.New(sdk.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(server.URL), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""),
	})
}

// code is AWS's code of an error, "" for none.
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

const (
	reads = `{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::a b/*"}]}`
	trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"batchoperations.s3.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
)

func TestTheSDKDrivesUsersKeysAndPolicies(t *testing.T) {
	store, profiles, server := door(t)
	ctx := context.Background()
	admin := client(server, profiles[1].Key.ID, profiles[1].Key.Secret)

	made, err := admin.CreateUser(ctx, &sdk.CreateUserInput{UserName: aws.String("Bob"), Path: aws.String("/team/")})
	if err != nil {
		t.Fatal(err)
	}
	if *made.User.Arn != "arn:aws:iam::222222222222:user/team/Bob" || !strings.HasPrefix(*made.User.UserId, "AIDA") || made.User.CreateDate == nil {
		t.Errorf("%+v", made.User)
	}
	if _, err := admin.CreateUser(ctx, &sdk.CreateUserInput{UserName: aws.String("bob")}); code(t, err) != "EntityAlreadyExists" {
		t.Errorf("the same name in other case: %v", err)
	}
	key, err := admin.CreateAccessKey(ctx, &sdk.CreateAccessKeyInput{UserName: aws.String("Bob")})
	if err != nil {
		t.Fatal(err)
	}
	bob := client(server, *key.AccessKey.AccessKeyId, *key.AccessKey.SecretAccessKey)
	if _, err := bob.GetUser(ctx, &sdk.GetUserInput{}); code(t, err) != "AccessDenied" || !strings.Contains(err.Error(),
		"User: arn:aws:iam::222222222222:user/team/Bob is not authorized to perform: iam:GetUser on resource: arn:aws:iam::222222222222:user/team/Bob because no identity-based policy allows the iam:GetUser action") {
		t.Errorf("without any right: %v", err)
	}
	own := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:Get*","Resource":"arn:aws:iam::222222222222:user/team/${aws:username}"}}`
	if _, err := admin.PutUserPolicy(ctx, &sdk.PutUserPolicyInput{UserName: aws.String("Bob"), PolicyName: aws.String("own"), PolicyDocument: aws.String(own)}); err != nil {
		t.Fatal(err)
	}
	me, err := bob.GetUser(ctx, &sdk.GetUserInput{})
	if err != nil || *me.User.UserName != "Bob" {
		t.Errorf("AM-70 with the right to see itself: %v", err)
	}
	if _, err := bob.GetUser(ctx, &sdk.GetUserInput{UserName: aws.String("admin")}); code(t, err) != "AccessDenied" {
		t.Errorf("another user: %v", err)
	}
	if _, err := admin.PutUserPolicy(ctx, &sdk.PutUserPolicyInput{UserName: aws.String("Bob"), PolicyName: aws.String("read"), PolicyDocument: aws.String(reads)}); err != nil {
		t.Fatal(err)
	}
	got, err := admin.GetUserPolicy(ctx, &sdk.GetUserPolicyInput{UserName: aws.String("Bob"), PolicyName: aws.String("read")})
	if err != nil {
		t.Fatal(err)
	}
	if doc, err := url.PathUnescape(*got.PolicyDocument); err != nil || doc != reads {
		t.Errorf("the document came back as %s, %v", *got.PolicyDocument, err)
	}
	if _, err := admin.PutUserPolicy(ctx, &sdk.PutUserPolicyInput{UserName: aws.String("Bob"), PolicyName: aws.String("bad"), PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Foo":1}]}`)}); code(t, err) != "MalformedPolicyDocument" {
		t.Errorf("an element not understood: %v", err)
	}
	list, err := admin.ListUserPolicies(ctx, &sdk.ListUserPoliciesInput{UserName: aws.String("Bob")})
	if err != nil || strings.Join(list.PolicyNames, ",") != "own,read" {
		t.Errorf("%v, %v", list, err)
	}
	if _, err := admin.DeleteUser(ctx, &sdk.DeleteUserInput{UserName: aws.String("Bob")}); code(t, err) != "DeleteConflict" {
		t.Errorf("deleted though it has keys: %v", err)
	}
	keys, err := admin.ListAccessKeys(ctx, &sdk.ListAccessKeysInput{UserName: aws.String("Bob")})
	if err != nil || len(keys.AccessKeyMetadata) != 1 || keys.AccessKeyMetadata[0].Status != "Active" {
		t.Errorf("%+v, %v", keys, err)
	}
	for _, step := range []func() error{
		func() error {
			_, err := admin.DeleteAccessKey(ctx, &sdk.DeleteAccessKeyInput{UserName: aws.String("Bob"), AccessKeyId: key.AccessKey.AccessKeyId})
			return err
		},
		func() error {
			_, err := admin.DeleteUserPolicy(ctx, &sdk.DeleteUserPolicyInput{UserName: aws.String("Bob"), PolicyName: aws.String("own")})
			return err
		},
		func() error {
			_, err := admin.DeleteUserPolicy(ctx, &sdk.DeleteUserPolicyInput{UserName: aws.String("Bob"), PolicyName: aws.String("read")})
			return err
		},
		func() error {
			_, err := admin.DeleteUser(ctx, &sdk.DeleteUserInput{UserName: aws.String("Bob")})
			return err
		},
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := bob.GetUser(ctx, &sdk.GetUserInput{}); code(t, err) != "InvalidClientTokenId" {
		t.Errorf("with a deleted key: %v", err)
	}
	if _, err := store.User(iam.DestinationAccount, "Bob"); err == nil {
		t.Error("the user is still there")
	}
}

func TestTheSDKDrivesRoles(t *testing.T) {
	store, profiles, server := door(t)
	ctx := context.Background()
	admin := client(server, profiles[1].Key.ID, profiles[1].Key.Secret)
	made, err := admin.CreateRole(ctx, &sdk.CreateRoleInput{RoleName: aws.String("Batch"), AssumeRolePolicyDocument: aws.String(trust), Description: aws.String("runs jobs"), MaxSessionDuration: aws.Int32(7200)})
	if err != nil {
		t.Fatal(err)
	}
	if *made.Role.Arn != "arn:aws:iam::222222222222:role/Batch" || *made.Role.MaxSessionDuration != 7200 {
		t.Errorf("%+v", made.Role)
	}
	if _, err := admin.PutRolePolicy(ctx, &sdk.PutRolePolicyInput{RoleName: aws.String("Batch"), PolicyName: aws.String("read"), PolicyDocument: aws.String(reads)}); err != nil {
		t.Fatal(err)
	}
	policy, err := admin.GetRolePolicy(ctx, &sdk.GetRolePolicyInput{RoleName: aws.String("Batch"), PolicyName: aws.String("read")})
	if err != nil || *policy.RoleName != "Batch" {
		t.Errorf("%+v, %v", policy, err)
	}
	names, err := admin.ListRolePolicies(ctx, &sdk.ListRolePoliciesInput{RoleName: aws.String("Batch")})
	if err != nil || strings.Join(names.PolicyNames, ",") != "read" {
		t.Errorf("%v, %v", names, err)
	}
	own := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:role/Batch"},"Action":"sts:AssumeRole"}]}`
	if _, err := admin.UpdateAssumeRolePolicy(ctx, &sdk.UpdateAssumeRolePolicyInput{RoleName: aws.String("Batch"), PolicyDocument: aws.String(own)}); err != nil {
		t.Fatal(err)
	}
	nobody := strings.Replace(own, "role/Batch", "role/Nobody", 1)
	if _, err := admin.UpdateAssumeRolePolicy(ctx, &sdk.UpdateAssumeRolePolicyInput{RoleName: aws.String("Batch"), PolicyDocument: aws.String(nobody)}); code(t, err) != "MalformedPolicyDocument" {
		t.Errorf("AM-17: %v", err)
	}
	got, err := admin.GetRole(ctx, &sdk.GetRoleInput{RoleName: aws.String("Batch")})
	if err != nil {
		t.Fatal(err)
	}
	if doc, err := url.PathUnescape(*got.Role.AssumeRolePolicyDocument); err != nil || doc != own {
		t.Errorf("trust policy %s, %v", doc, err)
	}
	if _, err := admin.DeleteRole(ctx, &sdk.DeleteRoleInput{RoleName: aws.String("Batch")}); code(t, err) != "DeleteConflict" {
		t.Errorf("deleted though it has a policy: %v", err)
	}
	if _, err := admin.DeleteRolePolicy(ctx, &sdk.DeleteRolePolicyInput{RoleName: aws.String("Batch"), PolicyName: aws.String("read")}); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.DeleteRole(ctx, &sdk.DeleteRoleInput{RoleName: aws.String("Batch")}); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.GetRole(ctx, &sdk.GetRoleInput{RoleName: aws.String("Batch")}); code(t, err) != "NoSuchEntity" {
		t.Errorf("%v", err)
	}
	for i := range 7 {
		if _, err := store.EnsureRole(iam.DestinationAccount, iam.NewRole{Name: fmt.Sprintf("R%d", i), Path: fmt.Sprintf("/p%d/", i%2), Trust: trust}); err != nil {
			t.Fatal(err)
		}
	}
	var seen []string
	pages := sdk.NewListRolesPaginator(admin, &sdk.ListRolesInput{MaxItems: aws.Int32(3)})
	for pages.HasMorePages() {
		p, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Roles) > 3 {
			t.Errorf("a page of %d", len(p.Roles))
		}
		for _, r := range p.Roles {
			seen = append(seen, *r.RoleName)
		}
	}
	if strings.Join(seen, ",") != "R0,R1,R2,R3,R4,R5,R6" {
		t.Errorf("pages gave %v", seen)
	}
	under, err := admin.ListRoles(ctx, &sdk.ListRolesInput{PathPrefix: aws.String("/p1/")})
	if err != nil || len(under.Roles) != 3 {
		t.Errorf("under /p1/: %v, %v", under, err)
	}
}

func TestWhatIsNotThereIsRefusedByName(t *testing.T) {
	_, profiles, server := door(t)
	ctx := context.Background()
	admin := client(server, profiles[1].Key.ID, profiles[1].Key.Secret)
	if _, err := admin.CreateGroup(ctx, &sdk.CreateGroupInput{GroupName: aws.String("g")}); code(t, err) != "NotImplemented" || !strings.Contains(err.Error(), "CreateGroup") {
		t.Errorf("an action: %v", err)
	}
	_, err := admin.CreateUser(ctx, &sdk.CreateUserInput{UserName: aws.String("x"), PermissionsBoundary: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")})
	if code(t, err) != "NotImplemented" || !strings.Contains(err.Error(), "PermissionsBoundary") {
		t.Errorf("a parameter: %v", err)
	}
	if _, err := admin.GetUser(ctx, &sdk.GetUserInput{UserName: aws.String("x")}); code(t, err) != "NoSuchEntity" {
		t.Errorf("the refused user: %v", err)
	}
	wrong := client(server, profiles[1].Key.ID, profiles[0].Key.Secret)
	if _, err := wrong.ListUsers(ctx, &sdk.ListUsersInput{}); code(t, err) != "SignatureDoesNotMatch" {
		t.Errorf("a wrong secret: %v", err)
	}
	r, err := http.PostForm(server.URL, url.Values{"Action": {"ListUsers"}, "Version": {query.IAMVersion}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if body, _ := io.ReadAll(r.Body); r.StatusCode != 403 || !strings.Contains(string(body), "MissingAuthenticationToken") {
		t.Errorf("without signature: %d %s", r.StatusCode, body)
	}
}

func TestAccountsDoNotSeeEachOther(t *testing.T) {
	_, profiles, server := door(t)
	ctx := context.Background()
	source := client(server, profiles[0].Key.ID, profiles[0].Key.Secret)
	users, err := source.ListUsers(ctx, &sdk.ListUsersInput{})
	if err != nil || len(users.Users) != 1 {
		t.Fatalf("%+v, %v", users, err)
	}
	if _, err := source.GetUser(ctx, &sdk.GetUserInput{UserName: aws.String("operator")}); code(t, err) != "NoSuchEntity" {
		t.Errorf("another account's user: %v", err)
	}
}
