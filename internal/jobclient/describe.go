package jobclient

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3control/types"

	"github.com/transship/transship"
)

// fromDescriptor is the part of a job that people look at. What the operation
// does in detail is left to the API's own answer.
func fromDescriptor(account string, d *types.JobDescriptor) *transship.Job {
	job := &transship.Job{
		ID: aws.ToString(d.JobId), Account: account, RoleARN: aws.ToString(d.RoleArn), Priority: d.Priority,
		Description: aws.ToString(d.Description), Confirmation: aws.ToBool(d.ConfirmationRequired),
		State: transship.State(d.Status), StatusReason: aws.ToString(d.StatusUpdateReason),
		Created: aws.ToTime(d.CreationTime), Ended: aws.ToTime(d.TerminationDate), Suspended: aws.ToTime(d.SuspendedDate),
	}
	for _, f := range d.FailureReasons {
		job.Failures = append(job.Failures, transship.Failure{Code: transship.FailureCode(aws.ToString(f.FailureCode)), Reason: aws.ToString(f.FailureReason)})
	}
	progress(job, d.ProgressSummary)
	if m := d.Manifest; m != nil && m.Location != nil && m.Spec != nil {
		job.Manifest = transship.Manifest{Format: transship.ManifestFormat(m.Spec.Format), ObjectARN: aws.ToString(m.Location.ObjectArn),
			ETag: aws.ToString(m.Location.ETag), ObjectVersionID: aws.ToString(m.Location.ObjectVersionId)}
	}
	if r := d.Report; r != nil {
		job.Report = transship.Report{Enabled: r.Enabled, BucketARN: aws.ToString(r.Bucket), Prefix: aws.ToString(r.Prefix),
			Format: string(r.Format), Scope: transship.ReportScope(r.ReportScope), ExpectedBucketOwner: aws.ToString(r.ExpectedBucketOwner)}
	}
	if d.Operation != nil && d.Operation.S3PutObjectCopy != nil {
		c := d.Operation.S3PutObjectCopy
		job.Operation.Copy = &transship.CopyOperation{TargetResource: aws.ToString(c.TargetResource), TargetKeyPrefix: aws.ToString(c.TargetKeyPrefix),
			StorageClass: string(c.StorageClass)}
	}
	return job
}

func progress(job *transship.Job, p *types.JobProgressSummary) {
	if p == nil {
		return
	}
	job.Plan.Tasks = aws.ToInt64(p.TotalNumberOfTasks)
	job.Counters.Succeeded, job.Counters.Failed = aws.ToInt64(p.NumberOfTasksSucceeded), aws.ToInt64(p.NumberOfTasksFailed)
	if p.Timers != nil {
		job.ActiveSeconds = (time.Duration(aws.ToInt64(p.Timers.ElapsedTimeInActiveSeconds)) * time.Second).Seconds()
	}
}

func fromListed(account string, d *types.JobListDescriptor) transship.Job {
	job := transship.Job{ID: aws.ToString(d.JobId), Account: account, Priority: d.Priority, Description: aws.ToString(d.Description),
		State: transship.State(d.Status), Created: aws.ToTime(d.CreationTime), Ended: aws.ToTime(d.TerminationDate)}
	progress(&job, d.ProgressSummary)
	if d.Operation == types.OperationNameS3PutObjectCopy {
		job.Operation.Copy = &transship.CopyOperation{}
	}
	return job
}
