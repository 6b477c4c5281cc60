package jobs

import (
	"strings"
	"testing"
	"time"

	"github.com/transship/transship"
)

func TestARequestThatIsRightInEveryFieldIsTaken(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	job := wanted()
	job.Description = strings.Repeat("ü", 256)
	job.Tags = []transship.Tag{{Key: "team", Value: ""}, {Key: "Team", Value: "größe 1+1=2 @a/b:c_d.e-"}}
	job.Report = transship.Report{Enabled: true, BucketARN: "arn:aws-cn:s3:::reports", Prefix: "weekly",
		Format: transship.ReportFormatCSV, Scope: transship.AllTasks, ExpectedBucketOwner: "222222222222"}
	job.Manifest.Fields = []string{"Ignore", "Key", "Bucket", "Ignore", "VersionId"}
	job.Operation.Copy = &transship.CopyOperation{
		TargetResource: "arn:aws:s3:::destination", TargetKeyPrefix: "Folder1/", MetadataDirective: "REPLACE",
		NewMetadata: &transship.NewMetadata{ContentType: "text/plain; charset=utf-8", Expires: &now, SSEAlgorithm: "KMS",
			UserMetadata: map[string]string{"a-b_c": "ü", "empty": ""}},
		NewTagging: &[]transship.Tag{}, CannedACL: "bucket-owner-full-control", StorageClass: "GLACIER_IR",
		SSEKMSKeyID: "arn:aws:kms:eu-west-1:222222222222:key/1", ChecksumAlgorithm: "CRC64NVME",
		ModifiedSince: &now, UnmodifiedSince: &now, RedirectLocation: "/index.html",
		LegalHold: "ON", ObjectLockMode: "GOVERNANCE", RetainUntil: &now,
	}
	if err := Validate(job); err != nil {
		t.Fatal(err)
	}
	job.Manifest = transship.Manifest{Format: transship.ManifestInventory, ObjectARN: "arn:aws:s3:::m/manifest.json", ETag: `"e"`}
	job.RoleARN, job.Profiles = "", &transship.Profiles{Source: "source"}
	if err := Validate(job); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsWrongIsRefusedWithItsName(t *testing.T) {
	long := func(n int) string { return strings.Repeat("a", n) }
	copied := func(change func(*transship.CopyOperation)) func(*transship.Job) {
		return func(j *transship.Job) { change(j.Operation.Copy) }
	}
	metadata := func(m transship.NewMetadata) func(*transship.Job) {
		return copied(func(c *transship.CopyOperation) { c.NewMetadata = &m })
	}
	tagged := func(tags ...transship.Tag) func(*transship.Job) {
		return func(j *transship.Job) { j.Tags = tags }
	}
	granted := func(g transship.Grant) func(*transship.Job) {
		return copied(func(c *transship.CopyOperation) { c.Grants = []transship.Grant{g} })
	}
	fields := func(f ...string) func(*transship.Job) {
		return func(j *transship.Job) { j.Manifest.Fields = f }
	}
	reported := func(change func(*transship.Report)) func(*transship.Job) {
		return func(j *transship.Job) {
			j.Report = transship.Report{Enabled: true, BucketARN: "arn:aws:s3:::r", Format: transship.ReportFormatCSV, Scope: transship.AllTasks}
			change(&j.Report)
		}
	}
	year := time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	cases := []struct {
		name, field string
		change      func(*transship.Job)
	}{
		{"an account of 11 digits", "account id", func(j *transship.Job) { j.Account = "12345678901" }},
		{"a token of 65 characters", "ClientRequestToken", func(j *transship.Job) { j.Token = long(65) }},
		{"a description of 257 characters", "Description", func(j *transship.Job) { j.Description = long(257) }},
		{"a description that is not UTF-8", "Description", func(j *transship.Job) { j.Description = "\xff" }},
		{"a priority below zero", "Priority", func(j *transship.Job) { j.Priority = -1 }},
		{"no role", "RoleArn", func(j *transship.Job) { j.RoleARN = "" }},
		{"a user instead of a role", "RoleArn", func(j *transship.Job) { j.RoleARN = "arn:aws:iam::222222222222:user/u" }},
		{"a role without a name", "RoleArn", func(j *transship.Job) { j.RoleARN = "arn:aws:iam::222222222222:role/a/" }},
		{"a role and profiles", "RoleArn", func(j *transship.Job) { j.Profiles = &transship.Profiles{} }},
		{"no operation", "Operation", func(j *transship.Job) { j.Operation.Copy = nil }},

		{"no target", "TargetResource", copied(func(c *transship.CopyOperation) { c.TargetResource = "" })},
		{"an object as target", "TargetResource", copied(func(c *transship.CopyOperation) { c.TargetResource = "arn:aws:s3:::b/k" })},
		{"a name as target", "TargetResource", copied(func(c *transship.CopyOperation) { c.TargetResource = "bucket" })},
		{"a directory bucket as target", "TargetResource", copied(func(c *transship.CopyOperation) {
			c.TargetResource = "arn:aws:s3express:us-east-1:222222222222:bucket/b--use1-az1--x-s3"
		})},
		{"a prefix of 1025 characters", "TargetKeyPrefix", copied(func(c *transship.CopyOperation) { c.TargetKeyPrefix = long(1025) })},
		{"an unknown directive", "MetadataDirective", copied(func(c *transship.CopyOperation) { c.MetadataDirective = "KEEP" })},
		{"an unknown canned list", "CannedAccessControlList", copied(func(c *transship.CopyOperation) { c.CannedACL = "public" })},
		{"two kinds of list", "CannedAccessControlList", copied(func(c *transship.CopyOperation) {
			c.CannedACL, c.Grants = "private", []transship.Grant{{GranteeType: "id", Grantee: "x", Permission: "READ"}}
		})},
		{"reduced redundancy", "StorageClass", copied(func(c *transship.CopyOperation) { c.StorageClass = "REDUCED_REDUNDANCY" })},
		{"two storage classes", "StorageClass", copied(func(c *transship.CopyOperation) { c.StorageClass, c.KeepStorageClass = "STANDARD", true })},
		{"an unknown checksum", "ChecksumAlgorithm", copied(func(c *transship.CopyOperation) { c.ChecksumAlgorithm = "CRC16" })},
		{"a redirect to nowhere", "RedirectLocation", copied(func(c *transship.CopyOperation) { c.RedirectLocation = "index.html" })},
		{"a redirect with a line break", "RedirectLocation", copied(func(c *transship.CopyOperation) { c.RedirectLocation = "/a\r\nx-amz-acl: public-read" })},
		{"a legal hold that is neither", "ObjectLockLegalHoldStatus", copied(func(c *transship.CopyOperation) { c.LegalHold = "on" })},
		{"a lock without a date", "ObjectLockRetainUntilDate", copied(func(c *transship.CopyOperation) { c.ObjectLockMode = "GOVERNANCE" })},
		{"a date without a lock", "ObjectLockMode", copied(func(c *transship.CopyOperation) { c.RetainUntil = new(time.Now()) })},
		{"a year of five digits", "UnModifiedSinceConstraint", copied(func(c *transship.CopyOperation) { c.UnmodifiedSince = &year })},
		{"a zero time", "ModifiedSinceConstraint", copied(func(c *transship.CopyOperation) { c.ModifiedSince = new(time.Time) })},
		{"eleven tags on an object", "NewObjectTagging", copied(func(c *transship.CopyOperation) { tags := make([]transship.Tag, 11); c.NewTagging = &tags })},
		{"a key for another encryption", "SSEAwsKmsKeyId", copied(func(c *transship.CopyOperation) {
			c.SSEKMSKeyID, c.NewMetadata = "k", &transship.NewMetadata{SSEAlgorithm: "AES256"}
		})},
		{"a line break in a header", "CacheControl", metadata(transship.NewMetadata{CacheControl: "a\nb"})},
		{"an unknown encryption", "SSEAlgorithm", metadata(transship.NewMetadata{SSEAlgorithm: "aws:kms"})},
		{"a space in a metadata key", "UserMetadata", metadata(transship.NewMetadata{UserMetadata: map[string]string{"a b": ""}})},
		{"a metadata key in two cases", "UserMetadata", metadata(transship.NewMetadata{UserMetadata: map[string]string{"a": "", "A": ""}})},
		{"a line break in metadata", "UserMetadata[a]", metadata(transship.NewMetadata{UserMetadata: map[string]string{"a": "\r\n"}})},
		{"a grant to nobody", "Grantee.Identifier", granted(transship.Grant{GranteeType: "id", Permission: "READ"})},
		{"an unknown permission", "Permission", granted(transship.Grant{GranteeType: "id", Grantee: "x", Permission: "read"})},
		{"a grantee that ends its header", "Grantee.Identifier", granted(transship.Grant{GranteeType: "id", Grantee: `x", uri="y`, Permission: "READ"})},

		{"no format", "Manifest.Spec.Format", func(j *transship.Job) { j.Manifest.Format = "" }},
		{"an unknown format", "Manifest.Spec.Format", func(j *transship.Job) { j.Manifest.Format = "CSV" }},
		{"no fields", "Manifest.Spec.Fields", fields()},
		{"no key column", "Manifest.Spec.Fields", fields("Bucket", "VersionId")},
		{"no bucket column", "Manifest.Spec.Fields", fields("Key")},
		{"a column twice", "Manifest.Spec.Fields", fields("Bucket", "Key", "Key")},
		{"an unknown column", "Manifest.Spec.Fields", fields("Bucket", "Key", "Size")},
		{"no manifest object", "Manifest.Location.ObjectArn", func(j *transship.Job) { j.Manifest.ObjectARN = "" }},
		{"a bucket as manifest", "Manifest.Location.ObjectArn", func(j *transship.Job) { j.Manifest.ObjectARN = "arn:aws:s3:::b" }},
		{"a manifest in a directory bucket", "Manifest.Location.ObjectArn", func(j *transship.Job) { j.Manifest.ObjectARN = "arn:aws:s3express:r:222222222222:bucket/b/k" }},
		{"no ETag", "Manifest.Location.ETag", func(j *transship.Job) { j.Manifest.ETag = "" }},
		{"an ETag of 1025 characters", "Manifest.Location.ETag", func(j *transship.Job) { j.Manifest.ETag = long(1025) }},

		{"a report without bucket", "Report.Bucket", reported(func(r *transship.Report) { r.BucketARN = "" })},
		{"a report in an object", "Report.Bucket", reported(func(r *transship.Report) { r.BucketARN = "arn:aws:s3:::b/k" })},
		{"a report without format", "Report.Format", reported(func(r *transship.Report) { r.Format = "" })},
		{"a report without scope", "Report.ReportScope", reported(func(r *transship.Report) { r.Scope = "" })},
		{"an unknown scope", "Report.ReportScope", reported(func(r *transship.Report) { r.Scope = "All" })},
		{"a prefix of 513 characters", "Report.Prefix", reported(func(r *transship.Report) { r.Prefix = long(513) })},
		{"an owner that is no account", "Report.ExpectedBucketOwner", reported(func(r *transship.Report) { r.ExpectedBucketOwner = "me" })},
		{"a disabled report of an unknown format", "Report.Format", reported(func(r *transship.Report) { r.Enabled, r.Format = false, "CSV" })},

		{"51 tags", "Tags", tagged(make([]transship.Tag, 51)...)},
		{"a tag without key", "Tags", tagged(transship.Tag{Value: "v"})},
		{"a tag twice", "Tags", tagged(transship.Tag{Key: "a"}, transship.Tag{Key: "a"})},
		{"a reserved tag", "Tags", tagged(transship.Tag{Key: "AWS:x"})},
		{"a tag with an asterisk", "Tags", tagged(transship.Tag{Key: "a*"})},
		{"a value of 257 characters", "Tags", tagged(transship.Tag{Key: "a", Value: long(257)})},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			job := wanted()
			c.change(&job)
			err := Validate(job)
			if err == nil || !strings.Contains(err.Error(), c.field) || len(err.Error()) > 400 {
				t.Errorf("got %v; want one that names %s", err, c.field)
			}
			if got := code(err); got != transship.Invalid && !(got == transship.Unsupported && strings.HasPrefix(c.name, "a directory bucket")) {
				t.Errorf("code %s", got)
			}
		})
	}
}

// A field that a later version adds must not change the fingerprint of a
// request that was made before: this one is kept in the store for 90 days.
func TestTheFingerprintIsWrittenInStone(t *testing.T) {
	const want = "ab483118fba9ea4cd8b088cdaefcdc948434a547c5a0175efe846b7dda8c9c37"
	if got := Fingerprint(wanted()); got != want {
		t.Errorf("got %s", got)
	}
	other := wanted()
	other.Account, other.Token, other.ID, other.State = "111111111111", "t", "id", transship.Active
	other.Created, other.Creator.ARN = time.Now(), "arn:aws:iam::1:user/u"
	if got := Fingerprint(other); got != want {
		t.Errorf("what is not a parameter counts: %s", got)
	}
}
