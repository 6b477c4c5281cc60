package report

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// folder is where the report of a job lies: "{Prefix}/job-{id}/", with no slash
// added to a prefix that ends in one, and none without a prefix.
func folder(prefix, job string) string {
	if prefix != "" && !strings.HasSuffix(prefix, "/") {
		prefix += "/"
	}
	return prefix + "job-" + job + "/"
}

// fileName is the name of a results file: 40 hex digits that follow from the
// job, the class and the file's number.
func fileName(job, class string, number int) string {
	sum := sha1.Sum(fmt.Appendf(nil, "%s/%s/%d", job, class, number))
	return "results/" + hex.EncodeToString(sum[:]) + ".csv"
}

// Index is manifest.json, field for field.
type Index struct {
	Format             string
	ReportCreationDate string
	Results            []File
	ReportSchema       string
}

// File is one results file.
type File struct {
	TaskExecutionStatus string // succeeded or failed
	Bucket              string
	MD5Checksum         string // hex
	Key                 string
}

// stamp is a time as manifest.json has it: UTC with milliseconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
