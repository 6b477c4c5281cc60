package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/inventory"
	"github.com/transship/transship/internal/verify"
)

const verifyHelp = `Compares the current objects of SRC and DST key by key: which are missing or
extra, whose size or content differs and, with --full, whose metadata, headers or
tags do. The prefixes are taken off before keys are compared.

Exit code 0: both sides were proved to hold the same. 5: they differ, or
something about them could not be compared, which is told apart from a difference.`

type verifyOptions struct {
	both, source, dest accountFlags
	full, read         bool
	examples           int
	parallel           int
}

func newVerifyCommand(e *env) *cobra.Command {
	var o verifyOptions
	c := &cobra.Command{
		Use: "verify SRC DST", Short: "Prove that two places hold the same objects", Long: verifyHelp,
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error { return e.verify(c.Context(), args[0], args[1], o) },
	}
	f := c.Flags()
	o.both.add(f, "", "reads the side of which nothing else is said")
	o.source.add(f, "source-", "reads SRC")
	o.dest.add(f, "dest-", "reads DST")
	f.BoolVar(&o.full, "full", false, "ask for metadata, headers, checksums and tags of every object")
	f.BoolVar(&o.read, "read", false, "read both objects, byte for byte, where nothing else settles it; that is traffic")
	f.IntVar(&o.examples, "examples", verify.DefaultExamples, "how many of each kind of difference are shown")
	f.IntVar(&o.parallel, "parallel", verify.DefaultParallel, "objects that are looked at in parallel")
	return c
}

func (e *env) verify(ctx context.Context, source, dest string, o verifyOptions) error {
	from, err := parsePlace(source)
	if err != nil {
		return err
	}
	to, err := parsePlace(dest)
	if err != nil {
		return err
	}
	if o.examples < 1 || o.parallel < 1 {
		return usageError(fmt.Errorf("--examples and --parallel must be 1 or more"))
	}
	left, err := e.open(ctx, o.source.orElse(o.both))
	if err != nil {
		return err
	}
	defer left.Close()
	right, err := e.open(ctx, o.dest.orElse(o.both))
	if err != nil {
		return err
	}
	defer right.Close()

	m := e.newMeter("verify", 0)
	v := &verify.Verifier{Parallel: o.parallel, Examples: o.examples, Now: e.now, Read: o.read,
		Progress: func(merged int64) { m.set(tally{done: merged}) }}
	if o.full {
		v.Level = verify.Full
	}
	result, err := v.Compare(ctx, side(ctx, left, from), side(ctx, right, to))
	if err == nil {
		m.set(tally{done: max(result.Source.Objects, result.Destination.Objects)})
	}
	m.close()
	if err != nil {
		return err
	}
	if err := e.printVerified(result, from, to); err != nil {
		return err
	}
	return verdict(result, from, to, o.read)
}

// verdict is nil for two sides that were proved equal.
func verdict(r *verify.Result, from, to place, read bool) error {
	if r.Equal() {
		return nil
	}
	err := &transship.Error{Code: transship.Precondition, Op: "verify", Message: fmt.Sprintf("%s and %s were not proved to hold the same", from, to)}
	for _, found := range r.NotComparable {
		if found.Count > 0 && !read {
			err.Hint = "--read settles what could not be compared: both objects are read, byte for byte"
		}
	}
	return foundDifferences(err)
}

func side(ctx context.Context, store s3Store, at place) verify.Side {
	lister := &inventory.Lister{Store: store}
	return verify.Side{Bucket: at.bucket, Prefix: at.prefix, Store: store, Bodies: store,
		Objects: lister.Objects(ctx, inventory.Scope{Bucket: at.bucket, Prefix: at.prefix})}
}

// printVerified shows both sides, then what differs, then what could not be
// compared, each with examples.
func (e *env) printVerified(r *verify.Result, from, to place) error {
	if e.format == formatJSON {
		return e.printJSON(r)
	}
	rows := [][]string{
		{from.String(), commas(r.Source.Objects), commas(r.Source.Bytes), short(r.Source.Digest)},
		{to.String(), commas(r.Destination.Objects), commas(r.Destination.Bytes), short(r.Destination.Digest)},
	}
	if err := e.printRows(nil, []string{"PLACE", "OBJECTS", "BYTES", "DIGEST"}, rows); err != nil {
		return err
	}
	found := [][]string{{"the same", commas(r.Same), "", "", ""}}
	for _, kind := range sorted(r.Differences) {
		found = append(found, foundRows(string(kind), r.Differences[kind])...)
	}
	for _, reason := range sorted(r.NotComparable) {
		found = append(found, foundRows("not comparable: "+reason, r.NotComparable[reason])...)
	}
	if e.format == formatTable {
		fmt.Fprintln(e.stdout)
	}
	return e.printRows(nil, []string{"FOUND", "COUNT", "KEY", "SOURCE", "DESTINATION"}, found)
}

func foundRows(what string, f *verify.Found) [][]string {
	if f == nil || f.Count == 0 {
		return nil
	}
	rows := [][]string{{what, commas(f.Count), "", "", ""}}
	for _, x := range f.Examples {
		rows = append(rows, []string{"", "", x.Key, x.Source, x.Destination})
	}
	return rows
}

func sorted[K ~string, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// short is the begin of a digest: enough for eyes, the whole is in the JSON.
func short(digest string) string {
	if len(digest) > 16 {
		return digest[:16]
	}
	return digest
}
