package lab

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/transship/transship"
)

// startLab is a lab in dir that runs until the test ends.
func startLab(t *testing.T, cfg Config) *Lab {
	t.Helper()
	if cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	cfg.Listen = "127.0.0.1:0"
	l, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := l.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := l.Publish(t.Context(), Endpoints{}); err != nil {
		t.Fatal(err)
	}
	return l
}

// profile is what an SDK makes of the files that the lab wrote.
func profile(t *testing.T, l *Lab, name string) aws.Config {
	t.Helper()
	conf, creds := AWSFiles(l.cfg.Dir)
	cfg, err := config.LoadDefaultConfig(t.Context(), config.WithSharedConfigFiles([]string{conf}),
		config.WithSharedCredentialsFiles([]string{creds}), config.WithSharedConfigProfile(name))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestEachProfileIsWhoItSays(t *testing.T) {
	l := startLab(t, Config{})
	for name, want := range map[string]string{
		"source":      "arn:aws:iam::111111111111:user/admin",
		"destination": "arn:aws:iam::222222222222:user/admin",
		"operator":    "arn:aws:iam::222222222222:user/operator",
	} {
		id, err := sts.NewFromConfig(profile(t, l, name)).GetCallerIdentity(t.Context(), nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if *id.Arn != want {
			t.Errorf("%s is %s, want %s", name, *id.Arn, want)
		}
	}
}

func TestOneAddressServesS3AndWhatWasPutOutlivesARestart(t *testing.T) {
	dir := t.TempDir()
	l, err := Open(Config{Dir: dir, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(l.Start(t.Context()), l.Publish(t.Context(), Endpoints{})); err != nil {
		t.Fatal(err)
	}
	c := s3.NewFromConfig(profile(t, l, "source"))
	bucket, key := aws.String("photos"), aws.String("a//b/../ä")
	if _, err := c.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: bucket}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: key, Body: strings.NewReader("hello")}); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(endpointsFile(dir)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("endpoints.json after a clean stop: %v", err)
	}

	again := startLab(t, Config{Dir: dir})
	c = s3.NewFromConfig(profile(t, again, "source"))
	got, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if text, err := io.ReadAll(got.Body); err != nil || string(text) != "hello" {
		t.Errorf("got %q, %v", text, err)
	}
	// The operator has no rights until somebody grants them.
	_, err = s3.NewFromConfig(profile(t, again, "operator")).GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: key})
	wantCode(t, err, "AccessDenied")
}

func TestASignatureThatDoesNotFitIsRefusedByEachService(t *testing.T) {
	l := startLab(t, Config{})
	for name, c := range map[string]struct {
		change func(aws.Credentials) aws.Credentials
		code   string
	}{
		"another secret":          {func(c aws.Credentials) aws.Credentials { c.SecretAccessKey = "wrong"; return c }, "SignatureDoesNotMatch"},
		"a key that nobody has":   {func(c aws.Credentials) aws.Credentials { c.AccessKeyID = "AKIAAAAAAAAAAAAAAAAA"; return c }, "InvalidAccessKeyId"},
		"a token that is made up": {func(c aws.Credentials) aws.Credentials { c.SessionToken = "x"; return c }, "InvalidToken"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := profile(t, l, "source")
			good, err := cfg.Credentials.Retrieve(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			bad := c.change(good)
			cfg.Credentials = credentials.StaticCredentialsProvider{Value: bad}
			_, err = s3.NewFromConfig(cfg).ListBuckets(t.Context(), nil)
			wantCode(t, err, c.code)
			if _, err = sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), nil); err == nil {
				t.Error("STS took it")
			}
		})
	}
}

