package s3control

import (
	"strings"
	"testing"
	"time"

	"github.com/transship/transship"
)

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
