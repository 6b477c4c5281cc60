package transship

import (
	"fmt"
	"time"
)

// Job applies one operation to every entry of a manifest. Its record is the
// only truth about it; it is changed by compare-and-set.
type Job struct {
	ID           string // lower-case UUID
	Account      string // 12 digits: the account that the job belongs to
	Region       string
	Creator      Principal
	Operation    Operation
	Manifest     Manifest
	Report       Report
	RoleARN      string // whom the job acts as; empty when Profiles is set
	Profiles     *Profiles
	Priority     int32
	Description  string
	Tags         []Tag
	Token        string // ClientRequestToken
	Confirmation bool   // ConfirmationRequired; absent in a request means true

	State         State
	StatusReason  string // statusUpdateReason of the caller
	Failures      []Failure
	Created       time.Time
	Suspended     time.Time // zero: never
	Confirmed     time.Time
	Ending        time.Time // when it began to end; dates its report
	Ended         time.Time // TerminationDate; zero: not ended
	ActiveSince   time.Time // zero: not Active now
	ActiveSeconds float64   // time spent in Active before ActiveSince

	Plan     Plan
	Counters Counters // final once the job has ended
	// ReportKey is manifest.json of the completion report; empty: none written.
	ReportKey string
}

// Profiles names the credentials of a job that is run for the operator
// himself instead of for a role (transship copy).
type Profiles struct {
	Source              string // reads the source; signs a server-side copy's read too
	Destination         string // writes the destination and signs a server-side copy
	SourceEndpoint      string
	DestinationEndpoint string
	SourceRegion        string
	DestinationRegion   string
}

// Plan is what preparing found; it is committed once by compare-and-set.
type Plan struct {
	Attempt       int // prepare attempts begun so far
	Committed     int // the attempt whose chunks are the job's; 0: none yet
	Chunks        int
	Tasks         int64
	Bytes         int64 // sum of the sizes that the manifest tells
	DeleteMarkers int64
	ManifestETag  string
}

// Failure is why a job failed (S3 Control API, shape JobFailure).
type Failure struct {
	Code   FailureCode
	Reason string // at most 256 characters on the wire
}

// FailureCode is the closed vocabulary of reference 5.3.
type FailureCode string

// The reasons for which a job fails.
const (
	FailManifestNotFound FailureCode = "ManifestNotFound"
	FailManifestDenied   FailureCode = "ManifestAccessDenied"
	FailManifestETag     FailureCode = "ManifestETagMismatch"
	FailManifestContent  FailureCode = "InvalidManifestContent"
	FailManifestTooLarge FailureCode = "ManifestTooLarge"
	FailRoleNotAssumable FailureCode = "RoleNotAssumable"
	FailExpectedOwner    FailureCode = "ExpectedBucketOwnerMismatch"
	FailThreshold        FailureCode = "TaskFailureThresholdExceeded"
	FailReportUnwritable FailureCode = "ReportUnwritable"
	FailSuspendedTimeout FailureCode = "SuspendedTimeout"
	FailNotSupported     FailureCode = "OperationNotSupportedByStore"
	FailInternal         FailureCode = "InternalError"
)

// JobFailure is an error that ends the job for good with the given code. A
// room that returns any other error says that the same may work later.
type JobFailure struct {
	Code   FailureCode
	Reason string
	Err    error
}

func (f *JobFailure) Error() string { return f.Reason }

// Unwrap is the cause.
func (f *JobFailure) Unwrap() error { return f.Err }

// ARN is the job's ARN.
func (j *Job) ARN() string {
	return fmt.Sprintf("arn:aws:s3:%s:%s:job/%s", j.Region, j.Account, j.ID)
}

// Elapsed is the time that the job has been Active, pauses excluded.
func (j *Job) Elapsed(now time.Time) time.Duration {
	d := time.Duration(j.ActiveSeconds * float64(time.Second))
	if !j.ActiveSince.IsZero() && now.After(j.ActiveSince) {
		d += now.Sub(j.ActiveSince)
	}
	return d
}

// Fail records why the job is going to fail. The first reason stays first.
func (j *Job) Fail(code FailureCode, reason string) {
	for _, f := range j.Failures {
		if f.Code == code && f.Reason == reason {
			return
		}
	}
	j.Failures = append(j.Failures, Failure{code, reason})
}

// The failure rule of reference 5.2: once this many tasks have run, a job
// fails when more than half of them failed.
const failureRuleTasks = 1_000

// ExceedsFailureRule reports whether counters call for the job to fail: at
// least 1,000 tasks have run and over 50 % of them failed.
func (c Counters) ExceedsFailureRule() bool {
	n := c.Attempted()
	return n >= failureRuleTasks && c.Failed*2 > n
}