func TestIAMIsReachedByTheScopeOfTheSignature(t *testing.T) {
	l := startLab(t, Config{})
	form := "Action=ListUsers&Version=2010-05-08"
	status, body := post(t, l, "destination", "iam", form, time.Now())
	if status != http.StatusOK || !strings.Contains(body, "<UserName>operator</UserName>") {
		t.Errorf("HTTP %d: %s", status, body)
	}
	status, body = post(t, l, "operator", "iam", form, time.Now())
	if status != http.StatusForbidden || !strings.Contains(body, "AccessDenied") {
		t.Errorf("the operator, who may do nothing: HTTP %d: %s", status, body)
	}
	status, body = post(t, l, "destination", "iam", form, time.Now().Add(-time.Hour))
	if status != http.StatusForbidden && status != http.StatusBadRequest || strings.Contains(body, "operator") {
		t.Errorf("a request of an hour ago: HTTP %d: %s", status, body)
	}
	res, err := http.Post(l.URL()+"/", "application/x-www-form-urlencoded", strings.NewReader("Action=GetCallerIdentity&Version=2011-06-15"))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if text, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusForbidden || !bytes.Contains(text, []byte("MissingAuthenticationToken")) {
		t.Errorf("without a signature: HTTP %d: %s", res.StatusCode, text)
	}
}

// post sends a form, signed by the SDK's own signer.
func post(t *testing.T, l *Lab, name, service, form string, when time.Time) (int, string) {
	t.Helper()
	creds, err := profile(t, l, name).Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, l.URL()+"/", strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	sum := sha256.Sum256([]byte(form))
	if err := v4.NewSigner().SignHTTP(t.Context(), creds, r, hex.EncodeToString(sum[:]), service, Region, when); err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

func TestOneFolderBelongsToOneLab(t *testing.T) {
	l := startLab(t, Config{})
	_, err := Open(Config{Dir: l.cfg.Dir, Listen: "127.0.0.1:0"})
	if transship.CodeOf(err) != transship.Conflict || !strings.Contains(err.Error(), l.cfg.Dir) || len(transship.HintsOf(err)) == 0 {
		t.Errorf("a second lab: %v", err)
	}
	if _, err := ReadEndpoints(l.cfg.Dir); err != nil {
		t.Errorf("the refused one took the running one's endpoints away: %v", err)
	}
}

func TestAnAddressInUseIsNamed(t *testing.T) {
	l := startLab(t, Config{})
	other, err := Open(Config{Dir: t.TempDir(), Listen: strings.TrimPrefix(l.URL(), "http://")})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := other.Start(t.Context()); err == nil || !strings.Contains(err.Error(), strings.TrimPrefix(l.URL(), "http://")) {
		t.Errorf("got %v", err)
	}
}

func TestADamagedAccountsFileIsReportedAndLeftAlone(t *testing.T) {
	dir := t.TempDir()
	name := dir + "/accounts.json"
	if err := os.WriteFile(name, []byte(`{"version":1,"acc`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Config{Dir: dir, Listen: "127.0.0.1:0"}); transship.CodeOf(err) != transship.Damaged {
		t.Errorf("got %v", err)
	}
	if text, err := os.ReadFile(name); err != nil || string(text) != `{"version":1,"acc` {
		t.Errorf("the file is now %q, %v", text, err)
	}
}

func TestAnAccountsFileIsDeclaredOnceAndKept(t *testing.T) {
	f, err := ParseAccounts("team.yaml", []byte(accountsText))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	startOnce := func(check func(l *Lab)) {
		l, err := Open(Config{Dir: dir, Listen: "127.0.0.1:0", Accounts: f})
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if err := errors.Join(l.Start(t.Context()), l.Publish(t.Context(), Endpoints{})); err != nil {
			t.Fatal(err)
		}
		check(l)
	}
	bucket := aws.String("photos")
	const changed = `{"Version":"2012-10-17","Statement":[{"Sid":"Mine","Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"s3:ListBucket","Resource":"arn:aws:s3:::photos"}]}`
	startOnce(func(l *Lab) {
		c := s3.NewFromConfig(profile(t, l, "prod"))
		v, err := c.GetBucketVersioning(t.Context(), &s3.GetBucketVersioningInput{Bucket: bucket})
		if err != nil || v.Status != "Enabled" {
			t.Errorf("versioning: %v, %v", v, err)
		}
		o, err := c.GetBucketOwnershipControls(t.Context(), &s3.GetBucketOwnershipControlsInput{Bucket: bucket})
		if err != nil || o.OwnershipControls.Rules[0].ObjectOwnership != "ObjectWriter" {
			t.Errorf("ownership: %v, %v", o, err)
		}
		if _, err := c.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: bucket, Policy: aws.String(changed)}); err != nil {
			t.Fatal(err)
		}
	})
	startOnce(func(l *Lab) {
		p, err := s3.NewFromConfig(profile(t, l, "prod")).GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: bucket})
		if err != nil || !strings.Contains(*p.Policy, "Mine") {
			t.Errorf("a second start put the file's policy over the one that was set since: %v, %v", p, err)
		}
	})
}

