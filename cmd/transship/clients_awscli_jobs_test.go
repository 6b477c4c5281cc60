package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/s3control/types"

	"github.com/transship/transship/internal/lab"
)

const (
	oldAccount, newAccount = "111111111111", "222222222222"
	roleARN                = "arn:aws:iam::222222222222:role/BatchCopy"
	trustBatch             = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"batchoperations.s3.amazonaws.com"},"Action":"sts:AssumeRole"}]}`

	// What the role may do, as AWS documents it for S3PutObjectCopy.
	rolePolicy = `{"Version":"2012-10-17","Statement":[
  {"Effect":"Allow","Action":["s3:GetObject","s3:GetObjectVersion","s3:GetObjectTagging","s3:GetObjectVersionTagging","s3:ListBucket"],"Resource":["arn:aws:s3:::old-photos","arn:aws:s3:::old-photos/*"]},
  {"Effect":"Allow","Action":["s3:PutObject","s3:PutObjectTagging","s3:PutObjectAcl"],"Resource":["arn:aws:s3:::new-photos/*"]},
  {"Effect":"Allow","Action":["s3:GetObject","s3:GetObjectVersion","s3:GetBucketLocation","s3:PutObject"],"Resource":["arn:aws:s3:::new-reports","arn:aws:s3:::new-reports/*"]}]}`

	// The other account's word: the role may read its bucket.
	bucketPolicy = `{"Version":"2012-10-17","Statement":[{"Sid":"AllowTheRole","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:role/BatchCopy"},
  "Action":["s3:GetObject","s3:GetObjectVersion","s3:GetObjectTagging","s3:GetObjectVersionTagging","s3:ListBucket"],"Resource":["arn:aws:s3:::old-photos","arn:aws:s3:::old-photos/*"]}]}`

	jobCopy     = `{"S3PutObjectCopy":{"TargetResource":"arn:aws:s3:::new-photos","TargetKeyPrefix":"moved"}}`
	jobReport   = `{"Enabled":true,"Bucket":"arn:aws:s3:::new-reports","Prefix":"jobs","Format":"Report_CSV_20180820","ReportScope":"AllTasks"}`
	jobManifest = `{"Spec":{"Format":"S3BatchOperations_CSV_20180820","Fields":["Bucket","Key"]},"Location":{"ObjectArn":"arn:aws:s3:::new-reports/%s","ETag":"%s"}}`
)

// control calls the S3 Control API by one of the two ways that this CLI takes
// (docs/clients.md).
func (l *runningLab) control(proxy bool, profile string, args ...string) answer {
	endpoint, env := l.local, []string(nil)
	if proxy {
		endpoint, env = "http://control.test", []string{"HTTP_PROXY=" + l.at.Control}
	}
	return l.start("", env, l.bin, append([]string{"--endpoint-url", endpoint, "--profile", profile, "--output", "text", "s3control"}, args...)...)
}

func (l *runningLab) controls(t *testing.T, proxy bool, args ...string) string {
	t.Helper()
	a := l.control(proxy, "destination", append(args, "--account-id", newAccount)...)
	if a.failed != nil {
		t.Fatalf("aws s3control %s: %s", strings.Join(args, " "), a.err)
	}
	return a.out
}

func (l *runningLab) createJob(t *testing.T, key, etag string, more ...string) string {
	t.Helper()
	return l.controls(t, false, append([]string{"create-job", "--operation", jobCopy, "--report", jobReport, "--manifest", fmt.Sprintf(jobManifest, key, etag),
		"--priority", "10", "--role-arn", roleARN, "--query", "JobId"}, more...)...)
}

// waitForJob waits until the job is in that state, and fails in another one
// that it cannot leave. The SDK for Go asks, since the CLI takes a second each
// time.
func (l *runningLab) waitForJob(t *testing.T, id, state string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	configFile, credentialsFile := lab.AWSFiles(l.dir)
	cfg, err := config.LoadDefaultConfig(ctx, config.WithSharedConfigProfile("destination"), config.WithRegion("snow"), // no prefix
		config.WithSharedConfigFiles([]string{configFile}), config.WithSharedCredentialsFiles([]string{credentialsFile}))
	if err != nil {
		t.Fatal(err)
	}
	api := s3control.NewFromConfig(cfg, func(o *s3control.Options) { o.BaseEndpoint = &l.at.Control })
	for {
		out, err := api.DescribeJob(ctx, &s3control.DescribeJobInput{AccountId: aws.String(newAccount), JobId: &id})
		if err != nil {
			t.Fatal(err)
		}
		switch got := out.Job.Status; {
		case string(got) == state:
			return
		case got == types.JobStatusFailed, got == types.JobStatusComplete, got == types.JobStatusCancelled:
			t.Fatalf("the job is %s, want %s: %+v, %+v", got, state, out.Job.FailureReasons, out.Job.ProgressSummary)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// A migration as AWS documents it, by hand, with the CLI alone: the role, the
// two buckets' policies, the job, its report.
func TestDebiansAWSCLICopiesBetweenAccountsByAJob(t *testing.T) {
	l := awsLab(t)
	photos := map[string]string{"a.jpg": "first", "b c.jpg": "second", "deep/ü+.jpg": "third"}
	l.aws(t, "source", "s3", "mb", "s3://old-photos")
	l.aws(t, "source", "s3", "sync", "--no-progress", writeTree(t, photos), "s3://old-photos")
	l.aws(t, "source", "s3api", "put-object-tagging", "--bucket", "old-photos", "--key", "a.jpg", "--tagging", "TagSet=[{Key=team,Value=moving}]")
	l.aws(t, "destination", "s3", "mb", "s3://new-photos")
	l.aws(t, "destination", "s3", "mb", "s3://new-reports")

	l.awsRefuses(t, "MalformedPolicy", "source", "s3api", "put-bucket-policy", "--bucket", "old-photos", "--policy", bucketPolicy) // no such role yet
	l.awsSame(t, roleARN, "destination", "iam", "create-role", "--role-name", "BatchCopy", "--assume-role-policy-document", trustBatch, "--query", "Role.Arn")
	l.aws(t, "destination", "iam", "put-role-policy", "--role-name", "BatchCopy", "--policy-name", "copy", "--policy-document", rolePolicy)
	l.awsRefuses(t, "EntityAlreadyExists", "destination", "iam", "create-role", "--role-name", "BatchCopy", "--assume-role-policy-document", trustBatch)
	l.aws(t, "source", "s3api", "put-bucket-policy", "--bucket", "old-photos", "--policy", bucketPolicy)

	manifest := writeTree(t, map[string]string{"m.csv": "old-photos,a.jpg\nold-photos,b+c.jpg\nold-photos,deep/%C3%BC%2B.jpg\nold-photos,gone.jpg\n"})
	etag := l.aws(t, "destination", "s3api", "put-object", "--bucket", "new-reports", "--key", "m.csv", "--body", manifest+"/m.csv", "--query", "ETag")
	etag = strings.Trim(etag, `"`)

	id := l.createJob(t, "m.csv", etag, "--confirmation-required", "--description", "older photos", "--client-request-token", "once", "--tags", "Key=team,Value=moving")
	if again := l.createJob(t, "m.csv", etag, "--confirmation-required", "--description", "older photos", "--client-request-token", "once", "--tags", "Key=team,Value=moving"); again != id {
		t.Errorf("the same token made another job: %s and %s", id, again)
	}
	l.waitForJob(t, id, "Suspended")
	if got := l.controls(t, true, "update-job-priority", "--job-id", id, "--priority", "70", "--query", "Priority"); got != "70" {
		t.Errorf("the priority became %s", got)
	}
	if got := l.controls(t, false, "update-job-status", "--job-id", id, "--requested-job-status", "Ready", "--query", "Status"); got != "Ready" {
		t.Errorf("confirmed, the job is %s", got)
	}
	l.waitForJob(t, id, "Complete")
	if got := l.controls(t, false, "describe-job", "--job-id", id, "--query", "Job.[Priority,Description,ProgressSummary.TotalNumberOfTasks,ProgressSummary.NumberOfTasksSucceeded,ProgressSummary.NumberOfTasksFailed]"); strings.Join(strings.Fields(got), " ") != "70 older photos 4 3 1" {
		t.Errorf("described as %q", got)
	}
	if got := l.controls(t, true, "list-jobs", "--job-statuses", "Complete", "Failed", "--query", "Jobs[].[JobId,Operation,Status]"); strings.Join(strings.Fields(got), " ") != id+" S3PutObjectCopy Complete" {
		t.Errorf("listed as %q", got)
	}
	l.readReport(t, id)

	back := t.TempDir()
	l.aws(t, "destination", "s3", "sync", "--no-progress", "s3://new-photos/moved", back)
	sameTree(t, back, photos)
	l.awsSame(t, "team moving", "destination", "s3api", "get-object-tagging", "--bucket", "new-photos", "--key", "moved/a.jpg", "--query", "TagSet[].[Key,Value][]")

	l.refusesJobs(t, id, etag)
}

