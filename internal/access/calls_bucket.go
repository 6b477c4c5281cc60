package access

// The actions of multipart uploads besides PutObject. The first two are asked
// on the object, the last on the bucket.
const (
	AbortUpload = "s3:AbortMultipartUpload"
	ListParts   = "s3:ListMultipartUploadParts"
	ListUploads = "s3:ListBucketMultipartUploads"
)

// BucketCall is the action that a call about a bucket's settings asks on the
// bucket; false: no such call is known. Names of calls and of actions agree for
// some of them only (access model, section 7).
func BucketCall(operation string) (action string, ok bool) {
	switch operation {
	case "HeadBucket", "ListObjects", "ListObjectsV2":
		return ListObjects(false), true
	case "ListObjectVersions":
		return ListObjects(true), true
	case "ListMultipartUploads":
		return ListUploads, true
	case "GetBucketEncryption":
		return "s3:GetEncryptionConfiguration", true
	case "PutBucketEncryption", "DeleteBucketEncryption":
		return "s3:PutEncryptionConfiguration", true
	case "GetPublicAccessBlock":
		return "s3:GetBucketPublicAccessBlock", true
	case "PutPublicAccessBlock", "DeletePublicAccessBlock":
		return "s3:PutBucketPublicAccessBlock", true
	case "GetObjectLockConfiguration":
		return "s3:GetBucketObjectLockConfiguration", true
	case "PutObjectLockConfiguration":
		return "s3:PutBucketObjectLockConfiguration", true
	case "GetBucketInventoryConfiguration", "ListBucketInventoryConfigurations":
		return "s3:GetInventoryConfiguration", true
	case "PutBucketInventoryConfiguration", "DeleteBucketInventoryConfiguration":
		return "s3:PutInventoryConfiguration", true
	case "GetBucketReplication":
		return "s3:GetReplicationConfiguration", true
	case "GetBucketLifecycleConfiguration":
		return "s3:GetLifecycleConfiguration", true
	case "PutBucketLifecycleConfiguration", "DeleteBucketLifecycle":
		return "s3:PutLifecycleConfiguration", true
	case "DeleteBucketOwnershipControls":
		return "s3:PutBucketOwnershipControls", true
	case "DeleteBucketTagging":
		return "s3:PutBucketTagging", true
	case "CreateBucket", "DeleteBucket", "GetBucketLocation",
		"GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy", "GetBucketPolicyStatus",
		"GetBucketAcl", "PutBucketAcl", "GetBucketOwnershipControls", "PutBucketOwnershipControls",
		"GetBucketVersioning", "PutBucketVersioning", "GetBucketRequestPayment", "PutBucketRequestPayment",
		"GetBucketTagging", "PutBucketTagging":
		return "s3:" + operation, true
	}
	return "", false
}
