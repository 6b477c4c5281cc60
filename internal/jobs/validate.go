package jobs

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/transship/transship"
)

// Validate checks every field of a request that can be checked without
// looking anywhere (reference 2.2, 2.3 and 3.2). The message names the field as
// the S3 Control API does. Whether the manifest exists and what is in it is
// seen when the job is prepared.
func Validate(job transship.Job) error {
	if err := transship.CheckAccountID(job.Account); err != nil {
		return err
	}
	return first(
		text("ClientRequestToken", job.Token, 64),
		text("Description", job.Description, 256),
		checkPriority(job.Priority),
		checkRole(job),
		checkOperation(job.Operation),
		checkManifest(job.Manifest),
		checkReport(job.Report),
		CheckTags("Tags", job.Tags, 50),
	)
}

var jobID = regexp.MustCompile(`^[a-zA-Z0-9_-]{5,36}$`)

// CheckJobID refuses what cannot be a job's id (shape JobId).
func CheckJobID(id string) error {
	if jobID.MatchString(id) {
		return nil
	}
	return invalid("JobId %q is not 5 to 36 letters, digits, hyphens and underscores", shorten(id))
}

func checkPriority(p int32) error {
	if p < 0 {
		return invalid("Priority must be between 0 and 2147483647, not %d", p)
	}
	return nil
}

var roleARN = regexp.MustCompile(`^arn:[^:]+:iam::\d{12}:role/.+$`)

func checkRole(job transship.Job) error {
	switch {
	case job.RoleARN == "" && job.Profiles == nil:
		return invalid("RoleArn is missing")
	case job.RoleARN == "":
		return nil
	case job.Profiles != nil:
		return invalid("RoleArn is given, but the job runs with profiles")
	case len(job.RoleARN) > 2048 || !roleARN.MatchString(job.RoleARN):
		return invalid("RoleArn %q is not arn:aws:iam::ACCOUNT:role/NAME of at most 2048 characters", shorten(job.RoleARN))
	}
	if _, _, err := transship.RoleName(job.RoleARN); err != nil {
		return invalid("RoleArn: %s", err)
	}
	return nil
}

func checkOperation(o transship.Operation) error {
	if o.Copy == nil {
		return invalid("Operation is missing: name exactly one operation")
	}
	return checkCopy(o.Copy)
}

var manifestFields = []string{transship.FieldBucket, transship.FieldKey, transship.FieldVersionID, transship.FieldIgnore}

func checkManifest(m transship.Manifest) error {
	switch m.Format {
	case transship.ManifestCSV:
		if err := checkFields(m.Fields); err != nil {
			return err
		}
	case transship.ManifestInventory:
		// AWS takes Fields here as well; the inventory's own schema decides.
	case "":
		return invalid("Manifest.Spec.Format is missing")
	default:
		return invalid("Manifest.Spec.Format %q is not %s or %s", shorten(string(m.Format)), transship.ManifestCSV, transship.ManifestInventory)
	}
	if m.ObjectARN == "" {
		return invalid("Manifest.Location.ObjectArn is missing")
	}
	if m.ETag == "" {
		return invalid("Manifest.Location.ETag is missing")
	}
	return first(
		objectARN("Manifest.Location.ObjectArn", m.ObjectARN),
		text("Manifest.Location.ObjectVersionId", m.ObjectVersionID, 2000),
		text("Manifest.Location.ETag", m.ETag, 1024),
	)
}

func checkFields(fields []string) error {
	const name = "Manifest.Spec.Fields"
	seen := map[string]bool{}
	for _, f := range fields {
		if !slices.Contains(manifestFields, f) {
			return invalid("%s: %q is not one of %s", name, shorten(f), strings.Join(manifestFields, ", "))
		}
		if seen[f] && f != transship.FieldIgnore {
			return invalid("%s names %s twice", name, f)
		}
		seen[f] = true
	}
	for _, f := range []string{transship.FieldBucket, transship.FieldKey} {
		if !seen[f] {
			return invalid("%s must name %s", name, f)
		}
	}
	if len(fields) > maxFields {
		return invalid("%s has more than %d columns", name, maxFields)
	}
	return nil
}

// maxFields is ours: AWS names no limit, and a row of more columns is a mistake.
const maxFields = 1_000

func checkReport(r transship.Report) error {
	if r.Enabled {
		switch {
		case r.BucketARN == "":
			return invalid("Report.Bucket is missing, though the report is enabled")
		case r.Format == "":
			return invalid("Report.Format is missing, though the report is enabled")
		case r.Scope == "":
			return invalid("Report.ReportScope is missing, though the report is enabled")
		}
	}
	return first(
		bucketARN("Report.Bucket", r.BucketARN),
		text("Report.Prefix", r.Prefix, 512),
		oneOf("Report.Format", r.Format, transship.ReportFormatCSV),
		oneOf("Report.ReportScope", string(r.Scope), string(transship.AllTasks), string(transship.FailedTasksOnly)),
		owner("Report.ExpectedBucketOwner", r.ExpectedBucketOwner),
	)
}

var tagText = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

// CheckTags checks a set of at most limit tags: keys of 1 to 128 characters,
// values of up to 256, no key twice.
func CheckTags(field string, tags []transship.Tag, limit int) error {
	if len(tags) > limit {
		return invalid("%s has %d tags; at most %d are allowed", field, len(tags), limit)
	}
	seen := map[string]bool{}
	for _, t := range tags {
		switch {
		case t.Key == "":
			return invalid("%s has a tag without Key", field)
		case utf8.RuneCountInString(t.Key) > 128 || !tagText.MatchString(t.Key):
			return invalid("%s: Key %q is longer than 128 characters or has a character that tags cannot have", field, shorten(t.Key))
		case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
			return invalid("%s: Key %q begins with aws:, which is reserved", field, shorten(t.Key))
		case utf8.RuneCountInString(t.Value) > 256 || !tagText.MatchString(t.Value):
			return invalid("%s: the Value of %q is longer than 256 characters or has a character that tags cannot have", field, t.Key)
		case seen[t.Key]:
			return invalid("%s has the Key %q twice", field, t.Key)
		}
		seen[t.Key] = true
	}
	return nil
}

func invalid(format string, args ...any) error {
	return &transship.Error{Code: transship.Invalid, Message: fmt.Sprintf(format, args...)}
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
