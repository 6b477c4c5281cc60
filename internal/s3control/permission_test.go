package s3control

import (
	"net/http"
	"strings"
	"testing"

	"github.com/transship/transship"
)

func TestSeveralStatementsDecideAboutACreation(t *testing.T) {
	d := newDoor(t)
	const create = `{"Effect":"Allow","Action":"s3:CreateJob","Resource":"*"}`
	const pass = `{"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::222222222222:role/Batch"}`
	const passTo = `{"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::222222222222:role/*","Condition":{"StringEquals":{"iam:PassedToService":"batchoperations.s3.amazonaws.com"}}}`
	const passElse = `{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{"StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}}`
	const tag = `{"Effect":"Allow","Action":"s3:PutJobTagging","Resource":"arn:aws:s3:eu-local-1:222222222222:job/*"}`
	const onlyCopy = `{"Effect":"Allow","Action":"s3:CreateJob","Resource":"*","Condition":{"StringEquals":{"s3:RequestJobOperation":"S3PutObjectTagging"}}}`
	const team = `{"Effect":"Allow","Action":"s3:CreateJob","Resource":"*","Condition":{"StringEquals":{"aws:RequestTag/team":"data"}}}`
	tags := []string{"<Priority>", "<Tags><member><Key>team</Key><Value>data</Value></member></Tags><Priority>"}
	cases := []struct {
		name, policy string
		change       []string
		says         string // empty: allowed
	}{
		{"create and pass", create + "," + pass, nil, ""},
		{"create and pass to the service", create + "," + passTo, nil, ""},
		{"pass alone", pass, nil, "s3:CreateJob"},
		{"create alone", create, nil, "iam:PassRole"},
		{"pass to another service", create + "," + passElse, nil, "iam:PassRole"},
		{"pass another role", create + "," + pass, []string{"role/Batch", "role/Other"}, "iam:PassRole"},
		{"another operation", onlyCopy + "," + pass, nil, "s3:CreateJob"},
		{"tags without the right to tag", create + "," + pass, tags, "s3:PutJobTagging"},
		{"tags", create + "," + pass + "," + tag, tags, ""},
		{"the tag that the policy asks for", team + "," + pass + "," + tag, tags, ""},
		{"not the tag that the policy asks for", team + "," + pass, nil, "s3:CreateJob"},
		{"a deny", `{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"iam:PassRole","Resource":"*"}`, nil, "explicit deny"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d.t = t
			d.allow("AKIAUSER", c.policy)
			change := append([]string{"c0c2bd01-9598-421a-a7ff-6e1fc241708f", "token of " + c.name}, c.change...)
			got := d.send(request{method: "POST", target: "/v20180820/jobs", body: copyRequest(change...), key: "AKIAUSER"})
			if c.says == "" && got.status != http.StatusOK || c.says != "" && (got.status != 403 || got.Code != "AccessDenied" || !strings.Contains(got.Text, c.says)) {
				t.Errorf("got %d %s: %s", got.status, got.Code, got.Text)
			}
		})
	}
}

func TestRightsOnOneJobAreNotRightsOnAnother(t *testing.T) {
	d := newDoor(t)
	mine := d.create("<Priority>", "<Tags><member><Key>team</Key><Value>data</Value></member></Tags><Priority>")
	other := d.create("c0c2bd01", "c0c2bd02")
	d.move(other, transship.Preparing, transship.Suspended)
	job := func(id string) string { return "arn:aws:s3:eu-local-1:222222222222:job/" + id }
	calls := func(id string) map[string]int {
		out := map[string]int{}
		for name, c := range map[string][2]string{"describe": {"GET", ""}, "priority": {"POST", "/priority?priority=7"}, "status": {"POST", "/status?requestedJobStatus=Cancelled"}} {
			out[name] = d.send(request{method: c[0], target: "/v20180820/jobs/" + id + c[1], key: "AKIAUSER"}).status
		}
		return out
	}
	d.allow("AKIAUSER", `{"Effect":"Allow","Action":["s3:DescribeJob","s3:UpdateJobPriority"],"Resource":"`+job(mine)+`"},
		{"Effect":"Allow","Action":"s3:UpdateJobStatus","Resource":"*","Condition":{"StringEquals":{"s3:JobSuspendedCause":"AWAITING_CONFIRMATION"}}}`)
	if got := calls(mine); got["describe"] != 200 || got["priority"] != 200 || got["status"] != 403 {
		t.Errorf("mine: %v", got)
	}
	if got := calls(other); got["describe"] != 403 || got["priority"] != 403 || got["status"] != 200 {
		t.Errorf("the other: %v", got)
	}
	// Who may not look is not told that there is nothing.
	if got := calls("00000000-0000-0000-0000-000000000000"); got["describe"] != 403 || got["priority"] != 403 || got["status"] != 403 {
		t.Errorf("none: %v", got)
	}
	d.allow("AKIAUSER", `{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"data"}}}`)
	if got := calls(mine); got["describe"] != 200 || got["priority"] != 200 || got["status"] != 200 {
		t.Errorf("by tag: %v", got)
	}
	if got := d.send(request{method: "GET", target: "/v20180820/jobs", key: "AKIAUSER"}); got.status != 403 || !strings.Contains(got.Text, "s3:ListJobs") {
		t.Errorf("list: %d %s", got.status, got.Text)
	}
}
