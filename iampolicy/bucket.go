package iampolicy

import "strings"

// CheckBucket says whether a bucket policy may be put on this bucket: resources
// inside it (AM-63), actions that a bucket policy can hold (AM-65) and that fit
// a resource of the same statement (AM-64). The error is an [*Error].
func (p *Policy) CheckBucket(bucket string) error {
	for _, s := range p.Statements {
		fitsBucket, fitsObjects := s.notResource, s.notResource
		for i := range s.resources {
			onBucket, onObjects, ok := s.resources[i].within(bucket)
			if !ok {
				return fault(s.resourceNodes[i], "Policy has invalid resource", "%s is not bucket %s nor inside it (AM-63)", quote(s.resources[i].text), bucket)
			}
			fitsBucket, fitsObjects = fitsBucket || onBucket, fitsObjects || onObjects
		}
		for i := range s.actions {
			onBucket, onObjects := fits(s.actions[i])
			if !onBucket && !onObjects {
				return fault(s.actionNodes[i], "Policy has invalid action", "%s", whyInvalid(s.actions[i].text))
			}
			if s.notAction {
				continue // it speaks about all others
			}
			if !(onBucket && fitsBucket) && !(onObjects && fitsObjects) {
				return fault(s.actionNodes[i], "Action does not apply to any resource(s) in statement", "%s", whyApart(s.actions[i].text, onObjects, bucket))
			}
		}
	}
	return nil
}

func whyInvalid(action string) string {
	service, _, _ := strings.Cut(strings.ToLower(action), ":")
	switch service {
	case "s3":
		return quote(action) + " is no action that a bucket policy can allow or deny (AM-140)"
	case "kms":
		return quote(action) + " belongs in the key's policy (AM-65)"
	}
	return quote(action) + " is not an action of S3 (AM-65)"
}

func whyApart(action string, objects bool, bucket string) string {
	if objects {
		return quote(action) + " is about objects; add arn:aws:s3:::" + bucket + "/*"
	}
	return quote(action) + " is about the bucket; add arn:aws:s3:::" + bucket
}

// within says whether the pattern can mean the bucket, and objects in it. A
// pattern that can mean neither lies elsewhere.
func (g *arnGlob) within(bucket string) (onBucket, onObjects, ok bool) {
	if g.all {
		return true, true, true
	}
	head := "arn:aws:s3:::"
	for i := range g.head {
		var segment string
		segment, head, _ = strings.Cut(head, ":")
		if !g.head[i].match(segment, nil) {
			return false, false, false
		}
	}
	if name, _, _ := strings.Cut(g.tail.text, "/"); strings.Contains(name, "${") {
		return false, false, false // a bucket's name is never variable
	}
	onBucket, onObjects = g.tail.match(bucket, nil), begins(g.tail.text, bucket+"/")
	return onBucket, onObjects, onBucket || onObjects
}

// begins reports whether some text that fits the pattern begins with head: a
// star may run from the bucket's name into the keys (AM-61). It follows all ways
// through the pattern at once, so its cost is the product of the two lengths.
func begins(pattern, head string) bool {
	p := []rune(pattern)
	at := make([]bool, len(p)+1) // which places of the pattern are reached
	at[0] = true
	for _, c := range head {
		next := make([]bool, len(p)+1)
		alive := false
		for i, w := range p {
			if w == '*' && at[i] {
				at[i+1] = true // a star may cover nothing
			}
			switch {
			case !at[i]:
			case w == '*':
				next[i], alive = true, true
			case w == '?' || w == c:
				next[i+1], alive = true, true
			}
		}
		if !alive {
			return false
		}
		at = next
	}
	return true
}

// fits says whether a pattern covers some action on buckets, and on objects.
func fits(action glob) (onBucket, onObjects bool) {
	if action.text == "*" {
		return true, true
	}
	for _, name := range strings.Fields(bucketActions) {
		onBucket = onBucket || action.match("s3:"+strings.ToLower(name), nil)
	}
	for _, name := range strings.Fields(objectActions) {
		onObjects = onObjects || action.match("s3:"+strings.ToLower(name), nil)
	}
	return onBucket, onObjects
}

// The actions of S3 by resource (Service Authorization Reference, Amazon S3).
// Actions on jobs, access points, and on "*" such as ListAllMyBuckets are not
// here: no bucket policy decides them (AM-146).
const bucketActions = `
CreateBucket CreateBucketMetadataTableConfiguration DeleteBucket DeleteBucketMetadataTableConfiguration
DeleteBucketOwnershipControls DeleteBucketPolicy DeleteBucketPublicAccessBlock DeleteBucketWebsite
GetAccelerateConfiguration GetAnalyticsConfiguration GetBucketAcl GetBucketCORS GetBucketLocation
GetBucketLogging GetBucketMetadataTableConfiguration GetBucketNotification
GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy GetBucketPolicyStatus
GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite
GetEncryptionConfiguration GetIntelligentTieringConfiguration GetInventoryConfiguration
GetLifecycleConfiguration GetMetricsConfiguration GetReplicationConfiguration ListBucket
ListBucketMultipartUploads ListBucketVersions PutAccelerateConfiguration PutAnalyticsConfiguration
PutBucketAcl PutBucketCORS PutBucketLogging PutBucketNotification PutBucketObjectLockConfiguration
PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock PutBucketRequestPayment
PutBucketTagging PutBucketVersioning PutBucketWebsite PutEncryptionConfiguration
PutIntelligentTieringConfiguration PutInventoryConfiguration PutLifecycleConfiguration
PutMetricsConfiguration PutReplicationConfiguration ListTagsForResource TagResource UntagResource`

const objectActions = `
AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectTagging DeleteObjectVersion
DeleteObjectVersionTagging GetObject GetObjectAcl GetObjectAttributes GetObjectLegalHold
GetObjectRetention GetObjectTagging GetObjectTorrent GetObjectVersion GetObjectVersionAcl
GetObjectVersionAttributes GetObjectVersionForReplication GetObjectVersionTagging
GetObjectVersionTorrent InitiateReplication ListMultipartUploadParts ObjectOwnerOverrideToBucketOwner
PutObject PutObjectAcl PutObjectLegalHold PutObjectRetention PutObjectTagging PutObjectVersionAcl
PutObjectVersionTagging ReplicateDelete ReplicateObject ReplicateTags RestoreObject
UpdateObjectEncryption`
