package s3control

import (
	"encoding/xml"
	"flag"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/transship/transship"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestBodiesThatCreateJobRefuses(t *testing.T) {
	d := newDoor(t)
	const op = `<S3PutObjectCopy><TargetResource>arn:aws:s3:::destination</TargetResource></S3PutObjectCopy>`
	const target = `<TargetResource>arn:aws:s3:::destination</TargetResource>`
	cases := []struct {
		name   string
		change []string
		code   string
		says   string
	}{
		{"no operation", []string{op, ""}, "BadRequestException", "Operation"},
		{"two operations", []string{op, op + `<S3PutObjectTagging/>`}, "BadRequestException", "exactly one operation"},
		{"the same operation twice", []string{op, op + op}, "BadRequestException", "exactly one operation"},
		{"an operation that is not there yet", []string{op, `<S3PutObjectTagging><TagSet/></S3PutObjectTagging>`}, "NotImplemented", "S3PutObjectTagging"},
		{"an operation that nobody knows", []string{op, `<S3DeleteObject/>`}, "BadRequestException", "Operation.S3DeleteObject"},
		{"a generator instead of a manifest", []string{"<Manifest>", "<ManifestGenerator>", "</Manifest>", "</ManifestGenerator>"}, "NotImplemented", "ManifestGenerator"},
		{"a generator and a manifest", []string{"<Manifest>", "<ManifestGenerator/><Manifest>"}, "BadRequestException", "ManifestGenerator"},
		{"a newer parameter", []string{target, target + "<AnnotationDirective>COPY</AnnotationDirective>"}, "BadRequestException", "Operation.S3PutObjectCopy.AnnotationDirective"},
		{"an unknown parameter at the top", []string{"<Priority>", "<Colour>red</Colour><Priority>"}, "BadRequestException", "Colour"},
		{"a parameter twice", []string{"<Priority>", "<Priority>1</Priority><Priority>"}, "BadRequestException", "Priority is given twice"},
		{"no report", []string{"<Report><Enabled>false</Enabled></Report>", ""}, "BadRequestException", "Report is missing"},
		{"an empty report", []string{"<Enabled>false</Enabled>", ""}, "BadRequestException", "Report.Enabled"},
		{"a report that is only enabled", []string{"<Enabled>false", "<Enabled>true"}, "BadRequestException", "Report.Bucket"},
		{"no token", []string{"<ClientRequestToken>c0c2bd01-9598-421a-a7ff-6e1fc241708f</ClientRequestToken>", ""}, "BadRequestException", "ClientRequestToken"},
		{"no priority", []string{"<Priority>42</Priority>", ""}, "BadRequestException", "Priority"},
		{"a priority beyond its range", []string{"<Priority>42", "<Priority>2147483648"}, "BadRequestException", "Priority"},
		{"a priority that is a word", []string{"<Priority>42", "<Priority>high"}, "BadRequestException", "Priority"},
		{"no role", []string{"<RoleArn>arn:aws:iam::222222222222:role/Batch</RoleArn>", ""}, "BadRequestException", "RoleArn"},
		{"a role that is none", []string{"arn:aws:iam::222222222222:role/Batch", "Batch"}, "BadRequestException", "RoleArn"},
		{"another account's role", []string{"222222222222:role", "111111111111:role"}, "AccessDenied", "Cross-account pass role is not allowed"},
		{"no manifest", []string{"<Manifest>", "<!--", "</Manifest>", "-->"}, "BadRequestException", "Manifest is missing"},
		{"no ETag", []string{"<ETag>60e4c9d1046e73f7dde5043ac3ae8511</ETag>", ""}, "BadRequestException", "Manifest.Location.ETag"},
		{"no fields", []string{"<Fields><member>Bucket</member><member>Key</member></Fields>", ""}, "BadRequestException", "Manifest.Spec.Fields"},
		{"no target", []string{target, ""}, "BadRequestException", "TargetResource"},
		{"an empty description", []string{"weekly &amp; größer", ""}, "BadRequestException", "Description"},
		{"neither true nor false", []string{">false</Conf", ">no</Conf"}, "BadRequestException", "ConfirmationRequired"},
		{"a time that is none", []string{target, target + "<ModifiedSinceConstraint>yesterday</ModifiedSinceConstraint>"}, "BadRequestException", "ModifiedSinceConstraint"},
		{"a tag without value", []string{"<Priority>", "<Tags><member><Key>k</Key></member></Tags><Priority>"}, "BadRequestException", "Tags"},
		{"text where elements belong", []string{target, "arn:aws:s3:::destination"}, "BadRequestException", "S3PutObjectCopy"},
		{"elements where text belongs", []string{"<Priority>42", "<Priority><a/>"}, "BadRequestException", "Priority"},
		{"another root element", []string{"<CreateJobRequest", "<CreateJob", "</CreateJobRequest", "</CreateJob"}, "MalformedXML", "CreateJobRequest"},
		{"an element that is not closed", []string{"</CreateJobRequest>", ""}, "MalformedXML", "XML"},
		{"a second document", []string{"</CreateJobRequest>", "</CreateJobRequest><CreateJobRequest/>"}, "MalformedXML", "root"},
		{"an unknown entity", []string{"&amp;", "&secret;"}, "MalformedXML", "XML"},
		{"a document type", []string{"<CreateJobRequest", `<!DOCTYPE x [<!ENTITY a "b">]><CreateJobRequest`}, "MalformedXML", "document type"},
		{"a nest of elements", []string{target, strings.Repeat("<a>", 50) + strings.Repeat("</a>", 50)}, "MalformedXML", "levels"},
		{"a heap of elements", []string{target, strings.Repeat("<a/>", maxElements)}, "MalformedXML", "elements"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d.t = t
			got := d.send(request{method: "POST", target: "/v20180820/jobs", body: copyRequest(c.change...)})
			status := map[string]int{"AccessDenied": 403, "NotImplemented": 501}[c.code]
			if status == 0 {
				status = 400
			}
			if got.status != status || got.Code != c.code || !strings.Contains(got.Text, c.says) {
				t.Errorf("got %d %s: %s", got.status, got.Code, got.Text)
			}
		})
	}
	if got := d.send(request{method: "POST", target: "/v20180820/jobs"}); got.Code != "MalformedXML" {
		t.Errorf("an empty body: got %s", got.body)
	}
	if len(d.shelf.jobs) != 0 {
		t.Errorf("%d jobs were made", len(d.shelf.jobs))
	}
}