// readReport follows the report of the finished job from its index to its rows.
func (l *runningLab) readReport(t *testing.T, id string) {
	t.Helper()
	folder := "s3://new-reports/jobs/job-" + id
	var index struct {
		Results []struct{ TaskExecutionStatus, Bucket, Key string }
	}
	if err := json.Unmarshal([]byte(l.aws(t, "destination", "s3", "cp", folder+"/manifest.json", "-")), &index); err != nil || len(index.Results) != 2 {
		t.Fatalf("the report's index: %v, %+v", err, index)
	}
	rows := map[string]string{}
	for _, file := range index.Results {
		rows[file.TaskExecutionStatus] = l.aws(t, "destination", "s3", "cp", "s3://"+file.Bucket+"/"+file.Key, "-")
	}
	if got := strings.Count(rows["succeeded"], "\n") + 1; got != 3 || !strings.Contains(rows["succeeded"], "old-photos,deep/%C3%BC%2B.jpg,,succeeded,200,,") {
		t.Errorf("the report says succeeded: %s", rows["succeeded"])
	}
	// Without the right to list, S3 does not tell what is not there; the role has it.
	if !strings.HasPrefix(rows["failed"], "old-photos,gone.jpg,,failed,404,NoSuchKey,") {
		t.Errorf("the report says failed: %s", rows["failed"])
	}
}

