package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/transship/transship/internal/account"
	"github.com/transship/transship/internal/jobclient"
)

// jobFlags say which jobs are meant: those of an account at an endpoint.
type jobFlags struct {
	profile, region, endpoint, account string
	s3                                 accountFlags // who reads manifests and reports
}

func newJobCommand(e *env) *cobra.Command {
	var f jobFlags
	c := group("job", "Create, watch and steer jobs, at transship or at AWS",
		newJobCreateCommand(e, &f), newJobListCommand(e, &f), newJobDescribeCommand(e, &f), newJobWatchCommand(e, &f),
		newJobConfirmCommand(e, &f), newJobCancelCommand(e, &f), newJobPriorityCommand(e, &f), newJobReportCommand(e, &f))
	p := c.PersistentFlags()
	p.StringVar(&f.profile, "profile", "", "AWS profile that makes the calls")
	p.StringVar(&f.region, "region", "", "Region of the jobs")
	p.StringVar(&f.endpoint, "endpoint-url", "", "S3 Control endpoint; empty: the profile's, else AWS")
	f.s3.add(p, "s3-", "reads manifests and reports; empty: --profile")
	p.StringVar(&f.account, "account-id", "", "account of the jobs; empty: the profile's own")
	return c
}

// jobs is a client of the jobs that f means, and the store that its caller
// reads manifests and reports from.
func (e *env) jobs(ctx context.Context, f *jobFlags) (*jobclient.Client, s3Store, error) {
	a, err := account.Load(ctx, account.Options{Profile: f.profile, Region: f.region, Client: e.client()})
	if err != nil {
		return nil, nil, err
	}
	id := f.account
	if keys, err := a.Config().Credentials.Retrieve(ctx); id == "" && err == nil {
		id = keys.AccountID // the profile's aws_account_id
	}
	if id == "" {
		who, err := a.Identity(ctx)
		if err != nil {
			return nil, nil, err
		}
		id = who.Account
	}
	c, err := jobclient.New(a.Config(), id, f.endpoint, a.Translate)
	if err != nil || f.s3 == (accountFlags{}) {
		return c, a.S3, err
	}
	store, err := e.open(ctx, f.s3)
	return c, store, err
}
