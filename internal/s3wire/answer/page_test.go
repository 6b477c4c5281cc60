package answer

import (
	"strings"
	"testing"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

const (
	objects  = `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken><Contents><Key>a+b%2Bc</Key><ETag>"e"</ETag><Size>7</Size></Contents><EncodingType>url</EncodingType></ListBucketResult>`
	versions = `<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker><Version><Key>k</Key><VersionId>null</VersionId></Version><DeleteMarker><Key>k</Key></DeleteMarker></ListVersionsResult>`
	pending  = `<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker><NextUploadIdMarker>i</NextUploadIdMarker><Upload><Key>k</Key><UploadId>i</UploadId></Upload></ListMultipartUploadsResult>`
)

// FuzzListings: no answer makes a page of objects without keys, or one that
// goes on and does not say where.
func FuzzListings(f *testing.F) {
	for _, doc := range []string{objects, versions, pending, "<Error><Code>SlowDown</Code></Error>", objects[:90]} {
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		q := Call{Op: "List", Bucket: "bucket", Read: true}
		for _, root := range []string{"ListBucketResult", "ListVersionsResult"} {
			var page s3call.Page
			if err := q.Page([]byte(doc), root, &page); err != nil {
				continue
			}
			if page.Truncated && page.Token == "" && page.NextKeyMarker == "" {
				t.Fatalf("%q goes on, and nobody knows where", doc)
			}
			for _, o := range page.Objects {
				if o.Key == "" || o.Size < 0 || o.Bucket != "bucket" {
					t.Fatalf("%q: %+v", doc, o)
				}
			}
		}
		q.Uploads([]byte(doc))
	})
}

func TestUploadsThatBreakOffAreNeverAPage(t *testing.T) {
	q := Call{Op: "ListMultipartUploads", Bucket: "bucket", Read: true}
	page, next, err := q.Uploads([]byte(pending))
	if err != nil || len(page) != 1 || page[0].Upload != (s3call.Upload{Bucket: "bucket", Key: "k", ID: "i"}) || next != (s3call.Upload{Key: "k", ID: "i"}) {
		t.Errorf("%+v %+v %v", page, next, err)
	}
	for n := range len(pending) {
		if _, _, err := q.Uploads([]byte(pending[:n])); transship.CodeOf(err) != transship.Unavailable {
			t.Fatalf("cut at %d: %v", n, err)
		}
	}
	if _, _, err := q.Uploads([]byte(strings.Replace(pending, "<NextKeyMarker>k</NextKeyMarker>", "", 1))); transship.CodeOf(err) != transship.Damaged {
		t.Error(err)
	}
}

func TestWhatIsARange(t *testing.T) {
	for _, c := range []struct {
		text         string
		first, total int64
		ok           bool
	}{
		{"bytes 2-4/10", 2, 10, true}, {"bytes 0-0/1", 0, 1, true}, {"bytes 2-4/*", 0, 0, false}, {"bytes */10", 0, 0, false},
		{"2-4/10", 0, 0, false}, {"", 0, 0, false}, {"bytes 2-4", 0, 0, false},
	} {
		first, total, ok := Range(c.text)
		if ok != c.ok || ok && (first != c.first || total != c.total) {
			t.Errorf("%q: %d, %d, %t", c.text, first, total, ok)
		}
	}
}

func TestWhatAnErrorInsideA200IsTakenFor(t *testing.T) {
	q := Call{Op: "CopyObject", Bucket: "bucket", Key: "k"}
	for s3code, want := range map[string]transship.Code{"SlowDown": transship.Throttled, "InternalError": transship.Unavailable, "AccessDenied": transship.Denied,
		"NoSuchKey": transship.NotFound, "PreconditionFailed": transship.Precondition, "OperationAborted": transship.Conflict, "NotImplemented": transship.Unsupported, "Whatever": transship.Invalid} {
		var w s3call.Written
		err := q.Copied([]byte("\n\n <Error><Code>"+s3code+"</Code></Error>"), "CopyObjectResult", &w, nil)
		if transship.CodeOf(err) != want {
			t.Errorf("%s: %v", s3code, err)
		}
	}
}
