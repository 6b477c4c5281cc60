package jobclient

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/s3control/types"

	"github.com/transship/transship"
)

// Client calls the S3 Control API for one account.
type Client struct {
	api       *s3control.Client
	account   string
	translate func(op string, err error) error
}

// New is a client of the account with the given id. Without an endpoint it
// calls the one that cfg names for S3 Control, or AWS. translate turns the SDK's errors into ours.
func New(cfg aws.Config, accountID, endpoint string, translate func(op string, err error) error) (*Client, error) {
	if err := transship.CheckAccountID(accountID); err != nil {
		return nil, err
	}
	c := &Client{account: accountID, translate: translate}
	var wrong error
	c.api = s3control.NewFromConfig(cfg, func(o *s3control.Options) {
		if endpoint != "" {
			o.BaseEndpoint = &endpoint
		}
		if o.BaseEndpoint == nil { // AWS's own, by Region
			return
		}
		u, err := url.Parse(*o.BaseEndpoint)
		if err != nil || u.Host == "" {
			wrong = &transship.Error{Code: transship.Invalid, Op: "use the endpoint " + *o.BaseEndpoint, Message: "it is not a URL", Err: err}
			return
		}
		o.HTTPClient = &http.Client{Transport: toHost(u)}
	})
	return c, wrong
}

// toHost dials u whatever host a request names: clients send
// http://ACCOUNT.HOST:PORT, which resolves only with a wildcard in the DNS.
func toHost(u *url.URL) http.RoundTripper {
	address := u.Host
	if u.Port() == "" {
		port := "80"
		if u.Scheme == "https" {
			port = "443"
		}
		address = net.JoinHostPort(u.Hostname(), port)
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.Proxy = nil
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	t.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, address)
	}
	if t.TLSClientConfig != nil {
		t.TLSClientConfig.ServerName = u.Hostname()
	}
	return t
}

// Create makes a job and answers its id.
func (c *Client) Create(ctx context.Context, job *transship.Job) (string, error) {
	in, err := createInput(job)
	if err != nil {
		return "", err
	}
	in.AccountId = &c.account
	out, err := c.api.CreateJob(ctx, in)
	if err != nil {
		return "", c.translate("create a job", err)
	}
	return aws.ToString(out.JobId), nil
}

// Describe answers one job.
func (c *Client) Describe(ctx context.Context, id string) (*transship.Job, error) {
	out, err := c.api.DescribeJob(ctx, &s3control.DescribeJobInput{AccountId: &c.account, JobId: &id})
	if err != nil {
		return nil, c.translate("describe job "+id, err)
	}
	return fromDescriptor(c.account, out.Job), nil
}

// List answers the account's jobs in the given states (none: all), newest
// first, page by page until there are max (0: all).
func (c *Client) List(ctx context.Context, states []transship.State, max int) ([]transship.Job, error) {
	in := &s3control.ListJobsInput{AccountId: &c.account}
	for _, s := range states {
		in.JobStatuses = append(in.JobStatuses, types.JobStatus(s))
	}
	var jobs []transship.Job
	for {
		out, err := c.api.ListJobs(ctx, in)
		if err != nil {
			return nil, c.translate("list jobs", err)
		}
		for i := range out.Jobs {
			if jobs = append(jobs, fromListed(c.account, &out.Jobs[i])); len(jobs) == max {
				return jobs, nil
			}
		}
		if aws.ToString(out.NextToken) == "" {
			return jobs, nil
		}
		in.NextToken = out.NextToken
	}
}

// UpdateStatus confirms (Ready) or cancels (Cancelled) a job and answers its
// status afterwards.
func (c *Client) UpdateStatus(ctx context.Context, id string, to transship.State, reason string) (transship.State, error) {
	in := &s3control.UpdateJobStatusInput{AccountId: &c.account, JobId: &id, RequestedJobStatus: types.RequestedJobStatus(to)}
	if reason != "" {
		in.StatusUpdateReason = &reason
	}
	out, err := c.api.UpdateJobStatus(ctx, in)
	if err != nil {
		return "", c.translate("change the status of job "+id, err)
	}
	return transship.State(out.Status), nil
}

// Priority changes a job's priority.
func (c *Client) Priority(ctx context.Context, id string, priority int32) error {
	_, err := c.api.UpdateJobPriority(ctx, &s3control.UpdateJobPriorityInput{AccountId: &c.account, JobId: &id, Priority: priority})
	if err != nil {
		return c.translate("change the priority of job "+id, err)
	}
	return nil
}
