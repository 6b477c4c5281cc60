package s3

import (
	"net/http"

	"github.com/transship/transship/internal/lab/s3/buckets"
	"github.com/transship/transship/internal/lab/s3/call"
	"github.com/transship/transship/internal/lab/s3/listings"
	"github.com/transship/transship/internal/lab/s3/objects"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/request"
	"github.com/transship/transship/internal/lab/s3/uploads"
)

// level is what a call is about.
type level int

const (
	aboutService level = iota
	aboutBucket
	aboutObject
)

// route is one call: the first that fits a request is it. A route without
// handler is a call that S3 has and this server has not.
type route struct {
	method string
	level  level
	query  string // parameter that must be there; empty: none
	header string // header that must be there; empty: none
	name   string
	handle func(*call.Call) error
}

// routes is the table of calls. Those with a parameter or header come before
// those without.
func routes() []route {
	table := []route{
		{"GET", aboutService, "", "", "ListBuckets", buckets.List},

		{"GET", aboutBucket, "location", "", "GetBucketLocation", buckets.GetLocation},
		{"GET", aboutBucket, "policy", "", "GetBucketPolicy", buckets.GetPolicy},
		{"PUT", aboutBucket, "policy", "", "PutBucketPolicy", buckets.PutPolicy},
		{"DELETE", aboutBucket, "policy", "", "DeleteBucketPolicy", buckets.DeletePolicy},
		{"GET", aboutBucket, "ownershipControls", "", "GetBucketOwnershipControls", buckets.GetOwnership},
		{"PUT", aboutBucket, "ownershipControls", "", "PutBucketOwnershipControls", buckets.PutOwnership},
		{"DELETE", aboutBucket, "ownershipControls", "", "DeleteBucketOwnershipControls", buckets.DeleteOwnership},
		{"GET", aboutBucket, "versioning", "", "GetBucketVersioning", buckets.GetVersioning},
		{"PUT", aboutBucket, "versioning", "", "PutBucketVersioning", buckets.PutVersioning},
		{"GET", aboutBucket, "versions", "", "ListObjectVersions", listings.Versions},
		{"GET", aboutBucket, "uploads", "", "ListMultipartUploads", uploads.List},
		{"POST", aboutBucket, "delete", "", "DeleteObjects", objects.DeleteMany},
	}
	table = append(table, absent()...)
	return append(table, []route{
		{"GET", aboutBucket, "list-type", "", "ListObjectsV2", listings.ObjectsV2},
		{"GET", aboutBucket, "", "", "ListObjects", listings.Objects},
		{"HEAD", aboutBucket, "", "", "HeadBucket", buckets.Head},
		{"PUT", aboutBucket, "", "", "CreateBucket", buckets.Create},
		{"DELETE", aboutBucket, "", "", "DeleteBucket", buckets.Delete},
		{"POST", aboutBucket, "", "", "PostObject", nil},

		{"GET", aboutObject, "tagging", "", "GetObjectTagging", objects.GetTags},
		{"PUT", aboutObject, "tagging", "", "PutObjectTagging", objects.PutTags},
		{"DELETE", aboutObject, "tagging", "", "DeleteObjectTagging", objects.DeleteTags},
		{"GET", aboutObject, "attributes", "", "GetObjectAttributes", objects.GetAttributes},
		{"POST", aboutObject, "uploads", "", "CreateMultipartUpload", uploads.Create},
		{"PUT", aboutObject, "uploadId", "X-Amz-Copy-Source", "UploadPartCopy", uploads.CopyPart},
		{"PUT", aboutObject, "uploadId", "", "UploadPart", uploads.PutPart},
		{"POST", aboutObject, "uploadId", "", "CompleteMultipartUpload", uploads.Complete},
		{"DELETE", aboutObject, "uploadId", "", "AbortMultipartUpload", uploads.Abort},
		{"GET", aboutObject, "uploadId", "", "ListParts", uploads.ListParts},
		{"PUT", aboutObject, "", "X-Amz-Copy-Source", "CopyObject", objects.Copy},
		{"PUT", aboutObject, "", "", "PutObject", objects.Put},
		{"GET", aboutObject, "", "", "GetObject", objects.Get},
		{"HEAD", aboutObject, "", "", "HeadObject", objects.Get},
		{"DELETE", aboutObject, "", "", "DeleteObject", objects.Delete},
	}...)
}

