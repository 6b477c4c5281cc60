package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/account"
	"github.com/transship/transship/internal/jobclient"
	"github.com/transship/transship/internal/lab"
	"github.com/transship/transship/internal/s3call"
	"github.com/transship/transship/internal/s3wire"
)

// The tests in the files crash_*_test.go kill the program, as a process of its
// own, and ask through its doors whether every promise was kept.

// crashAccounts is the cloud of these tests: objects in one account, copied by
// a role of another. The role Half may not write most keys.
const crashAccounts = `
accounts:
  - id: 111111111111
    name: source
    users:
      - name: admin
        policies: {everything: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}}
  - id: 222222222222
    name: destination
    users:
      - name: admin
        policies: {everything: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}}
    roles:
      - name: Copy
        trust:
          Version: "2012-10-17"
          Statement:
            - {Effect: Allow, Principal: {Service: batchoperations.s3.amazonaws.com}, Action: "sts:AssumeRole"}
            - {Effect: Allow, Principal: {AWS: "arn:aws:iam::222222222222:root"}, Action: "sts:AssumeRole"}
        policies: {copy: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:*", Resource: "*"}]}}
      - name: Half
        trust:
          Version: "2012-10-17"
          Statement:
            - {Effect: Allow, Principal: {Service: batchoperations.s3.amazonaws.com}, Action: "sts:AssumeRole"}
        policies:
          copy:
            Version: "2012-10-17"
            Statement:
              - {Effect: Allow, Action: "s3:*", Resource: "*"}
              - {Effect: Deny, Action: "s3:PutObject", Resource: ["arn:aws:s3:::to-half/*1", "arn:aws:s3:::to-half/*2", "arn:aws:s3:::to-half/*3", "arn:aws:s3:::to-half/*4", "arn:aws:s3:::to-half/*5", "arn:aws:s3:::to-half/*6"]}
buckets:
  - name: from
    account: source
    policy:
      Version: "2012-10-17"
      Statement:
        - {Effect: Allow, Principal: {AWS: "arn:aws:iam::222222222222:root"}, Action: ["s3:GetObject", "s3:GetObjectTagging", "s3:ListBucket"], Resource: ["arn:aws:s3:::from", "arn:aws:s3:::from/*"]}
  - {name: lists, account: destination}
  - {name: reports, account: destination}
  - {name: to-plain, account: destination}
  - {name: to-half, account: destination}
  - {name: to-versioned, account: destination, versioning: Enabled}
  - {name: to-copied, account: destination, versioning: Enabled}
  - {name: to-cancelled, account: destination}
`

const copyRole = "arn:aws:iam::222222222222:role/Copy"

// cloud is a lab as a process, with clients of its two admins. They retry
// nothing, so that every fault shows.
type cloud struct {
	dir, accounts string
	flags         []string
	at            lab.Endpoints
	process       *program
	env           []string // in which programs find the cloud

	source, destination *account.Account
	jobs                *jobclient.Client // of the destination's admin
}

func startCloud(t *testing.T, flags ...string) *cloud {
	t.Helper()
	home := t.TempDir()
	c := &cloud{dir: filepath.Join(home, "lab"), accounts: filepath.Join(home, "accounts.yaml"), flags: flags}
	if err := os.WriteFile(c.accounts, []byte(crashAccounts), 0o600); err != nil {
		t.Fatal(err)
	}
	c.at = lab.Endpoints{S3: "http://127.0.0.1:0", Control: "http://127.0.0.1:0"}
	c.launch(t)
	eventually(t, "the lab to be ready", func() bool {
		if !c.process.alive() {
			t.Fatalf("the lab did not start:\n%s", &c.process.said)
		}
		at, err := lab.ReadEndpoints(c.dir)
		c.at = at
		return err == nil
	})
	configFile, credentialsFile := lab.AWSFiles(c.dir)
	c.env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home, "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE=" + configFile, "AWS_SHARED_CREDENTIALS_FILE=" + credentialsFile}
	c.source, c.destination = c.account(t, c.dir, "source"), c.account(t, c.dir, "destination")
	c.jobs = jobsAt(t, c.destination, c.at.Control)
	return c
}

func (c *cloud) launch(t *testing.T) {
	t.Helper()
	c.process = launch(t, os.Environ(), append([]string{"lab", "--data", c.dir, "--accounts", c.accounts,
		"--listen", strings.TrimPrefix(c.at.S3, "http://"), "--service-listen", strings.TrimPrefix(c.at.Control, "http://")}, c.flags...)...)
	c.process.stopAfter(t)
}

