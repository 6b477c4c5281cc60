package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/transship/transship/internal/account"
	"github.com/transship/transship/internal/jobclient"
	"github.com/transship/transship/internal/lab"
	"github.com/transship/transship/internal/s3wire"
)

//go:embed demo.yaml
var demoAccounts []byte

const demoHelp = `Rehearses a migration between two accounts in a lab of its own: files and odd keys
in a source bucket, an inventory of it, a job by a user of the destination account
with the policies of the AWS documentation's walk-through, the refusal that these
policies lead to, its repair, the copy, its report, and the proof that both sides
are equal. The lab stays in its folder, to look around.`

func newDemoCommand(e *env) *cobra.Command {
	var objects int
	var data string
	c := &cobra.Command{Use: "demo", Short: "Rehearse a whole migration in a local cloud, in under a minute", Long: demoHelp, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return e.demo(c.Context(), data, objects) }}
	c.Flags().IntVar(&objects, "objects", 0, "how many files; 0: the Go toolchain's sources, or 10,000 where there are none")
	c.Flags().StringVar(&data, "data", "", "folder of the lab, which must be empty; empty: a new one among temporary files")
	return c
}

// demoRun is what the steps of the demo share.
type demoRun struct {
	e       *env
	dir     string
	lab     *lab.Lab
	service *jobService
	begun   time.Time

	source, destination *s3wire.Client // admins of the two accounts
	operator            *s3wire.Client
	jobs                *jobclient.Client // as operator

	odd, files int64
	bytes      int64
	sample     []string // encoded keys, for the trial
	manifest   string   // key of the inventory's manifest.json
	etag       string
	trial, job string
	report     string
}

func (e *env) demo(ctx context.Context, data string, objects int) (err error) {
	d := &demoRun{e: e, dir: data, begun: e.now()}
	if err := d.folder(); err != nil {
		return err
	}
	stop, err := d.start(ctx)
	defer func() { err = errors.Join(err, stop()) }()
	if err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{
		func(ctx context.Context) error { return d.fill(ctx, objects) },
		d.deliver, d.refusal, d.repair, d.copyAll, d.prove,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	d.summary()
	return nil
}

func (d *demoRun) say(format string, args ...any) { fmt.Fprintf(d.e.stderr, format+"\n", args...) }

func (d *demoRun) folder() error {
	if d.dir == "" {
		dir, err := os.MkdirTemp("", "transship-demo-")
		d.dir = dir
		return err
	}
	entries, err := os.ReadDir(d.dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if len(entries) > 0 {
		return usageError(fmt.Errorf("the folder %s is not empty; the demo begins with an empty lab", d.dir))
	}
	d.dir, err = filepath.Abs(d.dir)
	return err
}

// start brings up the lab and the job service, and a client for each user.
func (d *demoRun) start(ctx context.Context) (stop func() error, err error) {
	stop = func() error { return nil }
	accounts, err := lab.ParseAccounts("demo.yaml", demoAccounts)
	if err != nil {
		return stop, err
	}
	running := context.WithoutCancel(ctx)
	quiet := slog.New(slog.DiscardHandler) // the refusal is part of the demo
	d.lab, err = lab.Open(lab.Config{Dir: d.dir, Listen: "127.0.0.1:0", Now: d.e.now, Log: quiet, Accounts: accounts})
	if err != nil {
		return stop, err
	}
	stop = d.lab.Close
	if err := d.lab.Start(running); err != nil {
		return stop, err
	}
	d.service, err = d.e.startJobService(running, serviceConfig{dir: d.dir, listen: "127.0.0.1:0", region: lab.Region, log: quiet,
		clients: d.e.labClients(d.lab.URL(), d.lab.STS()), callers: d.lab.Accounts()})
	if err != nil {
		return stop, err
	}
	stop = func() error {
		patience, cancel := context.WithTimeout(running, stopPatience)
		defer cancel()
		return errors.Join(d.service.Close(patience), d.lab.Close())
	}
	if err := d.lab.Publish(ctx, lab.Endpoints{S3: d.lab.URL(), Control: d.service.url}); err != nil {
		return stop, err
	}
	return stop, d.clients()
}

func (d *demoRun) clients() error {
	for _, p := range d.lab.Profiles() {
		a, err := account.Static(s3wire.Credentials{AccessKey: p.AccessKey, Secret: p.Secret}, lab.Region, d.lab.URL(), d.e.client())
		if err != nil {
			return err
		}
		switch p.Name {
		case "source":
			d.source = a.S3
		case "destination":
			d.destination = a.S3
		case "operator":
			d.operator = a.S3
			if d.jobs, err = jobclient.New(a.Config(), p.Account, d.service.url, a.Translate); err != nil {
				return err
			}
		}
	}
	d.say("A local cloud with two accounts runs in %s:", d.dir)
	d.say("  source       111111111111  buckets app-files and app-inventory")
	d.say("  destination  222222222222  buckets new-app-files and migration-reports, user operator, role BatchCopy")
	return nil
}
