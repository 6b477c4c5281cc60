package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/account"
)

const copyHelp = `Copies every current object of SRC to DST: lists SRC, copies as a job, writes a
completion report and verifies both sides. Stopped by Ctrl-C or killed, it goes
on from its last checkpoint when the same command is run again.

Keys keep their whole names; a prefix of DST is put before them. Metadata, tags
and each object's storage class are kept.

Within one endpoint the store copies by itself, and one credential signs: the
destination's (--dest-profile), which must be allowed to read SRC and to write
DST. Between two endpoints, or with --stream, the bytes pass through this
machine, read as --source-profile and written as --dest-profile.

Exit code 3: some objects could not be copied. 5: verification found differences.`

// minPart is the least that S3 takes as a part which is not the last (S3 User
// Guide, multipart upload limits).
const minPart = 5 << 20

type copyOptions struct {
	both, source, dest accountFlags
	data               string
	stream, yes        bool
	ifMatch            bool
	ifNoneMatch        bool
	noVerify           bool
	full, read         bool
	partSize           int64
	partsAbove         int64
}

func newCopyCommand(e *env) *cobra.Command {
	var o copyOptions
	c := &cobra.Command{Use: "copy SRC DST", Short: "Copy all objects of a bucket or prefix, report and verify", Long: copyHelp, Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error { return e.copy(c.Context(), args[0], args[1], o) }}
	f := c.Flags()
	o.both.add(f, "", "is used for the side of which nothing else is said")
	o.source.add(f, "source-", "reads SRC")
	o.dest.add(f, "dest-", "writes DST")
	f.StringVar(&o.data, "data", "", "folder of the copy's state and report; empty: one of its own below the user's state folder")
	f.BoolVar(&o.stream, "stream", false, "read and write through this machine instead of copying inside the store")
	f.BoolVar(&o.ifMatch, "if-match", false, "refuse objects that have changed since they were listed")
	f.BoolVar(&o.ifNoneMatch, "if-none-match", false, "leave objects alone that exist at the destination")
	f.BoolVar(&o.noVerify, "no-verify", false, "do not compare both sides afterwards")
	f.BoolVar(&o.full, "full", false, "verify metadata, headers, checksums and tags of every object")
	f.BoolVar(&o.read, "read", false, "verify by reading both objects where nothing else settles it; that is traffic")
	f.Int64Var(&o.partSize, "part-size", 0, "bytes of a part of objects that are copied in parts; 0: 128 MiB")
	f.Int64Var(&o.partsAbove, "parts-above", 0, "bytes above which an object is copied in parts, at least 5 MiB; 0: 5 GiB, the most that S3 takes at once")
	f.BoolVar(&o.yes, "yes", false, "do not ask")
	return c
}

func (e *env) copy(ctx context.Context, source, dest string, o copyOptions) error {
	from, err := parsePlace(source)
	if err != nil {
		return err
	}
	to, err := parsePlace(dest)
	if err != nil {
		return err
	}
	if o.partSize != 0 && o.partSize < minPart || o.partsAbove != 0 && o.partsAbove < minPart {
		return usageError(errors.New("--part-size and --parts-above must be 5 MiB (5242880) or more: S3 takes no smaller parts"))
	}
	o.source, o.dest = o.source.orElse(o.both), o.dest.orElse(o.both)
	left, err := account.Load(ctx, account.Options{Profile: o.source.profile, Region: o.source.region, EndpointURL: o.source.endpoint, Client: e.client()})
	if err != nil {
		return err
	}
	right, err := account.Load(ctx, account.Options{Profile: o.dest.profile, Region: o.dest.region, EndpointURL: o.dest.endpoint, Client: e.client()})
	if err != nil {
		return err
	}
	if left.Endpoint != right.Endpoint && !o.stream {
		return usageError(&transship.Error{Code: transship.Invalid, Op: "plan the copy",
			Message: fmt.Sprintf("the source is at %s and the destination at %s: no store can copy from the other", endpointName(left), endpointName(right)),
			Hint:    "with --stream the bytes pass through this machine, and count as traffic of both stores"})
	}
	if left.Endpoint == right.Endpoint && overlap(from, to) {
		return usageError(&transship.Error{Code: transship.Invalid, Op: "plan the copy",
			Message: fmt.Sprintf("the copies would lie in the source: %s is copied to %s", from, place{to.bucket, below(to.prefix) + from.prefix}),
			Hint:    "a copy never changes its source; name another bucket, or a prefix beside the source's"})
	}
	if o.data == "" {
		if o.data, err = e.copyFolder(from, to, o); err != nil {
			return err
		}
	}
	e.printCopyPlan(from, to, left, right, o)
	if e.asks && !o.yes && !e.confirmed("Go on?") {
		return errors.New("not copied: the answer was not yes")
	}
	c := &copying{e: e, from: from, to: to, source: left, dest: right, o: o}
	return c.run(ctx)
}

// below is a destination's prefix as it stands before a whole key.
func below(prefix string) string {
	if prefix == "" || strings.HasSuffix(prefix, "/") {
		return prefix
	}
	return prefix + "/"
}

// overlap reports whether a copy of from would be written into from itself.
func overlap(from, to place) bool {
	return from.bucket == to.bucket && strings.HasPrefix(below(to.prefix)+from.prefix, from.prefix)
}

func endpointName(a *account.Account) string {
	if a.Endpoint == "" {
		return "AWS"
	}
	return a.Endpoint
}

func profileName(a *account.Account) string {
	if a.Profile == "" {
		return "the default profile"
	}
	return "profile " + a.Profile
}

func (e *env) printCopyPlan(from, to place, left, right *account.Account, o copyOptions) {
	how := fmt.Sprintf("inside the store (%s), signed by %s, which must read the source and write the destination", endpointName(right), profileName(right))
	if o.stream {
		how = fmt.Sprintf("through this machine: read at %s as %s, written at %s as %s", endpointName(left), profileName(left), endpointName(right), profileName(right))
	}
	names := "kept"
	if to.prefix != "" {
		names = "kept, below " + strings.TrimSuffix(to.prefix, "/") + "/"
	}
	fmt.Fprintf(e.stderr, "copy %s to %s\n  %s\n  keys: %s; metadata, tags and storage class of each object: kept\n  state: %s (run the same command again to go on)\n",
		from, to, how, names, o.data)
}

// confirmed asks a question on the terminal.
func (e *env) confirmed(question string) bool {
	fmt.Fprint(e.stderr, question+" [y/N] ")
	line, err := bufio.NewReader(io.LimitReader(e.stdin, 1024)).ReadString('\n')
	return err == nil && strings.HasPrefix(strings.ToLower(strings.TrimSpace(line)), "y")
}

// copyFolder is the folder of a copy's state: the same for the same places and
// credentials.
func (e *env) copyFolder(from, to place, o copyOptions) (string, error) {
	base := e.getenv("XDG_STATE_HOME")
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("find a folder for the copy's state: %w; name one with --data", err)
		}
		base = filepath.Join(home, ".local", "state")
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %+v %+v", from, to, o.source, o.dest))
	return filepath.Join(base, "transship", "copy-"+hex.EncodeToString(sum[:8])), nil
}
