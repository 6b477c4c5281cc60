package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/transship/transship/internal/inventory"
	"github.com/transship/transship/internal/s3call"
)

const inventoryShowHelp = `Reads an inventory report, written by transship or by AWS, checks each data file
against the manifest's size and MD5, and sums it up.

    transship inventory show s3://lists/daily/photos/transship/2026-11-24T10-00Z/manifest.json

With --rows it prints rows instead: that many, or all with --rows -1.`

type inventoryShow struct {
	account accountFlags
	rows    int64
}

func newInventoryShowCommand(e *env) *cobra.Command {
	var o inventoryShow
	c := &cobra.Command{
		Use: "show MANIFEST", Short: "Read an inventory report and sum it up", Long: inventoryShowHelp,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return e.showInventory(c.Context(), args[0], o) },
	}
	o.account.add(c.Flags(), "", "reads the report")
	c.Flags().Int64Var(&o.rows, "rows", 0, "print this many rows instead of the summary; -1: all")
	return c
}

func (e *env) showInventory(ctx context.Context, manifest string, o inventoryShow) error {
	at, err := parsePlace(manifest)
	if err != nil {
		return err
	}
	if !strings.HasSuffix(at.prefix, "manifest.json") {
		return usageError(fmt.Errorf("%q is no inventory: name its manifest.json", manifest))
	}
	store, err := e.open(ctx, o.account)
	if err != nil {
		return err
	}
	defer store.Close()
	reader := &inventory.Reader{Source: store}
	report, err := reader.Open(ctx, s3call.Get{Ref: s3call.Ref{Bucket: at.bucket, Key: at.prefix}})
	if err != nil {
		return err
	}
	if o.rows != 0 {
		return e.showRows(ctx, reader, report, o.rows)
	}
	s, err := reader.Show(ctx, report)
	if err != nil {
		return err
	}
	pairs := [][2]string{
		{"bucket", s.SourceBucket}, {"created", s.Created.UTC().Format(time.RFC3339)}, {"format", s.Format},
		{"columns", strings.Join(s.Columns, ", ")}, {"files", commas(int64(s.Files)) + " (" + size(s.FileBytes) + ")"},
		{"rows", commas(s.Rows)}, {"objects", commas(s.Objects)}, {"noncurrent", commas(s.Noncurrent)},
		{"delete markers", commas(s.DeleteMarkers)}, {"bytes", size(s.Bytes)},
	}
	classes := make([]string, 0, len(s.ByStorageClass))
	for class := range s.ByStorageClass {
		classes = append(classes, class)
	}
	slices.Sort(classes)
	for _, class := range classes {
		t := s.ByStorageClass[class]
		if class != "" {
			pairs = append(pairs, [2]string{class, commas(t.Rows) + " (" + size(t.Bytes) + ")"})
		}
	}
	return e.printPairs(s, pairs)
}

// shownRow is one row of --output json, one object a line.
type shownRow struct {
	Key          string `json:"key"`
	VersionID    string `json:"versionId,omitempty"`
	IsLatest     bool   `json:"isLatest,omitempty"`
	DeleteMarker bool   `json:"isDeleteMarker,omitempty"`
	Size         int64  `json:"size"` // -1: the report does not tell
	ETag         string `json:"etag,omitempty"`
	StorageClass string `json:"storageClass,omitempty"`
}

func (e *env) showRows(ctx context.Context, reader *inventory.Reader, report *inventory.Report, limit int64) error {
	n := int64(0)
	for row, err := range reader.Rows(ctx, report) {
		if err != nil {
			return err
		}
		if n == limit {
			fmt.Fprintf(e.stderr, "the first %s rows; the report goes on, and its files are checked only when all is read\n", commas(n))
			return nil
		}
		n++
		if err := e.printRow(row); err != nil {
			return err
		}
	}
	return nil
}

// printRow streams: rows are not gathered to be aligned.
func (e *env) printRow(row *inventory.Row) error {
	if e.format == formatJSON {
		return e.printJSONLine(shownRow{row.Key, row.VersionID, row.IsLatest, row.IsDeleteMarker, row.Size, row.ETag, row.StorageClass})
	}
	_, err := fmt.Fprintln(e.stdout, strings.Join(clean([]string{row.Key, row.VersionID, strconv.FormatInt(row.Size, 10), row.ETag, row.StorageClass}), "\t"))
	return err
}
