package account

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
	"github.com/transship/transship/internal/s3wire"
	"github.com/transship/transship/internal/sigv4"
)

// cloud is an STS and an S3 that check signatures.
type cloud struct {
	*httptest.Server
	mu       sync.Mutex
	sessions []time.Duration // lives of the sessions to come
	assumed  []url.Values
	keys     []string // access keys of S3 requests
	refuse   bool
}

func newCloud(t *testing.T) *cloud {
	c := &cloud{}
	v := &sigv4.Verifier{Lookup: func(accessKey, token string) (string, error) {
		if accessKey == "AKIASOURCE" || strings.HasPrefix(accessKey, "ASIA") && token == "token of "+accessKey {
			return "secret of " + accessKey, nil
		}
		return "", sigv4.UnknownAccessKey()
	}}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, err := v.Verify(r)
		if err != nil {
			var e *transship.Error
			errors.As(err, &e)
			w.WriteHeader(e.Status)
			fmt.Fprintf(w, "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code><Message>%s</Message></Error></ErrorResponse>", e.Message)
			return
		}
		data, _ := io.ReadAll(got.Body)
		c.mu.Lock()
		defer c.mu.Unlock()
		if got.Service == "s3" {
			c.keys = append(c.keys, got.AccessKey)
			return
		}
		form, _ := url.ParseQuery(string(data))
		switch {
		case c.refuse:
			w.WriteHeader(http.StatusForbidden)
			io.WriteString(w, "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User is not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>")
		case form.Get("Action") == "GetCallerIdentity":
			io.WriteString(w, "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111111111111:user/admin</Arn><UserId>AIDA</UserId><Account>111111111111</Account></GetCallerIdentityResult></GetCallerIdentityResponse>")
		case form.Get("Action") == "AssumeRole":
			life := time.Hour
			if len(c.assumed) < len(c.sessions) {
				life = c.sessions[len(c.assumed)]
			}
			c.assumed = append(c.assumed, form)
			id := fmt.Sprintf("ASIA%d", len(c.assumed))
			fmt.Fprintf(w, "<AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser><Arn>a</Arn><AssumedRoleId>i</AssumedRoleId></AssumedRoleUser><Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>secret of %s</SecretAccessKey><SessionToken>token of %s</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>",
				id, id, id, time.Now().Add(life).UTC().Format(time.RFC3339))
		}
	}))
	t.Cleanup(c.Close)
	return c
}

// files writes AWS config and credentials and points the environment at them.
func files(t *testing.T, config, credentials string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"config": config, "credentials": credentials} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range os.Environ() {
		if name, value, _ := strings.Cut(e, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, value) // put back at the end
			os.Unsetenv(name)
		}
	}
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(dir, "config"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(dir, "credentials"))
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

const keysOfSource = "[source]\naws_access_key_id = AKIASOURCE\naws_secret_access_key = secret of AKIASOURCE\n"

func head(ctx context.Context, a *Account) error {
	_, err := a.S3.HeadObject(ctx, s3call.Get{Ref: s3call.Ref{Bucket: "b", Key: "k"}})
	return err
}

func TestAProfilesEndpointAndKeysMakeAWorkingClient(t *testing.T) {
	c := newCloud(t)
	files(t, "[profile source]\nregion = eu-central-1\nendpoint_url = "+c.URL+"\n", keysOfSource)
	a, err := Load(context.Background(), Options{Profile: "source"})
	if err != nil {
		t.Fatal(err)
	}
	if a.Region != "eu-central-1" || a.Endpoint != c.URL {
		t.Errorf("Region %s, endpoint %s", a.Region, a.Endpoint)
	}
	if err := head(context.Background(), a); err != nil {
		t.Error(err)
	}
	who, err := a.Identity(context.Background())
	if err != nil || who.Account != "111111111111" || who.ARN != "arn:aws:iam::111111111111:user/admin" {
		t.Errorf("%v %v", who, err)
	}
	if _, err := a.S3SDK().HeadObject(context.Background(), &s3.HeadObjectInput{Bucket: &a.Region, Key: &a.Region}); err != nil {
		t.Error(err)
	}
}

func TestTheEndpointOfS3ComesFromWhereTheCommandLineOfAWSTakesIt(t *testing.T) {
	config := "[profile source]\nservices = here\nendpoint_url = http://profile:1\n[services here]\ns3 =\n  endpoint_url = http://services:1\n[profile plain]\nendpoint_url = http://profile:1\n[profile none]\n"
	for _, c := range []struct {
		name, profile, env, env3, option, want string
	}{
		{"the services section is stronger than the profile's endpoint", "source", "", "", "", "http://services:1"},
		{"the profile's endpoint is taken where nothing else is", "plain", "", "", "", "http://profile:1"},
		{"the variable for S3 is stronger than the files", "source", "", "http://env3:1", "", "http://env3:1"},
		{"the variable for all services is stronger than the profile's endpoint", "plain", "http://env:1", "", "", "http://env:1"},
		{"the option is stronger than the profile's endpoint", "plain", "", "", "http://option:1", "http://option:1"},
		{"the option is stronger than the services section", "source", "", "", "http://option:1", "http://option:1"},
		{"without any it is AWS", "none", "", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			files(t, config, keysOfSource)
			if c.env != "" {
				t.Setenv("AWS_ENDPOINT_URL", c.env)
			}
			if c.env3 != "" {
				t.Setenv("AWS_ENDPOINT_URL_S3", c.env3)
			}
			a, err := Load(context.Background(), Options{Profile: c.profile, EndpointURL: c.option})
			if err != nil {
				t.Fatal(err)
			}
			if a.Endpoint != c.want {
				t.Errorf("endpoint %q, want %q", a.Endpoint, c.want)
			}
			if a.custom() != (c.want != "") {
				t.Error("path style where the buckets have names, or the other way round")
			}
		})
	}
}