// refusesJobs tries what must not work, beside the finished job done.
func (l *runningLab) refusesJobs(t *testing.T, done, etag string) {
	t.Helper()
	missing := l.createJob(t, "none.csv", etag, "--no-confirmation-required")
	wrong := l.createJob(t, "m.csv", strings.Repeat("0", 32), "--no-confirmation-required")
	waiting := l.createJob(t, "m.csv", etag, "--confirmation-required")
	for id, word := range map[string]string{missing: "none.csv", wrong: "m.csv"} {
		l.waitForJob(t, id, "Failed")
		reason := l.controls(t, false, "describe-job", "--job-id", id, "--query", "Job.FailureReasons[0].[FailureCode,FailureReason]")
		if !strings.Contains(reason, "new-reports") || !strings.Contains(reason, word) || !strings.Contains(strings.ToLower(reason), "manifest") {
			t.Errorf("the job failed with the reason %q", reason)
		}
	}
	l.waitForJob(t, waiting, "Suspended")
	if got := l.controls(t, true, "update-job-status", "--job-id", waiting, "--requested-job-status", "Cancelled", "--status-update-reason", "not today", "--query", "Status"); !strings.HasPrefix(got, "Cancel") {
		t.Errorf("cancelled, the job is %s", got)
	}
	l.waitForJob(t, waiting, "Cancelled")
	if got := l.controls(t, false, "describe-job", "--job-id", waiting, "--query", "Job.StatusUpdateReason"); got != "not today" {
		t.Errorf("the reason of the cancelled job is %q", got)
	}

	refused := func(code, profile, account string, args ...string) {
		t.Helper()
		if a := l.control(false, profile, append(args, "--account-id", account)...); a.failed == nil || !strings.Contains(a.err, "("+code+")") {
			t.Errorf("%s as %s in %s: got %q, %s; want %s", args[0], profile, account, a.out, a.err, code)
		}
	}
	refused("JobStatusException", "destination", newAccount, "update-job-status", "--job-id", done, "--requested-job-status", "Cancelled")
	refused("NotFoundException", "destination", newAccount, "describe-job", "--job-id", "00000000-0000-4000-8000-000000000000")
	refused("BadRequestException", "destination", newAccount, "create-job", "--operation", jobCopy, "--report", `{"Enabled":false}`, "--priority", "1",
		"--role-arn", "arn:aws:iam::222222222222:user/x", "--manifest", fmt.Sprintf(jobManifest, "m.csv", etag))
	refused("IdempotencyException", "destination", newAccount, "create-job", "--operation", jobCopy, "--report", jobReport, "--priority", "11",
		"--role-arn", roleARN, "--manifest", fmt.Sprintf(jobManifest, "m.csv", etag), "--client-request-token", "once")
	refused("AccessDenied", "source", newAccount, "list-jobs")   // a caller of another account
	refused("AccessDenied", "operator", newAccount, "list-jobs") // and one without rights
	refused("AccessDenied", "destination", oldAccount, "describe-job", "--job-id", done)
	refused("AccessDenied", "destination", newAccount, "list-jobs", "--no-sign-request")
}

