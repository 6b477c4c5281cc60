package main

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/report"
)

func newJobReportCommand(e *env, f *jobFlags) *cobra.Command {
	var failed bool
	c := &cobra.Command{Use: "report JOB", Short: "Sum up a job's completion report, or print its failed rows", Args: cobra.ExactArgs(1),
		Long: `Reads the completion report with your own credentials and sums it up by outcome.
With --failed it prints each failed task instead.`,
		RunE: func(c *cobra.Command, args []string) error { return e.jobReport(c.Context(), f, args[0], failed) }}
	c.Flags().BoolVar(&failed, "failed", false, "print the failed tasks")
	return c
}

func (e *env) jobReport(ctx context.Context, f *jobFlags, id string, failed bool) error {
	client, store, err := e.jobs(ctx, f)
	if err != nil {
		return err
	}
	job, err := client.Describe(ctx, id)
	if err != nil {
		return err
	}
	if !job.Report.Enabled {
		return &transship.Error{Code: transship.NotFound, Op: "read the report of job " + id, Message: "the job was created without one"}
	}
	if !job.State.Terminal() {
		return &transship.Error{Code: transship.IllegalState, Op: "read the report of job " + id, Message: "the job is still " + string(job.State),
			Hint: "transship job watch " + id}
	}
	bucket, err := transship.BucketFromARN(job.Report.BucketARN)
	if err != nil {
		return err
	}
	key := "job-" + id + "/manifest.json"
	if p := strings.TrimSuffix(job.Report.Prefix, "/"); p != "" {
		key = p + "/" + key
	}
	reader := &report.Reader{Shelf: store}
	if failed {
		return e.printFailed(reader.Rows(ctx, bucket, key))
	}
	return e.printSummary(reader.Rows(ctx, bucket, key))
}

// outcomes counts rows by what came out.
type outcomes struct {
	Status  string `json:"taskStatus"`
	HTTP    int    `json:"httpStatusCode"`
	Code    string `json:"errorCode"`
	Tasks   int64  `json:"tasks"`
	Example string `json:"exampleKey"`
	Message string `json:"exampleMessage"`
}

func (e *env) printSummary(rows iter.Seq2[transship.Result, error]) error {
	type kind struct {
		succeeded bool
		status    int
		code      string
	}
	counted := map[kind]*outcomes{}
	for row, err := range rows {
		if err != nil {
			return err
		}
		k := kind{row.Succeeded, row.HTTPStatus, row.ErrorCode}
		if counted[k] == nil {
			counted[k] = &outcomes{Status: statusWord(row), HTTP: row.HTTPStatus, Code: row.ErrorCode, Example: row.RawKey, Message: row.Message}
		}
		counted[k].Tasks++
	}
	list := []*outcomes{}
	for _, o := range counted {
		list = append(list, o)
	}
	slices.SortFunc(list, func(a, b *outcomes) int { return cmp.Or(cmp.Compare(b.Tasks, a.Tasks), cmp.Compare(a.Code, b.Code)) })
	table := [][]string{}
	for _, o := range list {
		table = append(table, []string{commas(o.Tasks), o.Status, strconv.Itoa(o.HTTP), o.Code, o.Example, o.Message})
	}
	return e.printRows(list, []string{"TASKS", "STATUS", "HTTP", "CODE", "FOR EXAMPLE", "MESSAGE"}, table)
}

func statusWord(r transship.Result) string {
	if r.Succeeded {
		return "succeeded"
	}
	return "failed"
}

// failedRow is one failed task as JSON, a line each.
type failedRow struct {
	Bucket    string `json:"bucket"`
	Key       string `json:"key"`
	VersionID string `json:"versionId,omitempty"`
	HTTP      int    `json:"httpStatusCode"`
	Code      string `json:"errorCode"`
	Message   string `json:"resultMessage"`
}

func (e *env) printFailed(rows iter.Seq2[transship.Result, error]) error {
	table := [][]string{}
	for row, err := range rows {
		if err != nil {
			return err
		}
		if row.Succeeded {
			continue
		}
		if e.format == formatJSON {
			if err := e.printJSONLine(failedRow{row.Bucket, row.RawKey, row.RawVersion, row.HTTPStatus, row.ErrorCode, row.Message}); err != nil {
				return err
			}
			continue
		}
		table = append(table, []string{row.Bucket, row.RawKey, row.RawVersion, strconv.Itoa(row.HTTPStatus), row.ErrorCode, row.Message})
	}
	if e.format == formatJSON {
		return nil
	}
	return e.printRows(nil, []string{"BUCKET", "KEY", "VERSION", "HTTP", "CODE", "MESSAGE"}, table)
}
