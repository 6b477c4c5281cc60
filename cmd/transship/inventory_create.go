package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/inventory"
)

const inventoryCreateHelp = `Lists SRC in parallel and writes an inventory report below --to, in the layout of
S3 Inventory: data files (CSV, gzip), a Hive symlink, manifest.json and, last,
manifest.checksum. A listing that fails writes no manifest.

    transship inventory create s3://photos --profile source --to s3://lists/daily

Prints where manifest.json lies and its ETag, as a job's manifest names them.`

type inventoryCreate struct {
	source    accountFlags
	dest      accountFlags
	to, id    string
	versions  bool
	fields    []string
	parallel  int
	acl       string
	expectOwn string
}

func newInventoryCreateCommand(e *env) *cobra.Command {
	var o inventoryCreate
	c := &cobra.Command{
		Use: "create SRC --to DST", Short: "List a bucket and write an inventory report", Long: inventoryCreateHelp,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return e.createInventory(c.Context(), args[0], o) },
	}
	f := c.Flags()
	o.source.add(f, "", "reads SRC")
	o.dest.add(f, "dest-", "writes the report")
	f.StringVar(&o.to, "to", "", "where the report goes: s3://bucket/prefix (required)")
	f.StringVar(&o.id, "id", "transship", "name of the inventory, a part of the report's path")
	f.BoolVar(&o.versions, "versions", false, "list every version and delete marker")
	f.StringSliceVar(&o.fields, "fields", nil, "optional columns: "+strings.Join(inventory.Fields(), ", ")+" (all when absent)")
	f.IntVar(&o.parallel, "parallel", inventory.DefaultParallel, "ranges of keys that are listed at once")
	f.StringVar(&o.acl, "acl", "", "canned ACL of the report's files, such as bucket-owner-full-control")
	f.StringVar(&o.expectOwn, "expected-bucket-owner", "", "account id that must own the report's bucket")
	must(c.MarkFlagRequired("to"))
	return c
}

// createdInventory is what --output json prints.
type createdInventory struct {
	ManifestARN string `json:"manifestArn"`
	ETag        string `json:"etag"`
	Files       int    `json:"files"`
	Rows        int64  `json:"rows"`
	Bytes       int64  `json:"bytes"` // of the objects listed
}

func (e *env) createInventory(ctx context.Context, source string, o inventoryCreate) error {
	from, err := parsePlace(source)
	if err != nil {
		return err
	}
	to, err := parsePlace(o.to)
	if err != nil {
		return err
	}
	if len(o.fields) == 0 {
		o.fields = inventory.Fields()
	}
	for _, field := range o.fields {
		if !slices.Contains(inventory.Fields(), field) {
			return usageError(fmt.Errorf("--fields: there is no column %q, only %s", field, strings.Join(inventory.Fields(), ", ")))
		}
	}
	if o.parallel < 1 || o.parallel > 1000 {
		return usageError(errors.New("--parallel must be between 1 and 1000"))
	}
	reader, err := e.open(ctx, o.source)
	if err != nil {
		return err
	}
	defer reader.Close()
	writer, err := e.open(ctx, o.dest.orElse(o.source))
	if err != nil {
		return err
	}
	defer writer.Close()

	m := e.newMeter("list "+from.String(), 0)
	lister := &inventory.Lister{Store: reader, Parallel: o.parallel}
	objects := lister.Objects(ctx, inventory.Scope{Bucket: from.bucket, Prefix: from.prefix, Versions: o.versions})
	done, err := (&inventory.Writer{Store: writer}).Write(ctx, inventory.Delivery{
		SourceBucket: from.bucket, ID: o.id, DestinationBucket: to.bucket, Prefix: to.prefix, Versions: o.versions,
		Fields: o.fields, Started: e.now(), ACL: o.acl, ExpectedOwner: o.expectOwn,
	}, metered(objects, m))
	m.close()
	if err != nil {
		return err
	}
	v := createdInventory{ManifestARN: transship.BucketARN(done.Bucket) + "/" + done.Key, ETag: done.ETag,
		Files: done.Files, Rows: done.Rows, Bytes: done.Bytes}
	return e.printPairs(v, [][2]string{
		{"manifest", v.ManifestARN}, {"etag", v.ETag}, {"files", commas(int64(v.Files))},
		{"rows", commas(v.Rows)}, {"bytes", size(v.Bytes)},
	})
}

// metered counts what passes by, in steps, so that counting costs nothing.
func metered(objects iter.Seq2[transship.Object, error], m *meter) iter.Seq2[transship.Object, error] {
	const step = 256
	return func(yield func(transship.Object, error) bool) {
		n := int64(0)
		defer func() { m.add(n%step, 0) }()
		for o, err := range objects {
			if err == nil {
				if n++; n%step == 0 {
					m.add(step, 0)
				}
			}
			if !yield(o, err) {
				return
			}
		}
	}
}
