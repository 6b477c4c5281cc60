package s3control

import (
	"encoding/xml"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/transship/transship"
)

var update = flag.Bool("update", false, "rewrite the golden files")

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
