package s3control

import (
	"slices"
	"time"

	"github.com/transship/transship"
)

// suspendedCause is the one that is known (reference 2.5).
const suspendedCause = "AWAITING_CONFIRMATION"

func createResult(id string) []byte {
	return document("CreateJobResult", func(w *writer) { w.text("JobId", id) })
}

func statusResult(job *transship.Job) []byte {
	return document("UpdateJobStatusResult", func(w *writer) {
		w.text("JobId", job.ID)
		w.text("Status", string(job.State))
		w.text("StatusUpdateReason", job.StatusReason)
	})
}

func priorityResult(job *transship.Job) []byte {
	return document("UpdateJobPriorityResult", func(w *writer) {
		w.text("JobId", job.ID)
		w.number("Priority", int64(job.Priority))
	})
}

func listResult(page []transship.Job, next string) []byte {
	return document("ListJobsResult", func(w *writer) {
		w.text("NextToken", next)
		w.in("Jobs", func() {
			for i := range page {
				w.in("member", func() { listed(w, &page[i]) })
			}
		})
	})
}

func listed(w *writer, job *transship.Job) {
	w.text("JobId", job.ID)
	w.text("Description", job.Description)
	w.text("Operation", job.Operation.Name())
	w.number("Priority", int64(job.Priority))
	w.text("Status", string(job.State))
	w.stamp("CreationTime", job.Created)
	w.stamp("TerminationDate", job.Ended)
	w.in("ProgressSummary", func() { counters(w, job) })
}

func counters(w *writer, job *transship.Job) {
	w.number("TotalNumberOfTasks", job.Plan.Tasks)
	w.number("NumberOfTasksSucceeded", job.Counters.Succeeded)
	w.number("NumberOfTasksFailed", job.Counters.Failed)
}

func describeResult(job *transship.Job, now time.Time) []byte {
	return document("DescribeJobResult", func(w *writer) {
		w.in("Job", func() { descriptor(w, job, now) })
	})
}

// descriptor is shape JobDescriptor (reference 2.5).
func descriptor(w *writer, job *transship.Job, now time.Time) {
	w.text("JobId", job.ID)
	w.boolean("ConfirmationRequired", job.Confirmation)
	w.text("Description", job.Description)
	w.text("JobArn", job.ARN())
	w.text("Status", string(job.State))
	w.in("Manifest", func() { manifestXML(w, job.Manifest) })
	w.in("Operation", func() {
		if c := job.Operation.Copy; c != nil {
			w.in("S3PutObjectCopy", func() { copyXML(w, c) })
		}
	})
	w.number("Priority", int64(job.Priority))
	w.in("ProgressSummary", func() {
		counters(w, job)
		w.in("Timers", func() { w.number("ElapsedTimeInActiveSeconds", int64(job.Elapsed(now).Seconds())) })
	})
	w.text("StatusUpdateReason", job.StatusReason)
	w.in("FailureReasons", func() {
		for _, f := range job.Failures {
			w.in("member", func() {
				w.text("FailureCode", string(f.Code))
				w.text("FailureReason", cut(f.Reason, 256))
			})
		}
	})
	w.in("Report", func() { reportXML(w, job.Report) })
	w.stamp("CreationTime", job.Created)
	w.stamp("TerminationDate", job.Ended)
	w.text("RoleArn", job.RoleARN)
	if !job.Suspended.IsZero() {
		w.stamp("SuspendedDate", job.Suspended)
		w.text("SuspendedCause", suspendedCause)
	}
}

func manifestXML(w *writer, m transship.Manifest) {
	w.in("Spec", func() {
		w.text("Format", string(m.Format))
		if len(m.Fields) > 0 {
			w.in("Fields", func() {
				for _, f := range m.Fields {
					w.text("member", f)
				}
			})
		}
	})
	w.in("Location", func() {
		w.text("ObjectArn", m.ObjectARN)
		w.text("ObjectVersionId", m.ObjectVersionID)
		w.text("ETag", m.ETag)
	})
}

func reportXML(w *writer, r transship.Report) {
	w.text("Bucket", r.BucketARN)
	w.text("Format", r.Format)
	w.boolean("Enabled", r.Enabled)
	w.text("Prefix", r.Prefix)
	w.text("ReportScope", string(r.Scope))
	w.text("ExpectedBucketOwner", r.ExpectedBucketOwner)
}

func copyXML(w *writer, c *transship.CopyOperation) {
	w.text("TargetResource", c.TargetResource)
	w.text("CannedAccessControlList", c.CannedACL)
	if len(c.Grants) > 0 {
		w.in("AccessControlGrants", func() {
			for _, g := range c.Grants {
				w.in("member", func() {
					w.in("Grantee", func() {
						w.text("TypeIdentifier", g.GranteeType)
						w.text("Identifier", g.Grantee)
						w.text("DisplayName", g.DisplayName)
					})
					w.text("Permission", g.Permission)
				})
			}
		})
	}
	w.text("MetadataDirective", c.MetadataDirective)
	w.given("ModifiedSinceConstraint", c.ModifiedSince)
	if m := c.NewMetadata; m != nil {
		w.in("NewObjectMetadata", func() { metadataXML(w, m) })
	}
	if c.NewTagging != nil {
		w.in("NewObjectTagging", func() {
			for _, t := range *c.NewTagging {
				w.in("member", func() { w.always("Key", t.Key); w.always("Value", t.Value) })
			}
		})
	}
	w.text("RedirectLocation", c.RedirectLocation)
	w.yes("RequesterPays", c.RequesterPays)
	w.text("StorageClass", c.StorageClass)
	w.given("UnModifiedSinceConstraint", c.UnmodifiedSince)
	w.text("SSEAwsKmsKeyId", c.SSEKMSKeyID)
	w.text("TargetKeyPrefix", c.TargetKeyPrefix)
	w.text("ObjectLockLegalHoldStatus", c.LegalHold)
	w.text("ObjectLockMode", c.ObjectLockMode)
	w.given("ObjectLockRetainUntilDate", c.RetainUntil)
	w.yes("BucketKeyEnabled", c.BucketKeyEnabled)
	w.text("ChecksumAlgorithm", c.ChecksumAlgorithm)
}

func metadataXML(w *writer, m *transship.NewMetadata) {
	w.text("CacheControl", m.CacheControl)
	w.text("ContentDisposition", m.ContentDisposition)
	w.text("ContentEncoding", m.ContentEncoding)
	w.text("ContentLanguage", m.ContentLanguage)
	if len(m.UserMetadata) > 0 {
		w.in("UserMetadata", func() {
			keys := make([]string, 0, len(m.UserMetadata))
			for key := range m.UserMetadata {
				keys = append(keys, key)
			}
			slices.Sort(keys)
			for _, key := range keys {
				w.in("entry", func() { w.always("key", key); w.always("value", m.UserMetadata[key]) })
			}
		})
	}
	w.text("ContentType", m.ContentType)
	w.given("HttpExpiresDate", m.Expires)
	w.text("SSEAlgorithm", m.SSEAlgorithm)
}

// cut keeps the first n characters.
func cut(s string, n int) string {
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	return string(runes[:n])
}