func TestARoleMayTrustOneThatStandsLaterInTheFile(t *testing.T) {
	trust := func(principal string) Document {
		return Document{JSON: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":` + principal + `}]}`}
	}
	f := &AccountsFile{Name: "roles.yaml", Accounts: []Account{{ID: "111111111111", Name: "x", Users: []User{{Name: "admin"}}, Roles: []Role{
		{Name: "First", Trust: trust(`{"AWS":"arn:aws:iam::111111111111:role/Second"}`)},
		{Name: "Second", Trust: trust(`{"Service":"batchoperations.s3.amazonaws.com"}`)},
	}}}}
	l := startLab(t, Config{Accounts: f})
	if _, err := l.Accounts().Role("111111111111", "First"); err != nil {
		t.Error(err)
	}

	f.Accounts[0].Roles = append(f.Accounts[0].Roles, Role{Name: "Third", Trust: trust(`{"AWS":"arn:aws:iam::111111111111:role/Nobody"}`)})
	_, err := Open(Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", Accounts: f})
	if err == nil || !strings.Contains(err.Error(), "role Third of account 111111111111") {
		t.Errorf("a role that trusts nobody who is there: %v", err)
	}
}

func TestCloseWaitsForARequestThatIsUnderWay(t *testing.T) {
	l := startLab(t, Config{})
	c := s3.NewFromConfig(profile(t, l, "source"))
	if _, err := c.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("slow")}); err != nil {
		t.Fatal(err)
	}
	creds, err := profile(t, l, "source").Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	body, begun := newHeldBody(64 << 10)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, l.URL()+"/slow/key", body)
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = 2 * 64 << 10
	r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
	if err := v4.NewSigner().SignHTTP(t.Context(), creds, r, "UNSIGNED-PAYLOAD", "s3", Region, time.Now()); err != nil {
		t.Fatal(err)
	}
	// The body is sent when the lab asks for it: a connection that it has not
	// accepted yet would be reset with the listener.
	r.Header.Set("Expect", "100-continue")
	client := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute}}
	put, closed := make(chan int, 1), make(chan error, 1)
	go func() {
		status := 0
		if res, err := client.Do(r); err == nil {
			status = res.StatusCode
			res.Body.Close()
		}
		put <- status
	}()
	<-begun
	go func() { closed <- l.Close() }()
	for { // until the listener is closed, which is Close's first step
		if conn, err := net.Dial("tcp", strings.TrimPrefix(l.URL(), "http://")); err != nil {
			break
		} else {
			conn.Close()
		}
	}
	close(body.hold)
	if status := <-put; status != http.StatusOK {
		t.Errorf("the put was answered with HTTP %d", status)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

// heldBody gives half of its bytes at once, more than a client keeps back, and
// the other half when it is let go.
type heldBody struct {
	first io.Reader
	rest  io.Reader
	begun chan struct{}
	hold  chan struct{}
	once  sync.Once
}

func newHeldBody(half int) (*heldBody, <-chan struct{}) {
	zeros := func() io.Reader { return bytes.NewReader(make([]byte, half)) }
	b := &heldBody{first: zeros(), rest: zeros(), begun: make(chan struct{}), hold: make(chan struct{})}
	return b, b.begun
}

func (b *heldBody) Read(p []byte) (int, error) {
	if n, err := b.first.Read(p); err == nil {
		return n, nil
	}
	b.once.Do(func() { close(b.begun) })
	<-b.hold
	return b.rest.Read(p)
}

func TestALabMayBeClosedTwice(t *testing.T) {
	l := startLab(t, Config{})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code {
		t.Errorf("got %v, want %s", err, code)
	}
}
