package main

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os/exec"
	"strings"
	"time"

	"github.com/transship/transship/internal/lab"
)

// printRecipes says on standard error how to use what has started, with the
// ways to the S3 Control API that work on this machine (reference 1.2: clients
// put the account id before the host name).
func (e *env) printRecipes(ctx context.Context, profiles []lab.Profile, points lab.Endpoints) {
	out := e.stderr
	fmt.Fprintf(out, "\nS3, STS and IAM answer at %s; Ctrl-C stops the lab.\n", points.S3)
	for _, p := range profiles {
		fmt.Fprintf(out, "  --profile %-14s %s in account %s\n", p.Name, p.User, p.Account)
	}
	fmt.Fprintf(out, "\nWith the two lines above in a shell:\n  aws --profile %s s3 ls\n", profiles[0].Name)
	fmt.Fprintf(out, "  (a CLI before 2.13, as Debian 12 has it, needs --endpoint-url %s)\n", points.S3)
	if points.Console != "" {
		fmt.Fprintf(out, "\nConsole: %s\n", points.Console)
	}
	if points.Control != "" {
		e.printControlRecipes(ctx, profiles, points)
	}
}

// printControlRecipes is the part about the S3 Control API.
func (e *env) printControlRecipes(ctx context.Context, profiles []lab.Profile, points lab.Endpoints) {
	out := e.stderr
	last := profiles[len(profiles)-1] // of the account that jobs are created in
	for _, p := range profiles {
		if p.Account == last.Account {
			last = p // its first user is the one with rights
			break
		}
	}
	fmt.Fprintf(out, "\nThe S3 Control API answers at %s. Clients put the account id before its host;\nthese ways work here:\n", points.Control)
	localhost := resolves(ctx, last.Account+".localhost")
	for _, r := range controlRecipes(points, last.Name, last.Account, localhost) {
		fmt.Fprintf(out, "  %s\n      %s\n", r.when, r.command)
	}
	if !localhost {
		var hosts []string
		for _, account := range accountsOf(profiles) {
			hosts = append(hosts, account+".localhost")
		}
		fmt.Fprintf(out, "  With this line in /etc/hosts (or the package libnss-myhostname), --endpoint-url %s too:\n      127.0.0.1 %s\n",
			points.ControlName(), strings.Join(hosts, " "))
	}
}

type recipe struct{ when, command string }

// controlRecipes are the commands to reach the S3 Control API, best first.
func controlRecipes(points lab.Endpoints, profile, account string, localhost bool) []recipe {
	call := fmt.Sprintf("aws --profile %s %%s s3control list-jobs --account-id %s", profile, account)
	out := []recipe{{"Any SDK, and the CLI from 2.13 on (Region snow means: no prefix):",
		fmt.Sprintf(call, "--region snow")}}
	if localhost {
		out = append(out, recipe{"Any CLI, since *.localhost resolves on this machine:",
			fmt.Sprintf(call, "--endpoint-url "+points.ControlName())})
	}
	return append(out, recipe{"Any CLI, with the service as its proxy:",
		"HTTP_PROXY=" + points.Control + " " + fmt.Sprintf(call, "--endpoint-url http://control.test:"+port(points.Control))})
}

// resolves asks the resolver that AWS clients in C and Python use; Go's own
// does not read nss-myhostname.
func resolves(ctx context.Context, host string) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if getent, err := exec.LookPath("getent"); err == nil {
		return exec.CommandContext(ctx, getent, "hosts", host).Run() == nil
	}
	addrs, err := net.DefaultResolver.LookupHost(ctx, host)
	return err == nil && len(addrs) > 0
}

func accountsOf(profiles []lab.Profile) []string {
	var out []string
	for _, p := range profiles {
		if len(out) == 0 || out[len(out)-1] != p.Account {
			out = append(out, p.Account)
		}
	}
	return out
}

func port(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return u.Port()
}

// shellQuote makes s one word of a POSIX shell.
func shellQuote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:@=,") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
