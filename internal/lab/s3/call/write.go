package call

import (
	"maps"
	"strings"

	"github.com/transship/transship"
	"github.com/transship/transship/iampolicy"
	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/request"
	"github.com/transship/transship/internal/lab/s3/store"
	"github.com/transship/transship/internal/s3call"
)

// Write is what a request says about an object to be.
type Write struct {
	Bucket, Key string
	Attributes  s3call.Attributes
	Tags        []transship.Tag
	ACL         string // canned; empty: none sent
	Context     iampolicy.Context
}

// ReadWrite reads the headers that PutObject, CopyObject and
// CreateMultipartUpload have in common.
func (c *Call) ReadWrite() (*Write, error) {
	w := &Write{Bucket: c.Bucket, Key: c.Key}
	var err error
	if w.Attributes, err = request.ParseAttributes(c.Header); err != nil {
		return nil, err
	}
	if w.Tags, err = request.ParseTagHeader(c.Header.Get("X-Amz-Tagging")); err != nil {
		return nil, err
	}
	w.Context = c.HeaderContext("x-amz-acl", "x-amz-storage-class", "x-amz-server-side-encryption",
		"x-amz-server-side-encryption-aws-kms-key-id", "x-amz-copy-source", "x-amz-metadata-directive",
		"x-amz-website-redirect-location", "if-match", "if-none-match")
	w.TagContext()
	w.ACL, err = c.CannedACL(c.Record)
	return w, err
}

// TagContext fills in the keys of the tags that the write will have.
func (w *Write) TagContext() {
	maps.DeleteFunc(w.Context, func(key string, _ []string) bool { return strings.HasPrefix(key, "s3:requestobjecttag") })
	for _, t := range w.Tags {
		w.Context["s3:requestobjecttag/"+strings.ToLower(t.Key)] = []string{t.Value}
		w.Context["s3:requestobjecttagkeys"] = append(w.Context["s3:requestobjecttagkeys"], t.Key)
	}
}

// Ask says which actions the write needs besides s3:PutObject.
func (w *Write) Ask() access.Write {
	return access.Write{ACL: w.ACL != "", Tags: len(w.Tags) > 0}
}

// Version is the version to be, without body and digests.
func (w *Write) Version() store.Version {
	v := store.Version{Bucket: w.Bucket, Key: w.Key, StorageClass: w.Attributes.StorageClass}
	v.Attributes, v.Tags, v.ACL = w.Attributes, w.Tags, w.ACL
	return v
}

// WriteCondition is If-Match or If-None-Match of a write.
func (c *Call) WriteCondition() (store.Condition, error) {
	match, none := c.Header.Get("If-Match"), c.Header.Get("If-None-Match")
	if match == "" && none == "" {
		return nil, nil
	}
	if match != "" && none != "" || none != "" && none != "*" {
		return nil, reply.Say("NotImplemented", "A header you provided implies functionality that is not implemented").With("Header", "If-None-Match")
	}
	return func(now *store.Version) error {
		there := now != nil && !now.Marker
		switch {
		case none != "" && there:
			return request.Unmet("If-None-Match")
		case match != "" && !there:
			return reply.New("NoSuchKey").With("Key", c.Key)
		case match != "" && !request.MatchETag(match, now.ETag):
			return request.Unmet("If-Match")
		}
		return nil
	}, nil
}
