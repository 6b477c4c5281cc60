// Package buckets are the S3 calls about a bucket and its settings: making,
// listing and deleting buckets, policy, ownership and versioning.
//
// It owns what a policy must be to be stored. It does not own what a policy
// means (iampolicy, internal/access) nor what lies in a bucket.
package buckets
