package s3control

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/s3control/types"
	"github.com/aws/smithy-go"

	"github.com/transship/transship"
)

func (d *door) client(region, endpoint string, transport http.RoundTripper) *s3control.Client {
	return s3control.New(s3control.Options{
		Region: region, BaseEndpoint: &endpoint, Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider("AKIAROOT", "AKIAROOT-secret", ""),
		HTTPClient:  &http.Client{Transport: transport},
	})
}

func sdkCreate() *s3control.CreateJobInput {
	return &s3control.CreateJobInput{
		AccountId: aws.String(account), ClientRequestToken: aws.String("token-1"), Priority: aws.Int32(42),
		Description: aws.String("weekly & größer"), RoleArn: aws.String("arn:aws:iam::222222222222:role/Batch"),
		Operation: &types.JobOperation{S3PutObjectCopy: &types.S3CopyObjectOperation{
			TargetResource: aws.String("arn:aws:s3:::destination"), NewObjectTagging: []types.S3Tag{},
			ModifiedSinceConstraint: aws.Time(time.Date(2027, 1, 2, 3, 4, 5, 678_000_000, time.UTC)),
			NewObjectMetadata:       &types.S3ObjectMetadata{UserMetadata: map[string]string{"a": "b", "c": ""}},
			AccessControlGrants: []types.S3Grant{{Permission: types.S3PermissionRead,
				Grantee: &types.S3Grantee{TypeIdentifier: types.S3GranteeTypeIdentifierCanonical, Identifier: aws.String("x")}}},
		}},
		Manifest: &types.JobManifest{
			Spec:     &types.JobManifestSpec{Format: types.JobManifestFormatS3BatchOperationsCsv20180820, Fields: []types.JobManifestFieldName{"Bucket", "Key"}},
			Location: &types.JobManifestLocation{ObjectArn: aws.String("arn:aws:s3:::manifests/a\rb.csv"), ETag: aws.String(`"e"`)},
		},
		Report: &types.JobReport{Enabled: true, Bucket: aws.String("arn:aws:s3:::reports"), Format: types.JobReportFormatReportCsv20180820,
			ReportScope: types.JobReportScopeAllTasks, Prefix: aws.String("p")},
		Tags: []types.S3Tag{{Key: aws.String("team"), Value: aws.String("")}},
	}
}

// The three ways by which clients reach a service without a name of its own
// (reference 1.2), with the unmodified SDK.
func TestTheSDKReachesTheDoor(t *testing.T) {
	d := newDoor(t)
	address, _ := url.Parse(d.url)
	toDoor := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address.Host)
	}}
	for name, client := range map[string]*s3control.Client{
		"region snow":                     d.client("snow", d.url, nil),
		"a hosts entry for the account":   d.client("us-east-1", "http://localhost:"+address.Port(), toDoor),
		"a proxy, absolute request lines": d.client("eu-west-1", "http://control.test", &http.Transport{Proxy: http.ProxyURL(address)}),
		"a name without a port":           d.client("eu-west-1", "http://s3-control.test", toDoor),
	} {
		t.Run(name, func(t *testing.T) {
			out, err := client.ListJobs(context.Background(), &s3control.ListJobsInput{AccountId: aws.String(account)})
			if err != nil || len(out.Jobs) != 0 {
				t.Fatalf("got %+v, %v", out, err)
			}
			in := sdkCreate()
			in.ClientRequestToken = aws.String("for " + name)
			created, err := client.CreateJob(context.Background(), in)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := client.DescribeJob(context.Background(), &s3control.DescribeJobInput{AccountId: aws.String(account), JobId: created.JobId}); err != nil {
				t.Fatal(err)
			}
			clear(d.shelf.jobs)
		})
	}
}

