package s3

import (
	"net/http"

	"github.com/transship/transship/internal/lab/s3/reply"
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
	handle func(*call) error
}

// routes is the table of calls. Those with a parameter or header come before
// those without.
func routes() []route {
	table := []route{
		{"GET", aboutService, "", "", "ListBuckets", (*call).listBuckets},

		{"GET", aboutBucket, "location", "", "GetBucketLocation", (*call).getBucketLocation},
		{"GET", aboutBucket, "policy", "", "GetBucketPolicy", (*call).getBucketPolicy},
		{"PUT", aboutBucket, "policy", "", "PutBucketPolicy", (*call).putBucketPolicy},
		{"DELETE", aboutBucket, "policy", "", "DeleteBucketPolicy", (*call).deleteBucketPolicy},
		{"GET", aboutBucket, "ownershipControls", "", "GetBucketOwnershipControls", (*call).getOwnership},
		{"PUT", aboutBucket, "ownershipControls", "", "PutBucketOwnershipControls", (*call).putOwnership},
		{"DELETE", aboutBucket, "ownershipControls", "", "DeleteBucketOwnershipControls", (*call).deleteOwnership},
		{"GET", aboutBucket, "versioning", "", "GetBucketVersioning", (*call).getVersioning},
		{"PUT", aboutBucket, "versioning", "", "PutBucketVersioning", (*call).putVersioning},
		{"GET", aboutBucket, "versions", "", "ListObjectVersions", (*call).listVersions},
		{"GET", aboutBucket, "uploads", "", "ListMultipartUploads", (*call).listUploads},
		{"POST", aboutBucket, "delete", "", "DeleteObjects", (*call).deleteObjects},
	}
	table = append(table, absent()...)
	return append(table, []route{
		{"GET", aboutBucket, "list-type", "", "ListObjectsV2", (*call).listObjectsV2},
		{"GET", aboutBucket, "", "", "ListObjects", (*call).listObjects},
		{"HEAD", aboutBucket, "", "", "HeadBucket", (*call).headBucket},
		{"PUT", aboutBucket, "", "", "CreateBucket", (*call).createBucket},
		{"DELETE", aboutBucket, "", "", "DeleteBucket", (*call).deleteBucket},
		{"POST", aboutBucket, "", "", "PostObject", nil},

		{"GET", aboutObject, "tagging", "", "GetObjectTagging", (*call).getTagging},
		{"PUT", aboutObject, "tagging", "", "PutObjectTagging", (*call).putTagging},
		{"DELETE", aboutObject, "tagging", "", "DeleteObjectTagging", (*call).deleteTagging},
		{"GET", aboutObject, "attributes", "", "GetObjectAttributes", (*call).getAttributes},
		{"POST", aboutObject, "uploads", "", "CreateMultipartUpload", (*call).createUpload},
		{"PUT", aboutObject, "uploadId", "X-Amz-Copy-Source", "UploadPartCopy", (*call).uploadPartCopy},
		{"PUT", aboutObject, "uploadId", "", "UploadPart", (*call).uploadPart},
		{"POST", aboutObject, "uploadId", "", "CompleteMultipartUpload", (*call).completeUpload},
		{"DELETE", aboutObject, "uploadId", "", "AbortMultipartUpload", (*call).abortUpload},
		{"GET", aboutObject, "uploadId", "", "ListParts", (*call).listParts},
		{"PUT", aboutObject, "", "X-Amz-Copy-Source", "CopyObject", (*call).copyObject},
		{"PUT", aboutObject, "", "", "PutObject", (*call).putObject},
		{"GET", aboutObject, "", "", "GetObject", (*call).getObject},
		{"HEAD", aboutObject, "", "", "HeadObject", (*call).getObject},
		{"DELETE", aboutObject, "", "", "DeleteObject", (*call).deleteObject},
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

// route finds the call's handler and, where it is about a bucket, the bucket.
func (c *call) route() (func(*call) error, error) {
	about := aboutObject
	switch {
	case c.Bucket == "":
		about = aboutService
	case c.Key == "":
		about = aboutBucket
	}
	for i := range c.routes {
		t := &c.routes[i]
		if t.method != c.r.Method || t.level != about || t.query != "" && !c.query.Has(t.query) || t.header != "" && c.header.Get(t.header) == "" {
			continue
		}
		c.name = t.name
		if about != aboutService && t.name != "CreateBucket" {
			if err := c.findBucket(); err != nil {
				return nil, err
			}
		}
		if t.handle == nil {
			return nil, reply.Say("NotImplemented", t.name+" is not implemented.")
		}
		return t.handle, nil
	}
	if c.r.Method == http.MethodOptions {
		return nil, reply.Say("NotImplemented", "CORS preflight is not implemented.")
	}
	return nil, reply.New("MethodNotAllowed").With("Method", c.r.Method)
}
