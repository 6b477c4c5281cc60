// Package report writes a job's completion report and reads one back.
//
//	{Prefix}/job-{id}/results/{40 hex}.csv   rows, one class of outcome a file
//	{Prefix}/job-{id}/manifest.json.md5      32 hex digits and a newline
//	{Prefix}/job-{id}/manifest.json          which files there are; written last
//
// It owns the layout, the names, the rows and manifest.json (S3 User Guide,
// "Examples: S3 Batch Operations completion reports"). It does not own where
// rows come from or when a report is written. Names follow from the job's id
// alone, so that writing a report twice leaves one.
//
// What never happens here: a manifest.json that names a file which is not there
// yet, a report of a job that attempted nothing, memory that grows with the
// number of rows.
package report