func TestTheLifeOfAJobThroughTheSDK(t *testing.T) {
	d := newDoor(t)
	ctx := context.Background()
	client := d.client("snow", d.url, nil)
	me := aws.String(account)
	created, err := client.CreateJob(ctx, sdkCreate())
	if err != nil {
		t.Fatal(err)
	}
	id := created.JobId
	if again, err := client.CreateJob(ctx, sdkCreate()); err != nil || *again.JobId != *id {
		t.Fatalf("a repeat: %v, %v", again, err)
	}
	other := sdkCreate()
	other.Priority = aws.Int32(43)
	var idempotency *types.IdempotencyException
	if _, err := client.CreateJob(ctx, other); !errors.As(err, &idempotency) {
		t.Errorf("the token with other parameters: %v", err)
	}

	describe := func() *types.JobDescriptor {
		t.Helper()
		out, err := client.DescribeJob(ctx, &s3control.DescribeJobInput{AccountId: me, JobId: id})
		if err != nil {
			t.Fatal(err)
		}
		return out.Job
	}
	job := describe()
	c := job.Operation.S3PutObjectCopy
	switch {
	case job.Status != types.JobStatusNew || !*job.ConfirmationRequired || *job.Description != "weekly & größer" || job.Priority != 42:
		t.Errorf("got %+v", job)
	case *job.JobArn != "arn:aws:s3:eu-local-1:222222222222:job/"+*id || !job.CreationTime.Equal(d.now.Truncate(time.Millisecond)):
		t.Errorf("got %s, %s", *job.JobArn, job.CreationTime)
	case *job.Manifest.Location.ObjectArn != "arn:aws:s3:::manifests/a\rb.csv" || *job.Manifest.Location.ETag != `"e"`:
		t.Errorf("got %+v", job.Manifest.Location)
	case c.NewObjectTagging == nil || len(c.NewObjectTagging) != 0 || len(c.NewObjectMetadata.UserMetadata) != 2 || c.ModifiedSinceConstraint.Nanosecond() != 678_000_000:
		t.Errorf("got %+v", c)
	case len(c.AccessControlGrants) != 1 || *c.AccessControlGrants[0].Grantee.Identifier != "x":
		t.Errorf("got %+v", c.AccessControlGrants)
	case job.FailureReasons == nil || len(job.FailureReasons) != 0 || job.TerminationDate != nil || job.SuspendedDate != nil:
		t.Errorf("got %+v", job)
	case !job.Report.Enabled || job.Report.ReportScope != types.JobReportScopeAllTasks:
		t.Errorf("got %+v", job.Report)
	}

	d.move(*id, transship.Preparing, transship.Suspended)
	if job := describe(); job.SuspendedDate == nil || aws.ToString(job.SuspendedCause) != "AWAITING_CONFIRMATION" {
		t.Errorf("suspended: %+v", job)
	}
	priority, err := client.UpdateJobPriority(ctx, &s3control.UpdateJobPriorityInput{AccountId: me, JobId: id, Priority: 98})
	if err != nil || priority.Priority != 98 || *priority.JobId != *id {
		t.Fatalf("got %+v, %v", priority, err)
	}
	ready := &s3control.UpdateJobStatusInput{AccountId: me, JobId: id, RequestedJobStatus: types.RequestedJobStatusReady}
	if status, err := client.UpdateJobStatus(ctx, ready); err != nil || status.Status != types.JobStatusReady || *status.JobId != *id {
		t.Fatalf("got %+v, %v", status, err)
	}
	var illegal *types.JobStatusException
	if _, err := client.UpdateJobStatus(ctx, ready); !errors.As(err, &illegal) {
		t.Errorf("confirmed twice: %v", err)
	}
	if _, err := d.shelf.Update(ctx, *id, func(j *transship.Job) error {
		j.Plan = transship.Plan{Committed: 1, Tasks: 1200}
		return j.Move(transship.Active, d.now)
	}); err != nil {
		t.Fatal(err)
	}
	d.shelf.counts = transship.Counters{Succeeded: 310, Failed: 2}
	d.now = d.now.Add(17 * time.Second)
	p := describe().ProgressSummary
	if *p.TotalNumberOfTasks != 1200 || *p.NumberOfTasksSucceeded != 310 || *p.NumberOfTasksFailed != 2 || *p.Timers.ElapsedTimeInActiveSeconds != 17 {
		t.Errorf("got %+v", p)
	}
	cancel := &s3control.UpdateJobStatusInput{AccountId: me, JobId: id, RequestedJobStatus: types.RequestedJobStatusCancelled, StatusUpdateReason: aws.String("no longer & needed")}
	if status, err := client.UpdateJobStatus(ctx, cancel); err != nil || status.Status != types.JobStatusCancelling || *status.StatusUpdateReason != "no longer & needed" {
		t.Fatalf("got %+v, %v", status, err)
	}
	if _, err := d.shelf.Update(ctx, *id, func(j *transship.Job) error {
		j.Fail(transship.FailThreshold, "too many")
		return j.Move(transship.Cancelled, d.now)
	}); err != nil {
		t.Fatal(err)
	}
	if job := describe(); job.TerminationDate == nil || *job.StatusUpdateReason != "no longer & needed" || *job.FailureReasons[0].FailureCode != "TaskFailureThresholdExceeded" {
		t.Errorf("got %+v", job)
	}
	var bad *types.BadRequestException
	if _, err := client.UpdateJobPriority(ctx, &s3control.UpdateJobPriorityInput{AccountId: me, JobId: id, Priority: 1}); !errors.As(err, &bad) {
		t.Errorf("a priority after the end: %v", err)
	}
	var missing *types.NotFoundException
	if _, err := client.DescribeJob(ctx, &s3control.DescribeJobInput{AccountId: me, JobId: aws.String("a/b c")}); !errors.As(err, &missing) {
		t.Errorf("an unknown job: %v", err)
	}
}

