package transship

// ReportScope says which tasks the completion report lists.
type ReportScope string

// The two scopes (S3 Control API, shape JobReportScope).
const (
	AllTasks        ReportScope = "AllTasks"
	FailedTasksOnly ReportScope = "FailedTasksOnly"
)

// ReportFormatCSV is the only format that AWS has for completion reports.
const ReportFormatCSV = "Report_CSV_20180820"

// Report says whether and where a job's completion report is written.
type Report struct {
	Enabled             bool
	BucketARN           string
	Prefix              string
	Format              string
	Scope               ReportScope
	ExpectedBucketOwner string // 12 digits; empty: not checked
}
