package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/transship/transship"
)

// shownJob is how a job is printed as JSON: a contract, fields are only added.
type shownJob struct {
	JobID       string         `json:"jobId"`
	Status      string         `json:"status"`
	Operation   string         `json:"operation,omitempty"`
	Priority    int32          `json:"priority"`
	Description string         `json:"description,omitempty"`
	RoleARN     string         `json:"roleArn,omitempty"`
	Manifest    string         `json:"manifest,omitempty"`
	Report      string         `json:"report,omitempty"`
	Tasks       int64          `json:"tasks"`
	Succeeded   int64          `json:"succeeded"`
	Failed      int64          `json:"failed"`
	Active      float64        `json:"activeSeconds"`
	Reason      string         `json:"statusUpdateReason,omitempty"`
	Failures    []shownFailure `json:"failureReasons,omitempty"`
	Created     time.Time      `json:"created"`
	Ended       *time.Time     `json:"ended,omitempty"`
}

type shownFailure struct {
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

func show(j *transship.Job) shownJob {
	s := shownJob{JobID: j.ID, Status: string(j.State), Operation: j.Operation.Name(), Priority: j.Priority, Description: j.Description,
		RoleARN: j.RoleARN, Manifest: j.Manifest.ObjectARN, Tasks: j.Plan.Tasks, Succeeded: j.Counters.Succeeded, Failed: j.Counters.Failed,
		Active: j.ActiveSeconds, Reason: j.StatusReason, Created: j.Created}
	if j.Report.Enabled {
		s.Report = j.Report.BucketARN + "/" + j.Report.Prefix
	}
	for _, f := range j.Failures {
		s.Failures = append(s.Failures, shownFailure{string(f.Code), f.Reason})
	}
	if !j.Ended.IsZero() {
		s.Ended = &j.Ended
	}
	return s
}

func (e *env) printJob(j *transship.Job) error {
	s := show(j)
	pairs := [][2]string{{"job", s.JobID}, {"status", s.Status}, {"operation", s.Operation}, {"priority", strconv.Itoa(int(s.Priority))},
		{"tasks", fmt.Sprintf("%s: %s succeeded, %s failed", commas(s.Tasks), commas(s.Succeeded), commas(s.Failed))},
		{"active", rounded(time.Duration(s.Active * float64(time.Second)))}, {"created", s.Created.Format(time.RFC3339)}}
	for _, p := range [][2]string{{"description", s.Description}, {"role", s.RoleARN}, {"manifest", s.Manifest}, {"report", s.Report}, {"reason", s.Reason}} {
		if p[1] != "" {
			pairs = append(pairs, p)
		}
	}
	if s.Ended != nil {
		pairs = append(pairs, [2]string{"ended", s.Ended.Format(time.RFC3339)})
	}
	for _, f := range s.Failures {
		pairs = append(pairs, [2]string{"failure", f.Code + ": " + f.Reason})
	}
	if j.State == transship.Suspended {
		fmt.Fprintln(e.stderr, "the job waits for confirmation: transship job confirm "+j.ID)
	}
	return e.printPairs(s, pairs)
}

func (e *env) printJobs(jobs []transship.Job) error {
	shown, rows := make([]shownJob, 0, len(jobs)), make([][]string, 0, len(jobs))
	for i := range jobs {
		s := show(&jobs[i])
		shown = append(shown, s)
		rows = append(rows, []string{s.JobID, s.Status, strconv.Itoa(int(s.Priority)), commas(s.Tasks), commas(s.Succeeded), commas(s.Failed),
			s.Created.Format(time.RFC3339), s.Description})
	}
	return e.printRows(shown, []string{"JOB", "STATUS", "PRIORITY", "TASKS", "SUCCEEDED", "FAILED", "CREATED", "DESCRIPTION"}, rows)
}