func TestThePagesOfAListingThroughTheSDK(t *testing.T) {
	d := newDoor(t)
	ctx := context.Background()
	client := d.client("snow", d.url, nil)
	for i := range 5 {
		in := sdkCreate()
		in.ClientRequestToken = aws.String(strings.Repeat("x", i+1))
		created, err := client.CreateJob(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			d.move(*created.JobId, transship.Preparing, transship.Failing, transship.Failed)
		}
		d.now = d.now.Add(time.Millisecond)
	}
	pages := s3control.NewListJobsPaginator(client, &s3control.ListJobsInput{AccountId: aws.String(account), MaxResults: aws.Int32(2),
		JobStatuses: []types.JobStatus{types.JobStatusNew, types.JobStatusFailed}})
	var seen []types.JobListDescriptor
	for n := 0; pages.HasMorePages(); n++ {
		page, err := pages.NextPage(ctx)
		if err != nil || n > 3 {
			t.Fatal(n, err)
		}
		seen = append(seen, page.Jobs...)
	}
	if len(seen) != 5 || seen[0].CreationTime.Before(*seen[4].CreationTime) || seen[4].TerminationDate == nil || seen[0].TerminationDate != nil {
		t.Errorf("got %+v", seen)
	}
	if j := seen[0]; j.Operation != types.OperationNameS3PutObjectCopy || j.Status != types.JobStatusNew || j.Priority != 42 || *j.ProgressSummary.TotalNumberOfTasks != 0 {
		t.Errorf("got %+v", j)
	}
	var token *types.InvalidNextTokenException
	if _, err := client.ListJobs(ctx, &s3control.ListJobsInput{AccountId: aws.String(account), NextToken: aws.String("eyJvIjoxMDB9")}); !errors.As(err, &token) {
		t.Errorf("a token of somebody else's: %v", err)
	}
	var request *types.InvalidRequestException
	if _, err := client.ListJobs(ctx, &s3control.ListJobsInput{AccountId: aws.String(account), JobStatuses: []types.JobStatus{"Sleeping"}}); !errors.As(err, &request) {
		t.Errorf("an unknown status: %v", err)
	}
}

func TestTheSDKSeesWhyItWasRefused(t *testing.T) {
	d := newDoor(t)
	ctx := context.Background()
	client := d.client("snow", d.url, nil)
	code := func(err error) string {
		var api smithy.APIError
		if !errors.As(err, &api) || api.ErrorMessage() == "" {
			t.Errorf("no API error: %v", err)
			return ""
		}
		return api.ErrorCode()
	}
	_, err := client.ListJobs(ctx, &s3control.ListJobsInput{AccountId: aws.String("111111111111")})
	if code(err) != "AccessDenied" {
		t.Errorf("another account: %v", err)
	}
	in := sdkCreate()
	in.RoleArn = aws.String("arn:aws:iam::111111111111:role/Batch")
	if _, err = client.CreateJob(ctx, in); code(err) != "AccessDenied" {
		t.Errorf("another account's role: %v", err)
	}
	_, err = client.GetJobTagging(ctx, &s3control.GetJobTaggingInput{AccountId: aws.String(account), JobId: aws.String("job-1")})
	if code(err) != "NotImplemented" {
		t.Errorf("tagging: %v", err)
	}
	d.shelf.fault = &transship.Error{Code: transship.Throttled}
	var throttled *types.TooManyRequestsException
	if _, err = client.CreateJob(ctx, sdkCreate()); !errors.As(err, &throttled) {
		t.Errorf("throttled: %v", err)
	}
}

// The host is not what decides: any name is right, for a request that names its
// account in the header.
func TestAnyHostIsRight(t *testing.T) {
	for _, host := range []string{"222222222222.localhost:1", "222222222222", "localhost", "[::1]:80", "111111111111x.test", "11111111111.test"} {
		r := httptest.NewRequest("GET", "http://"+host+"/v20180820/jobs", nil)
		r.Header.Set("x-amz-account-id", account)
		if got, err := accountOf(r); err != nil || got != account {
			t.Errorf("%s: %s, %v", host, got, err)
		}
	}
}
