package s3_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/transship/transship/iampolicy"
	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/s3"
	"github.com/transship/transship/internal/sigv4"
)

const (
	source = "111111111111"
	dest   = "222222222222"
)

// cloud is a server with callers, each known by an access key of his name.
type cloud struct {
	t       testing.TB
	cfg     s3.Config
	server  *s3.Server
	web     *httptest.Server
	callers map[string]access.Caller
}

// accounts is a directory of two.
type accounts struct{}

func (accounts) Account(id string) (string, string, bool) {
	if id != source && id != dest {
		return "", "", false
	}
	return strings.Repeat(id, 6)[:64], "account " + id[:1], true
}

func (accounts) ByCanonical(canonical string) (string, bool) {
	for _, id := range []string{source, dest} {
		if strings.Repeat(id, 6)[:64] == canonical {
			return id, true
		}
	}
	return "", false
}

const everything = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`

func newCloud(t testing.TB, change ...func(*s3.Config)) *cloud {
	t.Helper()
	if p, ok := t.(interface{ Parallel() }); ok {
		p.Parallel() // most of the time is spent waiting for the disk
	}
	c := &cloud{t: t, cfg: s3.Config{Dir: t.TempDir(), Directory: accounts{}}, callers: map[string]access.Caller{}}
	for _, f := range change {
		f(&c.cfg)
	}
	c.user("source", source, everything)
	c.user("dest", dest, everything)
	c.open()
	c.web = httptest.NewServer(c)
	t.Cleanup(func() { c.web.Close(); c.server.Close() })
	return c
}

func (c *cloud) open() {
	c.t.Helper()
	var err error
	if c.server, err = s3.Open(c.cfg); err != nil {
		c.t.Fatal(err)
	}
}

// user adds a caller with that identity policy; empty: none.
func (c *cloud) user(name, account, policy string) {
	c.t.Helper()
	caller := access.Caller{Account: account, ARN: "arn:aws:iam::" + account + ":user/" + name, UserName: name, UserID: "AIDA" + name}
	caller.CanonicalID, _, _ = accounts{}.Account(account)
	if policy != "" {
		p, err := iampolicy.Parse([]byte(policy), iampolicy.Identity)
		if err != nil {
			c.t.Fatal(err)
		}
		caller.Identity = []*iampolicy.Policy{p}
	}
	c.callers["AK"+name] = caller
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	verifier := sigv4.Verifier{Now: c.cfg.Now, Lookup: func(key, token string) (string, error) {
		if _, ok := c.callers[key]; !ok {
			return "", sigv4.UnknownAccessKey()
		}
		return "secret", nil
	}}
	v, err := verifier.Verify(r)
	if err != nil {
		c.server.Refuse(w, r, err)
		return
	}
	c.server.ServeS3(w, r, c.callers[v.AccessKey], v)
}

// as is the SDK's client of a caller.
func (c *cloud) as(name string) *sdk.Client {
	return sdk.New(sdk.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(c.web.URL), UsePathStyle: true, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AK"+name, "secret", ""),
	})
}

func (c *cloud) bucket(owner, name string) {
	c.t.Helper()
	if _, err := c.as(owner).CreateBucket(context.Background(), &sdk.CreateBucketInput{Bucket: &name}); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cloud) versioned(owner, name string) {
	c.t.Helper()
	c.bucket(owner, name)
	c.setVersioning(owner, name, "Enabled")
}

func (c *cloud) setVersioning(owner, name, status string) {
	c.t.Helper()
	in := &sdk.PutBucketVersioningInput{Bucket: &name}
	in.VersioningConfiguration = versioning(status)
	if _, err := c.as(owner).PutBucketVersioning(context.Background(), in); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cloud) put(caller, bucket, key, body string) *sdk.PutObjectOutput {
	c.t.Helper()
	out, err := c.as(caller).PutObject(context.Background(), &sdk.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader(body)})
	if err != nil {
		c.t.Fatalf("put %q: %v", key, err)
	}
	return out
}

// get is the body of a version, or the error.
func (c *cloud) get(caller, bucket, key, version string) (string, error) {
	in := &sdk.GetObjectInput{Bucket: &bucket, Key: &key, ChecksumMode: "ENABLED"}
	if version != "" {
		in.VersionId = &version
	}
	out, err := c.as(caller).GetObject(context.Background(), in)
	if err != nil {
		return "", err
	}
	defer out.Body.Close()
	b, err := io.ReadAll(out.Body)
	return string(b), err
}

// wantBody fails unless the version has that body.
func (c *cloud) wantBody(caller, bucket, key, version, want string) {
	c.t.Helper()
	got, err := c.get(caller, bucket, key, version)
	if err != nil || got != want {
		c.t.Errorf("%s/%q %s: got %q, %v; want %q", bucket, key, version, brief(got), err, brief(want))
	}
}

func brief(s string) string {
	if len(s) > 60 {
		return s[:60] + "..."
	}
	return s
}

// wantCode fails unless err is an S3 error of that status and code.
func wantCode(t testing.TB, err error, status int, code string) {
	t.Helper()
	var api smithy.APIError
	var web *smithyhttp.ResponseError
	if !errors.As(err, &web) || !errors.As(err, &api) {
		t.Errorf("got %v, want HTTP %d %s", err, status, code)
		return
	}
	if web.HTTPStatusCode() != status || code != "" && api.ErrorCode() != code {
		t.Errorf("got HTTP %d %s (%s), want %d %s", web.HTTPStatusCode(), api.ErrorCode(), api.ErrorMessage(), status, code)
	}
}
