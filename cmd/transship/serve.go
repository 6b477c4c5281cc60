package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/account"
	"github.com/transship/transship/internal/jetstore"
	"github.com/transship/transship/internal/lab"
	"github.com/transship/transship/internal/lab/iam"
)

const serveHelp = `Runs the job service for real stores: the S3 Control API, and workers that run
the jobs. Clients sign with the key of profile "transship", which the first start
makes and writes to DIR/aws; put DIR/aws/config and DIR/aws/credentials into
AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, or copy the profile.

A job acts as its role: the service assumes it by STS with its own credentials
(--service-profile), or, where the store has no STS, uses the profile that --role
names for it.`

type serveOptions struct {
	data, listen, nats string
	replicas           int
	self               accountFlags
	account            string
	roles              []string
	noWorker, verbose  bool
}

func newServeCommand(e *env) *cobra.Command {
	var o serveOptions
	c := &cobra.Command{Use: "serve", Short: "Run the job service for real stores", Long: serveHelp, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return e.serve(c.Context(), o) }}
	f := c.Flags()
	f.StringVar(&o.data, "data", "transship-data", "data folder")
	f.StringVar(&o.listen, "listen", "127.0.0.1:9420", "address of the S3 Control API; port 0 picks a free one")
	o.addWorkerFlags(c)
	f.StringVar(&o.account, "account-id", "", "account that the jobs belong to; empty: that of the service's credentials")
	f.BoolVar(&o.noWorker, "no-worker", false, "only the API; transship worker does the work")
	return c
}

func newWorkerCommand(e *env) *cobra.Command {
	var o serveOptions
	c := &cobra.Command{Use: "worker --nats URL", Short: "Run jobs of a service that keeps them on an external NATS", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return e.work(c.Context(), o) }}
	o.addWorkerFlags(c)
	c.Flags().StringVar(&o.data, "data", "transship-worker", "folder for temporary files")
	must(c.MarkFlagRequired("nats"))
	return c
}

func (o *serveOptions) addWorkerFlags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.nats, "nats", "", "URL of an external NATS with JetStream; empty: one inside this process")
	f.IntVar(&o.replicas, "replicas", 1, "copies of each stream on an external NATS cluster")
	f.StringVar(&o.self.profile, "service-profile", "", "AWS profile of the service itself, which assumes the jobs' roles")
	f.StringVar(&o.self.region, "region", "", "Region of the jobs and of the store")
	f.StringVar(&o.self.endpoint, "endpoint-url", "", "endpoint of the store (S3 and STS); empty: the profile's, else AWS")
	f.StringArrayVar(&o.roles, "role", nil, "ARN=PROFILE: jobs of this role use this profile (may be repeated)")
	f.BoolVar(&o.verbose, "verbose", false, "log more")
}

// table maps role ARNs to profiles.
func (o *serveOptions) table() (map[string]string, error) {
	table := map[string]string{}
	for _, r := range o.roles {
		arn, profile, ok := strings.Cut(r, "=")
		if _, _, err := transship.RoleName(arn); !ok || err != nil || profile == "" {
			return nil, usageError(fmt.Errorf("--role %q: write ARN=PROFILE, such as arn:aws:iam::111111111111:role/Copy=ceph", r))
		}
		table[arn] = profile
	}
	return table, nil
}

func (o *serveOptions) own() account.Options {
	return account.Options{Profile: o.self.profile, Region: o.self.region, EndpointURL: o.self.endpoint}
}