func TestAbsentIsNotEmptyAndConfirmationIsTheDefault(t *testing.T) {
	const target = `<TargetResource>arn:aws:s3:::destination</TargetResource>`
	parse := func(change ...string) transship.Job {
		t.Helper()
		job, err := parseCreateJob([]byte(copyRequest(change...)))
		if err != nil {
			t.Fatal(err)
		}
		return job
	}
	if job := parse(); job.Confirmation || job.Operation.Copy.NewTagging != nil || job.Operation.Copy.NewMetadata != nil || job.Description != "weekly & größer" {
		t.Errorf("got %+v", job)
	}
	if job := parse("<ConfirmationRequired>false</ConfirmationRequired>", ""); !job.Confirmation {
		t.Error("ConfirmationRequired is absent, and false")
	}
	job := parse(target, target+"<NewObjectTagging />"+"<NewObjectMetadata><UserMetadata><entry><value /><key>a</key></entry></UserMetadata></NewObjectMetadata>")
	c := job.Operation.Copy
	if c.NewTagging == nil || len(*c.NewTagging) != 0 || len(c.NewMetadata.UserMetadata) != 1 {
		t.Errorf("got %+v", c)
	}
	// AWS's own pages call the items of lists otherwise, and prefixes are free.
	job = parse(target, target+`<x:NewObjectTagging xmlns:x="urn:x"><S3Tag><Value>v</Value><Key>k</Key></S3Tag></x:NewObjectTagging>`,
		` xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/"`, "")
	if tags := *job.Operation.Copy.NewTagging; len(tags) != 1 || tags[0] != (transship.Tag{Key: "k", Value: "v"}) {
		t.Errorf("got %v", tags)
	}
	for text, want := range map[string]time.Time{
		"2027-01-02T03:04:05Z":             time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC),
		"2027-01-02T03:04:05.678000Z":      time.Date(2027, 1, 2, 3, 4, 5, 678_000_000, time.UTC),
		"2027-01-02T03:04:05.1+00:00":      time.Date(2027, 1, 2, 3, 4, 5, 100_000_000, time.UTC),
		"2027-01-02T03:04:05.123456789Z":   time.Date(2027, 1, 2, 3, 4, 5, 123_456_789, time.UTC),
		"\n 2027-01-02T05:04:05+02:00 \n ": time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC),
	} {
		job := parse(target, target+"<ModifiedSinceConstraint>"+text+"</ModifiedSinceConstraint>")
		if got := job.Operation.Copy.ModifiedSince; got == nil || !got.Equal(want) {
			t.Errorf("%q: got %v", text, got)
		}
	}
	for _, text := range []string{"2027-01-02", "2027-01-02T03:04:05", "2027-01-02T03:04:05.Z", "2027-13-02T03:04:05Z", "2027-01-02T03:04:05.1234567890Z", "1767323045"} {
		if _, ok := parseStamp(text); ok {
			t.Errorf("%q is taken for a time", text)
		}
	}
}