func TestDebiansAWSCLIMakesUsersAndAssumesRoles(t *testing.T) {
	l := awsLab(t)
	l.awsSame(t, "111111111111 arn:aws:iam::111111111111:user/admin", "source", "sts", "get-caller-identity", "--query", "[Account,Arn]")
	l.aws(t, "source", "s3", "mb", "s3://shared")
	l.aws(t, "source", "iam", "create-user", "--user-name", "reader")
	l.aws(t, "source", "iam", "put-user-policy", "--user-name", "reader", "--policy-name", "list",
		"--policy-document", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:ListBucket","sts:AssumeRole"],"Resource":"*"}]}`)
	env := func(fields []string) []string {
		e := []string{"AWS_ACCESS_KEY_ID=" + fields[0], "AWS_SECRET_ACCESS_KEY=" + fields[1], "AWS_DEFAULT_REGION=us-east-1"}
		if len(fields) > 2 {
			e = append(e, "AWS_SESSION_TOKEN="+fields[2])
		}
		return e
	}
	as := func(keys []string, args ...string) answer {
		return l.start("", env(keys), l.bin, append([]string{"--endpoint-url", l.at.S3, "--output", "text"}, args...)...)
	}
	reader := strings.Fields(l.aws(t, "source", "iam", "create-access-key", "--user-name", "reader", "--query", "AccessKey.[AccessKeyId,SecretAccessKey]"))
	if a := as(reader, "s3", "ls", "s3://shared"); a.failed != nil {
		t.Errorf("the new user cannot list: %s", a.err)
	}
	if a := as(reader, "s3api", "put-object", "--bucket", "shared", "--key", "x"); !strings.Contains(a.err, "AccessDenied") {
		t.Errorf("the new user, who may only list, put an object: %s %s", a.out, a.err)
	}
	if a := as([]string{reader[0], "wrong"}, "s3", "ls"); !strings.Contains(a.err, "SignatureDoesNotMatch") {
		t.Errorf("a wrong secret: %s", a.err)
	}
	if a := as([]string{"AKIANOBODYKNOWSIT000", "x"}, "s3", "ls"); !strings.Contains(a.err, "InvalidAccessKeyId") {
		t.Errorf("an unknown key: %s", a.err)
	}

	l.aws(t, "source", "iam", "create-role", "--role-name", "Writer", "--assume-role-policy-document",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:user/reader"},"Action":"sts:AssumeRole"}]}`)
	l.aws(t, "source", "iam", "put-role-policy", "--role-name", "Writer", "--policy-name", "put",
		"--policy-document", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::shared/*"}]}`)
	assume := []string{"sts", "assume-role", "--role-arn", "arn:aws:iam::111111111111:role/Writer", "--role-session-name", "s1", "--query", "Credentials.[AccessKeyId,SecretAccessKey,SessionToken]"}
	assumed := as(reader, assume...)
	if assumed.failed != nil {
		t.Fatalf("assume-role: %s", assumed.err)
	}
	writer := strings.Fields(assumed.out)
	if a := as(writer, "sts", "get-caller-identity", "--query", "Arn"); a.out != "arn:aws:sts::111111111111:assumed-role/Writer/s1" {
		t.Errorf("the session is %s %s", a.out, a.err)
	}
	if a := as(writer, "s3api", "put-object", "--bucket", "shared", "--key", "x"); a.failed != nil {
		t.Errorf("the session cannot put: %s", a.err)
	}
	if a := as(writer, "s3", "ls", "s3://shared"); !strings.Contains(a.err, "AccessDenied") {
		t.Errorf("the session, which may only put, listed: %s %s", a.out, a.err)
	}
	l.awsRefuses(t, "AccessDenied", "destination", assume...)
}