// die is kill -9 of all there is: store, accounts and job service.
func (c *cloud) die() { c.process.kill() }

// rise starts again what died, on the same data and addresses.
func (c *cloud) rise(t *testing.T) {
	t.Helper()
	c.launch(t)
	c.process.answers(t, c.at.S3, c.at.Control)
}

// answers waits until somebody speaks HTTP at all of these.
func (p *program) answers(t *testing.T, urls ...string) {
	t.Helper()
	for _, url := range urls {
		eventually(t, url+" to answer", func() bool {
			if !p.alive() {
				t.Fatalf("%q ended early:\n%s", p.cmd.Args, &p.said)
			}
			res, err := http.Get(url)
			return err == nil && res.Body.Close() == nil
		})
	}
}

// account is that of a profile in a folder's AWS files.
func (c *cloud) account(t *testing.T, dir, profile string) *account.Account {
	t.Helper()
	configFile, credentialsFile := lab.AWSFiles(dir)
	found, err := config.LoadSharedConfigProfile(t.Context(), profile, func(o *config.LoadSharedConfigOptions) {
		o.ConfigFiles, o.CredentialsFiles = []string{configFile}, []string{credentialsFile}
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := account.Static(s3wire.Credentials{AccessKey: found.Credentials.AccessKeyID, Secret: found.Credentials.SecretAccessKey},
		lab.Region, c.at.S3, account.Client{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

func jobsAt(t *testing.T, a *account.Account, control string) *jobclient.Client {
	t.Helper()
	jobs, err := jobclient.New(a.Config(), "222222222222", control, a.Translate)
	if err != nil {
		t.Fatal(err)
	}
	return jobs
}

// dataKey is the key of the source's object number i.
func dataKey(i int) string { return fmt.Sprintf("data/%06d", i) }

// fill puts n small objects into the source, by many writers, and a list of
// them, a manifest, into lists/all.csv. It answers the list's ETag.
func (c *cloud) fill(t *testing.T, n int) (etag string) {
	t.Helper()
	g, ctx := errgroup.WithContext(t.Context())
	g.SetLimit(32)
	var list strings.Builder
	for i := range n {
		fmt.Fprintf(&list, "from,%s\n", dataKey(i))
		g.Go(func() error {
			text := fmt.Sprintf("object %d\n", i)
			put := s3call.Put{Bucket: "from", Key: dataKey(i), Body: strings.NewReader(text), Size: int64(len(text)),
				Attributes: s3call.Attributes{ContentType: "text/plain", UserMetadata: map[string]string{"number": fmt.Sprint(i)}}}
			if i%7 == 0 {
				put.Tags = []transship.Tag{{Key: "team", Value: "data + more"}}
			}
			_, err := c.source.S3.PutObject(ctx, put)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	return c.put(t, "lists", "all.csv", list.String())
}

// put writes one object of the destination account and answers its ETag.
func (c *cloud) put(t *testing.T, bucket, key, text string) string {
	t.Helper()
	w, err := c.destination.S3.PutObject(t.Context(), s3call.Put{Bucket: bucket, Key: key, Body: bytes.NewReader([]byte(text)), Size: int64(len(text))})
	if err != nil {
		t.Fatal(err)
	}
	return w.ETag
}

// copyJob copies what lists/all.csv names into a bucket.
func copyJob(etag, bucket string) *transship.Job {
	return &transship.Job{RoleARN: copyRole, Priority: 1, Token: uuid.NewString(),
		Manifest: transship.Manifest{Format: transship.ManifestCSV, Fields: []string{transship.FieldBucket, transship.FieldKey},
			ObjectARN: "arn:aws:s3:::lists/all.csv", ETag: etag},
		Operation: transship.Operation{Copy: &transship.CopyOperation{TargetResource: transship.BucketARN(bucket)}},
		Report: transship.Report{Enabled: true, BucketARN: transship.BucketARN("reports"), Prefix: "reports",
			Format: transship.ReportFormatCSV, Scope: transship.AllTasks}}
}

func create(t *testing.T, jobs *jobclient.Client, job *transship.Job) string {
	t.Helper()
	id, err := jobs.Create(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// ends waits for a job's end and demands this state.
func ends(t *testing.T, jobs *jobclient.Client, id string, state transship.State) *transship.Job {
	t.Helper()
	var job *transship.Job
	eventually(t, "job "+id+" to end", func() bool {
		var err error
		if job, err = jobs.Describe(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		return job.State.Terminal()
	})
	if job.State != state {
		t.Fatalf("job %s is %s, want %s: %+v", id, job.State, state, job.Failures)
	}
	return job
}
