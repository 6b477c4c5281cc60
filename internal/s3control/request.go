package s3control

import (
	"math"
	"slices"
	"strings"

	"github.com/transship/transship"
)

// otherOperations are AWS's operations that are not supported here.
var otherOperations = []string{"LambdaInvoke", "S3PutObjectAcl", "S3PutObjectTagging", "S3DeleteObjectTagging",
	"S3InitiateRestoreObject", "S3PutObjectLegalHold", "S3PutObjectRetention", "S3ReplicateObject",
	"S3ComputeObjectChecksum", "S3UpdateObjectEncryption"}

// parseCreateJob reads the body of CreateJob. It looks at what only the wire
// shows, such as whether an element is there at all; whether the values make
// sense is for jobs.Validate.
func parseCreateJob(body []byte) (transship.Job, error) {
	root, err := parseXML(body)
	if err != nil {
		return transship.Job{}, &apiError{400, "MalformedXML", "the request's body is not XML as CreateJob has it: " + err.Error()}
	}
	if root.name != "CreateJobRequest" {
		return transship.Job{}, &apiError{400, "MalformedXML", "the request's root element is " + short(root.name) + ", not CreateJobRequest"}
	}
	job := transship.Job{Confirmation: true}
	var priority int64
	var generator bool
	if err := structure(root, "", map[string]setter{
		"ConfirmationRequired": boolean(&job.Confirmation),
		"Operation":            operation(&job.Operation),
		"Report":               report(&job.Report),
		"ClientRequestToken":   text(&job.Token),
		"Manifest":             manifest(&job.Manifest),
		"ManifestGenerator":    func(*element, string) error { generator = true; return nil },
		"Description":          text(&job.Description),
		"Priority":             number(&priority),
		"RoleArn":              word(&job.RoleARN),
		"Tags":                 list(tag(&job.Tags)),
	}); err != nil {
		return transship.Job{}, err
	}
	has := func(name string) bool {
		return slices.ContainsFunc(root.kids, func(el *element) bool { return el.name == name })
	}
	switch {
	case has("Manifest") && generator:
		return transship.Job{}, badRequest("Manifest and ManifestGenerator are both given; a job has exactly one")
	case generator:
		return transship.Job{}, notHere("ManifestGenerator")
	}
	for _, name := range []string{"Operation", "Report", "ClientRequestToken", "Priority", "RoleArn", "Manifest"} {
		if !has(name) {
			return transship.Job{}, badRequest("%s is missing", name)
		}
	}
	if priority < 0 || priority > math.MaxInt32 {
		return transship.Job{}, badRequest("Priority must be between 0 and 2147483647")
	}
	job.Priority = int32(priority)
	return job, nil
}

func operation(to *transship.Operation) setter {
	return func(el *element, path string) error {
		if len(el.kids) != 1 {
			return badRequest("Operation must name exactly one operation; this one names %d", len(el.kids))
		}
		known := map[string]setter{"S3PutObjectCopy": func(el *element, path string) error {
			to.Copy = new(transship.CopyOperation)
			return copyOperation(el, path, to.Copy)
		}}
		for _, name := range otherOperations {
			known[name] = func(_ *element, path string) error { return notHere(path) }
		}
		return structure(el, path, known)
	}
}

func manifest(to *transship.Manifest) setter {
	return func(el *element, path string) error {
		return structure(el, path, map[string]setter{
			"Spec": func(el *element, path string) error {
				return structure(el, path, map[string]setter{
					"Format": word(&to.Format),
					"Fields": list(func(el *element, path string) error {
						var field string
						err := word(&field)(el, path)
						to.Fields = append(to.Fields, field)
						return err
					}),
				})
			},
			"Location": func(el *element, path string) error {
				return structure(el, path, map[string]setter{
					"ObjectArn":       text(&to.ObjectARN),
					"ObjectVersionId": text(&to.ObjectVersionID),
					"ETag":            text(&to.ETag),
				})
			},
		})
	}
}

func report(to *transship.Report) setter {
	return func(el *element, path string) error {
		if !slices.ContainsFunc(el.kids, func(el *element) bool { return el.name == "Enabled" }) {
			return badRequest("%s.Enabled is missing", path)
		}
		return structure(el, path, map[string]setter{
			"Enabled":             boolean(&to.Enabled),
			"Bucket":              word(&to.BucketARN),
			"Prefix":              text(&to.Prefix),
			"Format":              word(&to.Format),
			"ReportScope":         word(&to.Scope),
			"ExpectedBucketOwner": word(&to.ExpectedBucketOwner),
		})
	}
}

func tag(to *[]transship.Tag) setter {
	return func(el *element, path string) error {
		var t transship.Tag
		hasValue := false
		err := structure(el, path, map[string]setter{
			"Key":   text(&t.Key),
			"Value": func(el *element, path string) error { hasValue = true; return maybeEmpty(&t.Value)(el, path) },
		})
		if err == nil && (t.Key == "" || !hasValue) {
			err = badRequest("%s: a tag needs Key and Value", path)
		}
		*to = append(*to, t)
		return err
	}
}

// notHere refuses what AWS has and transship does not, or not yet.
func notHere(what string) error {
	return &apiError{501, "NotImplemented", strings.TrimPrefix(what, "Operation.") + " is not supported here"}
}