// absent are the calls that are not there, so that they say so by name and
// are not taken for others.
func absent() []route {
	var table []route
	all := func(l level, parameter, noun string, methods ...string) {
		verbs := map[string]string{"GET": "Get", "PUT": "Put", "DELETE": "Delete"}
		for _, m := range methods {
			table = append(table, route{method: m, level: l, query: parameter, name: verbs[m] + noun})
		}
	}
	for _, c := range []struct{ parameter, noun string }{
		{"accelerate", "BucketAccelerateConfiguration"}, {"acl", "BucketAcl"}, {"analytics", "BucketAnalyticsConfiguration"},
		{"cors", "BucketCors"}, {"encryption", "BucketEncryption"}, {"intelligent-tiering", "BucketIntelligentTieringConfiguration"},
		{"inventory", "BucketInventoryConfiguration"}, {"lifecycle", "BucketLifecycleConfiguration"}, {"logging", "BucketLogging"},
		{"metrics", "BucketMetricsConfiguration"}, {"notification", "BucketNotificationConfiguration"},
		{"object-lock", "ObjectLockConfiguration"}, {"policyStatus", "BucketPolicyStatus"}, {"publicAccessBlock", "PublicAccessBlock"},
		{"replication", "BucketReplication"}, {"requestPayment", "BucketRequestPayment"}, {"tagging", "BucketTagging"},
		{"website", "BucketWebsite"}, {"session", "Session"}, {"metadataTable", "BucketMetadataTableConfiguration"},
		{"metadataConfiguration", "BucketMetadataConfiguration"}, {"abac", "BucketAbac"},
	} {
		all(aboutBucket, c.parameter, c.noun, "GET", "PUT", "DELETE")
	}
	all(aboutObject, "acl", "ObjectAcl", "GET", "PUT")
	all(aboutObject, "retention", "ObjectRetention", "GET", "PUT")
	all(aboutObject, "legal-hold", "ObjectLegalHold", "GET", "PUT")
	all(aboutObject, "torrent", "ObjectTorrent", "GET")
	return append(table,
		route{method: "POST", level: aboutObject, query: "restore", name: "RestoreObject"},
		route{method: "POST", level: aboutObject, query: "select", name: "SelectObjectContent"},
		route{method: "PUT", level: aboutObject, query: "renameObject", name: "RenameObject"},
		route{method: "PUT", level: aboutObject, query: "encryption", name: "UpdateObjectEncryption"},
		route{method: "PUT", level: aboutObject, header: "X-Amz-Write-Offset-Bytes", name: "PutObject with an offset"},
	)
}

// serve finds the call, then the bucket where it is about one, then answers.
func (s *Server) serve(c *call.Call) error {
	var err error
	if c.Target, err = request.ParseTarget(c.R.Host, c.R.URL.EscapedPath()); err != nil {
		return err
	}
	about := aboutObject
	switch {
	case c.Bucket == "":
		about = aboutService
	case c.Key == "":
		about = aboutBucket
	}
	for i := range s.routes {
		t := &s.routes[i]
		if t.method != c.R.Method || t.level != about || t.query != "" && !c.Query.Has(t.query) || t.header != "" && c.Header.Get(t.header) == "" {
			continue
		}
		c.Name = t.name
		if about != aboutService && t.name != "CreateBucket" {
			if err := c.FindBucket(); err != nil {
				return err
			}
		}
		if t.handle == nil {
			return reply.Say("NotImplemented", t.name+" is not implemented.")
		}
		return t.handle(c)
	}
	if c.R.Method == http.MethodOptions {
		return reply.Say("NotImplemented", "CORS preflight is not implemented.")
	}
	return reply.New("MethodNotAllowed").With("Method", c.R.Method)
}
