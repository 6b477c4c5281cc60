package access

import (
	"testing"

	"github.com/transship/transship/iampolicy"
)

// AM-140: an action that does not exist has no effect in a policy, so each one
// that is asked must be one that a bucket policy takes on its resource.
func TestEveryActionThatIsAskedExists(t *testing.T) {
	objects := map[string]bool{PutObject: true, AbortUpload: true, ListParts: true, "s3:PutObjectRetention": true, "s3:PutObjectLegalHold": true}
	for _, versioned := range []bool{false, true} {
		for _, action := range []string{ReadObject(versioned), DeleteObject(versioned), ReadTags(versioned), WriteTags(versioned), DeleteTags(versioned), ReadACL(versioned), WriteACL(versioned)} {
			objects[action] = true
		}
	}
	for action := range objects {
		mustFit(t, action, "arn:aws:s3:::bkt/*")
	}
	for _, call := range []string{
		"HeadBucket", "ListObjects", "ListObjectsV2", "ListObjectVersions", "ListMultipartUploads", "GetBucketEncryption",
		"PutBucketEncryption", "DeleteBucketEncryption", "GetPublicAccessBlock", "PutPublicAccessBlock", "DeletePublicAccessBlock",
		"GetObjectLockConfiguration", "PutObjectLockConfiguration", "GetBucketInventoryConfiguration", "ListBucketInventoryConfigurations",
		"PutBucketInventoryConfiguration", "DeleteBucketInventoryConfiguration", "GetBucketReplication", "GetBucketLifecycleConfiguration",
		"PutBucketLifecycleConfiguration", "DeleteBucketLifecycle", "DeleteBucketOwnershipControls", "DeleteBucketTagging", "CreateBucket",
		"DeleteBucket", "GetBucketLocation", "GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy", "GetBucketPolicyStatus",
		"GetBucketAcl", "PutBucketAcl", "GetBucketOwnershipControls", "PutBucketOwnershipControls", "GetBucketVersioning",
		"PutBucketVersioning", "GetBucketRequestPayment", "PutBucketRequestPayment", "GetBucketTagging", "PutBucketTagging",
	} {
		action, ok := BucketCall(call)
		if !ok {
			t.Errorf("%s is not known", call)
			continue
		}
		mustFit(t, action, "arn:aws:s3:::bkt")
	}
	if action, ok := BucketCall("HeadObject"); ok {
		t.Errorf("HeadObject is about no bucket, but asks %s", action)
	}
}

func mustFit(t *testing.T, action, resource string) {
	t.Helper()
	p, err := iampolicy.Parse([]byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"`+action+`","Resource":"`+resource+`"}}`), iampolicy.Resource)
	if err == nil {
		err = p.CheckBucket("bkt")
	}
	if err != nil {
		t.Errorf("%s on %s: %v", action, resource, err)
	}
}
