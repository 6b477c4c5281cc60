package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/inventory"
	"github.com/transship/transship/internal/report"
	"github.com/transship/transship/internal/s3call"
	"github.com/transship/transship/internal/verify"
)

const demoRole = "arn:aws:iam::222222222222:role/BatchCopy"

// deliver writes an inventory of the source bucket into a third one.
func (d *demoRun) deliver(ctx context.Context) error {
	d.say("\n2. Deliver an inventory of app-files to app-inventory, in the source account")
	m := d.e.newMeter("   list", d.files)
	lister := &inventory.Lister{Store: d.source}
	done, err := (&inventory.Writer{Store: d.source}).Write(ctx, inventory.Delivery{SourceBucket: "app-files", ID: "daily",
		DestinationBucket: "app-inventory", Prefix: "inventory", Fields: inventory.Fields(), Started: d.e.now()},
		metered(lister.Objects(ctx, inventory.Scope{Bucket: "app-files"}), m))
	m.close()
	d.manifest, d.etag = done.Key, done.ETag
	return err
}

// demoJob is the request of operator for a copy of all that manifest lists.
func demoJob(m transship.Manifest, description string) *transship.Job {
	return &transship.Job{RoleARN: demoRole, Priority: 10, Description: description, Token: uuid.NewString(), Confirmation: true, Manifest: m,
		Operation: transship.Operation{Copy: &transship.CopyOperation{TargetResource: transship.BucketARN("new-app-files")}},
		Report: transship.Report{Enabled: true, BucketARN: transship.BucketARN("migration-reports"), Prefix: "reports",
			Format: transship.ReportFormatCSV, Scope: transship.AllTasks}}
}

// refusal runs a trial job of a few objects and shows how it fails (SEED-8).
func (d *demoRun) refusal(ctx context.Context) error {
	d.say("\n3. User operator of the destination account tries %d objects, with the policies of the AWS documentation", len(d.sample))
	list := ""
	for _, key := range d.sample {
		list += "app-files," + key + "\n"
	}
	written, err := d.source.PutObject(ctx, s3call.Put{Bucket: "app-inventory", Key: "trial.csv", Body: strings.NewReader(list), Size: int64(len(list))})
	if err != nil {
		return err
	}
	d.trial, err = d.jobs.Create(ctx, demoJob(transship.Manifest{Format: transship.ManifestCSV, Fields: []string{transship.FieldBucket, transship.FieldKey},
		ObjectARN: "arn:aws:s3:::app-inventory/trial.csv", ETag: written.ETag}, "trial"))
	if err != nil {
		return err
	}
	job, err := d.run(ctx, d.trial)
	if err != nil {
		return err
	}
	if job.State != transship.Failed || len(job.Failures) == 0 || job.Failures[0].Code != transship.FailReportUnwritable {
		return fmt.Errorf("the trial was to fail for its report, but it is %s: %+v", job.State, job.Failures)
	}
	d.say("   %d objects were copied, and yet the job is %s: %s", job.Counters.Succeeded, job.State, job.Failures[0].Reason)
	return nil
}

// run confirms a job and follows it to its end.
func (d *demoRun) run(ctx context.Context, id string) (*transship.Job, error) {
	for {
		job, err := d.jobs.Describe(ctx, id)
		if err != nil {
			return nil, err
		}
		if job.State == transship.Suspended {
			d.say("   job %s read its manifest: %s tasks; confirmed", id, commas(job.Plan.Tasks))
			_, err := d.jobs.UpdateStatus(ctx, id, transship.Ready, "")
			if err != nil {
				return nil, err
			}
			return d.e.follow(ctx, d.jobs, id)
		}
		if job.State.Terminal() {
			return job, nil
		}
		if !pauseFor(ctx, watchEvery/10) {
			return nil, ctx.Err()
		}
	}
}

