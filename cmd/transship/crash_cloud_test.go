package main

import (
	"bytes"
	"context"
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
	"github.com/transship/transship/internal/report"
	"github.com/transship/transship/internal/s3call"
	"github.com/transship/transship/internal/s3wire"
	"github.com/transship/transship/internal/verify"
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

// rows are the rows of a report by key. A key with two rows is an error.
func rows(t *testing.T, shelf report.Shelf, bucket, manifest string) map[string]transship.Result {
	t.Helper()
	found := map[string]transship.Result{}
	for row, err := range (&report.Reader{Shelf: shelf}).Rows(t.Context(), bucket, manifest) {
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := found[row.RawKey]; twice {
			t.Errorf("the report has two rows for %s", row.RawKey)
		}
		found[row.RawKey] = row
	}
	return found
}

func (c *cloud) rowsOf(t *testing.T, job string) map[string]transship.Result {
	t.Helper()
	return rows(t, c.destination.S3, "reports", "reports/job-"+job+"/manifest.json")
}

// allSucceeded demands one succeeded row for each of n objects.
func allSucceeded(t *testing.T, rows map[string]transship.Result, n int) {
	t.Helper()
	if len(rows) != n {
		t.Errorf("the report has %d rows, want %d", len(rows), n)
	}
	for i := range n {
		if row := rows[dataKey(i)]; !row.Succeeded {
			t.Errorf("the row of %s: %+v", dataKey(i), row)
		}
	}
}

// versions are the versions of a bucket's keys, newest first.
func (c *cloud) versions(t *testing.T, bucket string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for call := (s3call.ListVersions{Bucket: bucket}); ; {
		page, err := c.destination.S3.ListObjectVersions(t.Context(), call)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range page.Objects {
			found[v.Key] = append(found[v.Key], v.VersionID)
		}
		if !page.Truncated {
			return found
		}
		call.KeyMarker, call.VersionMarker = page.NextKeyMarker, page.NextVersionMarker
	}
}

// eachOnce demands one version a key, or that every further one is named in
// the key's row. It answers how many there are beyond one a key.
func eachOnce(t *testing.T, versions map[string][]string, rows map[string]transship.Result) (beyond int) {
	t.Helper()
	for key, ids := range versions {
		unnamed := 0
		for _, id := range ids {
			if !strings.Contains(rows[key].Message, id) {
				unnamed++
			}
		}
		if unnamed > 1 {
			t.Errorf("%s has the versions %q, its row names too few: %q", key, ids, rows[key].Message)
		}
		beyond += len(ids) - 1
	}
	return beyond
}

// remarks are how many tasks were looked at twice, by what their rows say.
func remarks(rows map[string]transship.Result) (n int) {
	for _, row := range rows {
		if strings.Contains(row.Message, "uncertain attempt") {
			n++
		}
	}
	return n
}

// count is how many keys a bucket has.
func (c *cloud) count(t *testing.T, bucket string) int {
	t.Helper()
	n := 0
	for call := (s3call.List{Bucket: bucket}); ; {
		page, err := c.destination.S3.ListObjectsV2(t.Context(), call)
		if err != nil {
			t.Fatal(err)
		}
		n += len(page.Objects)
		if !page.Truncated {
			return n
		}
		call.Token = page.Token
	}
}

// equal demands that bucket holds the source's objects: all by their listing,
// and a hundred in every detail.
func (c *cloud) equal(t *testing.T, bucket string, n int) {
	t.Helper()
	c.compare(t, verify.ByListing, place{bucket: "from"}, place{bucket: bucket}, n)
	c.compare(t, verify.Full, place{"from", "data/0001"}, place{bucket, "data/0001"}, 100)
}

func (c *cloud) compare(t *testing.T, level verify.Level, from, to place, n int) {
	t.Helper()
	ctx := context.Background()
	left, right := side(ctx, c.source.S3, from), side(ctx, c.destination.S3, to)
	left.Prefix, right.Prefix = "", ""
	result, err := (&verify.Verifier{Level: level}).Compare(t.Context(), left, right)
	if err != nil {
		t.Fatal(err)
	}
	if !result.Equal() || result.Same != int64(n) {
		t.Errorf("%s and %s are not equal (%s): %d the same of %d; %+v %+v", from, to, level, result.Same, n, result.Differences, result.NotComparable)
	}
}