// full has every field that a request can have.
func full() transship.Job {
	at := time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)
	fine := at.Add(678_900 * time.Microsecond)
	return transship.Job{
		Confirmation: true, Token: "t", Description: "tab\tand <größer> & \"quotes\"", Priority: 2147483647,
		RoleARN: "arn:aws:iam::222222222222:role/a/Batch",
		Tags:    []transship.Tag{{Key: "team", Value: "data"}, {Key: "e"}},
		Manifest: transship.Manifest{Format: transship.ManifestCSV, Fields: []string{"Bucket", "Ignore", "Key", "VersionId"},
			ObjectARN: "arn:aws:s3:::manifests/a b:c\r.csv", ObjectVersionID: "v1", ETag: `"etag"`},
		Report: transship.Report{Enabled: true, BucketARN: "arn:aws:s3:::reports", Prefix: "weekly", Format: transship.ReportFormatCSV,
			Scope: transship.FailedTasksOnly, ExpectedBucketOwner: "222222222222"},
		Operation: transship.Operation{Copy: &transship.CopyOperation{
			TargetResource: "arn:aws:s3:::destination", TargetKeyPrefix: "Folder1", MetadataDirective: "REPLACE",
			NewMetadata: &transship.NewMetadata{CacheControl: "no-cache", ContentDisposition: "inline", ContentEncoding: "gzip", ContentLanguage: "de",
				ContentType: "text/plain", Expires: &at, UserMetadata: map[string]string{"b": "ü", "a": ""}, SSEAlgorithm: "KMS"},
			NewTagging:   &[]transship.Tag{{Key: "k", Value: ""}},
			Grants:       []transship.Grant{{GranteeType: "uri", Grantee: "http://acs.amazonaws.com/groups/global/AllUsers", DisplayName: "all", Permission: "READ"}},
			StorageClass: "GLACIER_IR", SSEKMSKeyID: "arn:aws:kms:eu-west-1:222222222222:key/1", BucketKeyEnabled: true, ChecksumAlgorithm: "SHA256",
			ModifiedSince: &at, UnmodifiedSince: &fine, RedirectLocation: "/x?a=b&c", RequesterPays: true,
			LegalHold: "ON", ObjectLockMode: "GOVERNANCE", RetainUntil: &at,
		}},
	}
}