// repair adds the one resource that the walk-through forgot.
func (d *demoRun) repair(context.Context) error {
	d.say("\n4. The walk-through's role may write the destination, but not the report bucket. One resource is added to it:")
	d.say("       arn:aws:s3:::migration-reports/*")
	return d.lab.Accounts().PutRolePolicy("222222222222", "BatchCopy", "report",
		`{"Version":"2012-10-17","Statement":[{"Sid":"AllowBatchOperationsReport","Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::migration-reports/*"}]}`)
}

// copyAll runs the job on the whole inventory.
func (d *demoRun) copyAll(ctx context.Context) error {
	d.say("\n5. Copy everything that the inventory lists")
	id, err := d.jobs.Create(ctx, demoJob(transship.Manifest{Format: transship.ManifestInventory,
		ObjectARN: "arn:aws:s3:::app-inventory/" + d.manifest, ETag: d.etag}, "everything"))
	if err != nil {
		return err
	}
	d.job = id
	job, err := d.run(ctx, id)
	if err != nil {
		return err
	}
	if err := jobOutcome(job); err != nil {
		return err
	}
	if job.Counters.Succeeded != d.files {
		return fmt.Errorf("the job copied %d objects, the bucket has %d", job.Counters.Succeeded, d.files)
	}
	d.report = "reports/job-" + id + "/manifest.json"
	return d.countRows(ctx)
}

// countRows reads the report as operator: one row for each object, all of them
// succeeded.
func (d *demoRun) countRows(ctx context.Context) error {
	rows := map[string]bool{}
	for row, err := range (&report.Reader{Shelf: d.operator}).Rows(ctx, "migration-reports", d.report) {
		if err != nil {
			return err
		}
		if !row.Succeeded || rows[row.RawKey] {
			return fmt.Errorf("the report has a row that is not right: %+v", row)
		}
		rows[row.RawKey] = true
	}
	if int64(len(rows)) != d.files {
		return fmt.Errorf("the report has %d rows, the bucket has %d objects", len(rows), d.files)
	}
	d.say("   the completion report has %s rows, one for each object", commas(int64(len(rows))))
	return nil
}

// prove compares every object of both sides: content, metadata, tags.
func (d *demoRun) prove(ctx context.Context) error {
	d.say("\n6. Verify: keys, sizes, checksums, metadata and tags of both sides")
	m := d.e.newMeter("   verify", d.files)
	v := &verify.Verifier{Level: verify.Full, Now: d.e.now, Parallel: 32, Progress: func(n int64) { m.set(tally{done: n, total: d.files}) }}
	result, err := v.Compare(ctx, side(ctx, d.source, place{bucket: "app-files"}), side(ctx, d.destination, place{bucket: "new-app-files"}))
	if err == nil {
		m.set(tally{done: result.Source.Objects, total: d.files})
	}
	m.close()
	if err != nil {
		return err
	}
	if !result.Equal() || result.Same != d.files {
		return foundDifferences(errors.Join(d.e.printVerified(result, place{bucket: "app-files"}, place{bucket: "new-app-files"}),
			errors.New("the two sides are not equal")))
	}
	d.say("   equal: %s objects, %s on each side, digest %s", commas(result.Source.Objects), size(result.Source.Bytes), short(result.Source.Digest))
	return nil
}

// summary is the demo's result.
func (d *demoRun) summary() {
	fmt.Fprintf(d.e.stdout, `
Done in %s. A user of account 222222222222 copied %s objects (%s) out of account
111111111111 through the S3 Control API. Every object has one row in the report, and
both buckets hold the same keys, sizes, checksums, metadata and tags.

  trial job    %s  Failed: its report could not be written
  copy job     %s  Complete
  report       s3://migration-reports/%s

Look around (the lab starts again with all that is in it):

  bin/transship lab --data %[8]s
  eval "$(bin/transship lab env --data %[8]s)"      # in another shell
  bin/transship job list --profile operator
  bin/transship job report %[5]s --profile operator
  bin/transship verify s3://app-files s3://new-app-files --source-profile source --dest-profile destination
  aws --profile destination s3 ls s3://new-app-files/odd/
`, rounded(d.e.now().Sub(d.begun)), commas(d.files), size(d.bytes), d.trial, d.job, d.report, "", d.dir)
}
