package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/transship/transship/internal/lab"
)

// startService starts the job service beside a lab that answers already: its
// data below dir, its listener on listen.
type startService func(ctx context.Context, l *lab.Lab, dir, listen string) (service, error)

// service is a job service that runs.
type service interface {
	// Addresses are the base URLs of the S3 Control API and of the console
	// (empty: there is none).
	Addresses() (control, console string)
	// Close ends the tasks in flight and stops; ctx bounds how long it waits.
	Close(ctx context.Context) error
}

// stopPatience is how long a stop waits for requests in flight.
const stopPatience = 20 * time.Second

const labHelp = `Starts a local cloud for rehearsals: accounts, users, roles, STS, IAM and S3 on
one address, and the job service (the S3 Control API) on another. It is ready
when DIR/endpoints.json is there; Ctrl-C or SIGTERM stops it.

Without --accounts it has two accounts, 111111111111 (source) and 222222222222
(destination), a user admin in each (profiles source and destination) and a user
operator in the destination, who may do nothing until somebody grants it.`

type labOptions struct {
	data, listen, serviceListen, accounts string
	copyLimit, minPart                    int64
	verbose                               bool
}

func newLabCommand(e *env) *cobra.Command {
	var o labOptions
	c := &cobra.Command{
		Use: "lab", Short: "Start a local cloud: accounts, IAM, STS, S3 and the job service", Long: labHelp,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return e.runLab(c.Context(), o) },
	}
	c.PersistentFlags().StringVar(&o.data, "data", "lab", "data folder")
	f := c.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:9400", "address of S3, STS and IAM; port 0 picks a free one")
	f.StringVar(&o.serviceListen, "service-listen", "127.0.0.1:9420", "address of the job service; port 0 picks a free one")
	f.StringVar(&o.accounts, "accounts", "", "YAML file with other accounts, users, roles, buckets and policies (docs/lab.md)")
	f.Int64Var(&o.copyLimit, "copy-limit", 0, "bytes above which CopyObject refuses an object; 0: 5 GiB, as S3")
	f.Int64Var(&o.minPart, "min-part-size", 0, "bytes below which a part that is not the last is refused; 0: 5 MiB, as S3")
	f.BoolVar(&o.verbose, "verbose", false, "log every request")
	c.AddCommand(newLabEnvCommand(e, &o))
	return c
}

func newLabEnvCommand(e *env, o *labOptions) *cobra.Command {
	return &cobra.Command{
		Use: "env", Short: "Print the lines that make a shell use the lab", Args: cobra.NoArgs,
		Long: `Prints the two lines that make the AWS CLI and SDKs of a shell use the lab:

    eval "$(transship lab env --data DIR)"`,
		RunE: func(*cobra.Command, []string) error {
			if _, err := lab.ReadEndpoints(o.data); err != nil {
				return err
			}
			return e.printExports(o.data)
		},
	}
}

// labExports is what `transship lab env --output json` prints.
type labExports struct {
	Config      string `json:"AWS_CONFIG_FILE"`
	Credentials string `json:"AWS_SHARED_CREDENTIALS_FILE"`
}

func (e *env) printExports(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	var x labExports
	x.Config, x.Credentials = lab.AWSFiles(dir)
	if e.format == formatJSON {
		return e.printJSON(x)
	}
	_, err = fmt.Fprintf(e.stdout, "export AWS_CONFIG_FILE=%s\nexport AWS_SHARED_CREDENTIALS_FILE=%s\n",
		shellQuote(x.Config), shellQuote(x.Credentials))
	return err
}

func (e *env) runLab(ctx context.Context, o labOptions) (err error) {
	var accounts *lab.AccountsFile // nil: the default two
	if o.accounts != "" {
		if accounts, err = lab.LoadAccounts(o.accounts); err != nil {
			return err
		}
	}
	l, err := lab.Open(lab.Config{Dir: o.data, Listen: o.listen, Now: e.now, Log: e.logger(o.verbose),
		Accounts: accounts, CopyLimit: o.copyLimit, MinPartSize: o.minPart})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	// Requests in flight outlive the signal; Close waits for them.
	running := context.WithoutCancel(ctx)
	if err := l.Start(running); err != nil {
		return err
	}
	points := lab.Endpoints{S3: l.URL()}
	if e.service != nil {
		s, err := e.service(running, l, o.data, o.serviceListen)
		if err != nil {
			return err
		}
		defer func() {
			patience, cancel := context.WithTimeout(running, stopPatience)
			defer cancel()
			err = errors.Join(err, s.Close(patience))
		}()
		points.Control, points.Console = s.Addresses()
	}
	if err := l.Publish(ctx, points); err != nil {
		return err
	}
	if err := e.printExports(o.data); err != nil {
		return err
	}
	e.printRecipes(ctx, l.Profiles(), points)
	select {
	case <-ctx.Done():
		fmt.Fprintln(e.stderr, "lab: stopping")
		return l.Withdraw()
	case err := <-l.Failed():
		return err
	}
}

// logger writes to standard error: warnings, or everything.
func (e *env) logger(verbose bool) *slog.Logger {
	level := slog.LevelWarn
	if verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(io.Writer(e.stderr), &slog.HandlerOptions{Level: level}))
}