// What a job shows of its request is what a client could send again.
func TestEveryFieldOfARequestComesBack(t *testing.T) {
	want := full()
	body := document("CreateJobRequest", func(w *writer) {
		w.boolean("ConfirmationRequired", want.Confirmation)
		w.text("ClientRequestToken", want.Token)
		w.text("Description", want.Description)
		w.number("Priority", int64(want.Priority))
		w.text("RoleArn", want.RoleARN)
		w.in("Operation", func() { w.in("S3PutObjectCopy", func() { copyXML(w, want.Operation.Copy) }) })
		w.in("Manifest", func() { manifestXML(w, want.Manifest) })
		w.in("Report", func() { reportXML(w, want.Report) })
		w.in("Tags", func() {
			for _, t := range want.Tags {
				w.in("member", func() { w.always("Key", t.Key); w.always("Value", t.Value) })
			}
		})
	})
	got, err := parseCreateJob(body)
	if err != nil {
		t.Fatal(err)
	}
	if g, w := dump(got), dump(want); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}

func TestDescribeJobAnswersTheDocumentedXML(t *testing.T) {
	created := time.Date(2026, 11, 24, 20, 0, 0, 123_456_789, time.UTC)
	healthy := full()
	healthy.ID, healthy.Account, healthy.Region = "3f6c2b1e-9d47-4c0a-8a55-1e2f7d90c4ab", account, "eu-local-1"
	healthy.State, healthy.Created, healthy.ActiveSince, healthy.ActiveSeconds = transship.Active, created, created, 2.5
	healthy.Plan.Tasks, healthy.Counters = 1200, transship.Counters{Succeeded: 310, Failed: 2}
	failed := healthy
	failed.State, failed.ActiveSince, failed.Suspended, failed.Ended = transship.Failed, time.Time{}, created.Add(time.Second), created.Add(time.Minute)
	failed.Operation.Copy = &transship.CopyOperation{TargetResource: "arn:aws:s3:::d", NewMetadata: &transship.NewMetadata{}, NewTagging: &[]transship.Tag{}}
	failed.Manifest = transship.Manifest{Format: transship.ManifestInventory, ObjectARN: "arn:aws:s3:::m/manifest.json", ETag: "e"}
	failed.Report, failed.Description, failed.StatusReason = transship.Report{}, "", "because <I> can"
	failed.Fail(transship.FailManifestContent, strings.Repeat("ü", 300))
	for name, job := range map[string]transship.Job{"describe_active": healthy, "describe_failed": failed} {
		got := indent(t, describeResult(&job, created.Add(15*time.Second)))
		path := "testdata/" + name + ".txt"
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s: got\n%s", name, got)
		}
	}
}

// indent puts one element on a line.
func indent(t *testing.T, doc []byte) string {
	t.Helper()
	root, err := parseXML(doc)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	var write func(*element, int)
	write = func(el *element, depth int) {
		b.WriteString(strings.Repeat("  ", depth) + el.name)
		if el.text != "" {
			b.WriteString(" = ")
			xml.EscapeText(&b, []byte(el.text)) //nolint:errcheck
		}
		b.WriteString("\n")
		for _, kid := range el.kids {
			write(kid, depth+1)
		}
	}
	write(root, 0)
	return b.String()
}

func FuzzParseCreateJob(f *testing.F) {
	f.Add([]byte(copyRequest()))
	f.Add([]byte(copyRequest("<Priority>", "<Tags><a><Key>k</Key><Value/></a></Tags><Priority>")))
	f.Add([]byte(`<CreateJobRequest><Operation><S3PutObjectCopy><NewObjectTagging/><NewObjectMetadata><UserMetadata><entry><key>a</key><value/></entry></UserMetadata></NewObjectMetadata></S3PutObjectCopy></Operation></CreateJobRequest>`))
	f.Add([]byte(`<?xml version="1.0"?><!DOCTYPE a><CreateJobRequest/>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		job, err := parseCreateJob(body)
		if err != nil {
			return
		}
		if job.Token == "" || job.RoleARN == "" || job.Operation.Copy == nil {
			t.Errorf("taken without a required field: %+v", job)
		}
		// Whatever was taken can be shown, and reads the same again.
		if _, err := parseXML(describeResult(&job, time.Unix(0, 0))); err != nil {
			t.Errorf("shown as bad XML: %v", err)
		}
	})
}

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