func TestAMissingProfileIsNamed(t *testing.T) {
	files(t, "", "")
	_, err := Load(context.Background(), Options{Profile: "nobody"})
	if transship.CodeOf(err) != transship.Invalid || !strings.Contains(err.Error(), `"nobody"`) || len(transship.HintsOf(err)) == 0 {
		t.Fatalf("%v, hints %v", err, transship.HintsOf(err))
	}
}

func TestAProfileWithoutKeysSaysWhatToDo(t *testing.T) {
	c := newCloud(t)
	files(t, "[profile empty]\nendpoint_url = "+c.URL+"\n", "")
	a, err := Load(context.Background(), Options{Profile: "empty"})
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{"wire": head(context.Background(), a), "sts": func() error { _, err := a.Identity(context.Background()); return err }()} {
		hints := strings.Join(transship.HintsOf(err), "\n")
		if transship.CodeOf(err) != transship.Denied || !strings.Contains(hints, "aws configure --profile empty") || !strings.Contains(err.Error(), "empty") {
			t.Errorf("%s: %v, hints %s", name, err, hints)
		}
	}
}

func TestUnknownKeysAreARefusalThatNamesTheProfile(t *testing.T) {
	c := newCloud(t)
	files(t, "[profile other]\nendpoint_url = "+c.URL+"\n", "[other]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = hidden-secret\n")
	a, err := Load(context.Background(), Options{Profile: "other"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Identity(context.Background())
	if transship.CodeOf(err) != transship.Denied || !strings.Contains(err.Error(), "other") || len(transship.HintsOf(err)) == 0 {
		t.Errorf("%v", err)
	}
	if strings.Contains(fmt.Sprint(err, transship.HintsOf(err)), "hidden-secret") {
		t.Error("the secret is in the error")
	}
}

func TestARolesSessionIsRenewedFiveMinutesBeforeItsEnd(t *testing.T) {
	c := newCloud(t)
	c.sessions = []time.Duration{4 * time.Minute, 6 * time.Minute}
	a, err := Static(s3wire.Credentials{AccessKey: "AKIASOURCE", Secret: "secret of AKIASOURCE"}, "", c.URL, Client{})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	r, err := a.AssumeRole(ctx, "arn:aws:iam::222222222222:role/path/BatchCopy", "job-1", Session{ExternalID: "x", Duration: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := head(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(c.keys, " "); got != "ASIA2 ASIA2 ASIA2" {
		t.Errorf("requests were signed by %s", got)
	}
	f := c.assumed[0]
	if f.Get("RoleArn") != "arn:aws:iam::222222222222:role/path/BatchCopy" || f.Get("RoleSessionName") != "job-1" || f.Get("ExternalId") != "x" || f.Get("DurationSeconds") != "3600" {
		t.Errorf("asked for %v", f)
	}
}

func TestARefusedRoleSaysWhoAndWhy(t *testing.T) {
	c := newCloud(t)
	c.refuse = true
	a, err := Static(s3wire.Credentials{AccessKey: "AKIASOURCE", Secret: "secret of AKIASOURCE"}, "", c.URL, Client{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.AssumeRole(context.Background(), "arn:aws:iam::222222222222:role/BatchCopy", "s", Session{})
	if transship.CodeOf(err) != transship.Denied || !strings.Contains(err.Error(), "role/BatchCopy") || !strings.Contains(strings.Join(transship.HintsOf(err), ""), "trust policy") {
		t.Errorf("%v; %v", err, transship.HintsOf(err))
	}
	if _, err := a.AssumeRole(context.Background(), "not-an-arn", "s", Session{}); transship.CodeOf(err) != transship.Invalid {
		t.Error(err)
	}
}

func TestTheSDKsErrorsBecomeOurs(t *testing.T) {
	c := newCloud(t)
	a, err := Static(s3wire.Credentials{AccessKey: "AKIAOTHER", Secret: "hidden-secret"}, "", c.URL, Client{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.S3SDK().GetBucketPolicy(context.Background(), &s3.GetBucketPolicyInput{Bucket: &a.Region})
	err = a.Translate("read the bucket's policy", err)
	var e *transship.Error
	if !errors.As(err, &e) || e.Code != transship.Denied || e.Status != 403 || e.Op != "read the bucket's policy" || e.Account != "AKIAOTHER" || strings.Contains(err.Error(), "hidden-secret") {
		t.Errorf("%+v", e)
	}
	if a.Translate("x", nil) != nil || a.Translate("x", err) != err {
		t.Error("nil or an error of ours was changed")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := a.AssumeRole(ctx, "arn:aws:iam::222222222222:role/R", "s", Session{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if err := head(ctx, a); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestNobodyListeningIsUnavailable(t *testing.T) {
	a, err := Static(s3wire.Credentials{AccessKey: "AKIA", Secret: "x"}, "", "http://127.0.0.1:1", Client{})
	if err != nil {
		t.Fatal(err)
	}
	a.cfg.RetryMaxAttempts = 1
	if _, err := a.Identity(context.Background()); transship.CodeOf(err) != transship.Unavailable {
		t.Errorf("%v", err)
	}
}