// serve runs the API and, unless told otherwise, the work.
func (e *env) serve(ctx context.Context, o serveOptions) error {
	table, err := o.table()
	if err != nil {
		return err
	}
	self, err := account.Load(ctx, account.Options{Profile: o.self.profile, Region: o.self.region, EndpointURL: o.self.endpoint, Client: e.client()})
	if err != nil {
		return err
	}
	if o.account == "" {
		who, err := self.Identity(ctx)
		if err != nil {
			return &transship.Error{Code: transship.CodeOf(err), Op: "find out the account of the service's credentials", Err: err,
				Hint: "name it with --account-id, where the store has no STS"}
		}
		o.account = who.Account
	}
	if err := transship.CheckAccountID(o.account); err != nil {
		return usageError(err)
	}
	keys, profile, err := e.serviceKeys(o)
	if err != nil {
		return err
	}
	service, err := e.startJobService(ctx, serviceConfig{dir: o.data, nats: o.nats, replicas: o.replicas, listen: o.listen, region: self.Region,
		log: e.logger(o.verbose), clients: e.storeClients(o.own(), table), callers: keys, noWorker: o.noWorker})
	if err != nil {
		return err
	}
	profile.Region = self.Region
	if err := e.announce(ctx, o.data, profile, service.url); err != nil {
		return errors.Join(err, e.closeService(ctx, service))
	}
	<-ctx.Done()
	fmt.Fprintln(e.stderr, "serve: stopping")
	return errors.Join(lab.RemoveEndpoints(o.data), e.closeService(ctx, service))
}

// announce writes the files by which clients find the service, and says how.
// The profile is for S3 Control alone: the store does not know its key.
func (e *env) announce(ctx context.Context, dir string, profile lab.Profile, url string) error {
	points := lab.Endpoints{Control: url}
	if err := lab.WriteProfiles(dir, []lab.Profile{profile}, points); err != nil {
		return err
	}
	if err := lab.WriteEndpoints(ctx, dir, points); err != nil {
		return err
	}
	if err := e.printExports(dir); err != nil {
		return err
	}
	e.printControlRecipes(ctx, []lab.Profile{profile}, points)
	return nil
}

func (e *env) closeService(ctx context.Context, s *jobService) error {
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopPatience)
	defer cancel()
	return s.Close(patience)
}

// serviceKeys are the callers of the S3 Control API: one user of the service's
// account, whose key is made at the first start.
func (e *env) serviceKeys(o serveOptions) (*iam.Store, lab.Profile, error) {
	if err := os.MkdirAll(o.data, 0o700); err != nil {
		return nil, lab.Profile{}, err
	}
	keys, err := iam.Open(filepath.Join(o.data, "callers.json"), e.now)
	if err != nil {
		return nil, lab.Profile{}, err
	}
	const user = "transship"
	if _, err := keys.EnsureAccount(o.account, "transship"); err != nil {
		return nil, lab.Profile{}, err
	}
	if _, err := keys.EnsureUser(o.account, user, "/"); err != nil {
		return nil, lab.Profile{}, err
	}
	const policy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*","iam:PassRole"],"Resource":"*"}]}`
	if err := keys.PutUserPolicy(o.account, user, "jobs", policy); err != nil {
		return nil, lab.Profile{}, err
	}
	key, err := keys.EnsureAccessKey(o.account, user)
	if err != nil {
		return nil, lab.Profile{}, err
	}
	return keys, lab.Profile{Name: "transship", Account: o.account, User: user, AccessKey: key.ID, Secret: key.Secret}, nil
}

// work runs jobs of a service elsewhere.
func (e *env) work(ctx context.Context, o serveOptions) error {
	if o.nats == "" {
		return usageError(errors.New("--nats is empty: a worker needs the NATS that the service keeps its jobs on"))
	}
	table, err := o.table()
	if err != nil {
		return err
	}
	service, err := e.startJobService(ctx, serviceConfig{dir: o.data, nats: o.nats, replicas: o.replicas, log: e.logger(o.verbose),
		clients: e.storeClients(o.own(), table)})
	if err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "worker: takes chunks from %s; Ctrl-C stops it\n", jetstore.WithoutSecrets(o.nats))
	<-ctx.Done()
	fmt.Fprintln(e.stderr, "worker: stopping")
	return e.closeService(ctx, service)
}
