package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

const jobCreateHelp = `Creates a job that copies every object of a manifest to a bucket (S3PutObjectCopy).

The manifest is a CSV file (columns by --fields) or an inventory's manifest.json.
Its ETag is read with your own credentials unless --manifest-etag is given; the
job reads it with its role's. Without --no-confirmation-required the job waits
as Suspended until transship job confirm.`

type jobCreateOptions struct {
	manifest, etag, versionID, fields  string
	target, role, report, scope, owner string
	storageClass, description, token   string
	priority                           int32
	noConfirmation, wait               bool
}

func newJobCreateCommand(e *env, f *jobFlags) *cobra.Command {
	var o jobCreateOptions
	c := &cobra.Command{Use: "create", Short: "Create a job that copies the objects of a manifest", Long: jobCreateHelp, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return e.createJob(c.Context(), f, o) }}
	p := c.Flags()
	p.StringVar(&o.manifest, "manifest", "", "s3://bucket/key of the manifest (required)")
	p.StringVar(&o.etag, "manifest-etag", "", "its ETag; empty: read now")
	p.StringVar(&o.versionID, "manifest-version-id", "", "its version")
	p.StringVar(&o.fields, "fields", "Bucket,Key", "columns of a CSV manifest: Bucket, Key, VersionId, Ignore")
	p.StringVar(&o.target, "target", "", "s3://bucket/prefix to copy to (required)")
	p.StringVar(&o.role, "role-arn", "", "role that the job acts as (required)")
	p.StringVar(&o.report, "report", "", "s3://bucket/prefix of the completion report")
	p.StringVar(&o.scope, "report-scope", string(transship.AllTasks), "AllTasks or FailedTasksOnly")
	p.StringVar(&o.owner, "report-expected-bucket-owner", "", "account that must own the report bucket")
	p.StringVar(&o.storageClass, "storage-class", "", "storage class of the copies; empty: STANDARD")
	p.StringVar(&o.description, "description", "", "what the job is for")
	p.StringVar(&o.token, "client-request-token", "", "makes a repeated request answer the same job; empty: a new one")
	p.Int32Var(&o.priority, "priority", 10, "higher numbers go first")
	p.BoolVar(&o.noConfirmation, "no-confirmation-required", false, "run at once")
	p.BoolVar(&o.wait, "wait", false, "watch the job until it ends")
	for _, name := range []string{"manifest", "target", "role-arn"} {
		must(c.MarkFlagRequired(name))
	}
	return c
}

func (e *env) createJob(ctx context.Context, f *jobFlags, o jobCreateOptions) error {
	job, at, err := o.job()
	if err != nil {
		return err
	}
	client, store, err := e.jobs(ctx, f)
	if err != nil {
		return err
	}
	if job.Manifest.ETag == "" {
		head, err := store.HeadObject(ctx, s3call.Get{Ref: at})
		if err != nil {
			return manifestUnseen(at, err)
		}
		job.Manifest.ETag = head.ETag
	}
	id, err := client.Create(ctx, job)
	if err != nil {
		return err
	}
	if o.wait {
		fmt.Fprintln(e.stderr, "job "+id)
		return e.watchJob(ctx, client, id)
	}
	return e.printRows(map[string]string{"JobId": id}, []string{"JOB"}, [][]string{{id}})
}

// manifestUnseen explains why the manifest's ETag could not be read (SEED-1 to
// SEED-4): a 403 may mean that the key does not exist.
func manifestUnseen(at s3call.Ref, err error) error {
	hint := "give the ETag with --manifest-etag"
	var s3 *transship.Error
	if errors.As(err, &s3) && s3.Status == 403 {
		hint = "either the key does not exist (a caller without s3:ListBucket gets 403 for that too), or the bucket's policy does not let the one who creates the job read it: it must name this principal beside the job's role"
	}
	return &transship.Error{Code: transship.CodeOf(err), Op: "read the ETag of the manifest", Bucket: at.Bucket, Key: at.Key, Err: err, Hint: hint}
}

// job is the request that the flags describe, and where its manifest lies.
func (o *jobCreateOptions) job() (*transship.Job, s3call.Ref, error) {
	none := s3call.Ref{}
	manifest, err := parsePlace(o.manifest)
	if err != nil {
		return nil, none, err
	}
	target, err := parsePlace(o.target)
	if err != nil {
		return nil, none, err
	}
	if o.priority < 0 {
		return nil, none, usageError(fmt.Errorf("--priority %d: it is 0 or more", o.priority))
	}
	job := &transship.Job{RoleARN: o.role, Priority: o.priority, Description: o.description, Confirmation: !o.noConfirmation, Token: o.token,
		Manifest: transship.Manifest{Format: transship.ManifestCSV, ObjectARN: transship.BucketARN(manifest.bucket) + "/" + manifest.prefix,
			ETag: o.etag, ObjectVersionID: o.versionID},
		Operation: transship.Operation{Copy: &transship.CopyOperation{TargetResource: transship.BucketARN(target.bucket),
			TargetKeyPrefix: target.prefix, StorageClass: o.storageClass}}}
	if job.Token == "" {
		job.Token = uuid.NewString()
	}
	if strings.HasSuffix(manifest.prefix, "manifest.json") {
		job.Manifest.Format = transship.ManifestInventory
	} else {
		for f := range strings.SplitSeq(o.fields, ",") {
			job.Manifest.Fields = append(job.Manifest.Fields, strings.TrimSpace(f))
		}
	}
	if o.report == "" && (o.scope != string(transship.AllTasks) || o.owner != "") {
		return nil, none, usageError(errors.New("--report-scope and --report-expected-bucket-owner need --report: without it there is none"))
	}
	if o.report != "" {
		at, err := parsePlace(o.report)
		if err != nil {
			return nil, none, err
		}
		job.Report = transship.Report{Enabled: true, BucketARN: transship.BucketARN(at.bucket), Prefix: at.prefix,
			Format: transship.ReportFormatCSV, Scope: transship.ReportScope(o.scope), ExpectedBucketOwner: o.owner}
	}
	return job, s3call.Ref{Bucket: manifest.bucket, Key: manifest.prefix, VersionID: o.versionID}, nil
}
