package access

// Which action each S3 call asks (access model, section 7). A call that asks
// several asks each of them separately (AM-6).

// ReadObject is asked by GetObject, HeadObject and the source of a copy; with a
// version id the plain action is not enough (AM-141).
func ReadObject(versioned bool) string { return pick(versioned, "s3:GetObject", "s3:GetObjectVersion") }

// DeleteObject is asked for each key of DeleteObject and DeleteObjects.
func DeleteObject(versioned bool) string {
	return pick(versioned, "s3:DeleteObject", "s3:DeleteObjectVersion")
}

// ReadTags is asked by GetObjectTagging, and on the source of a copy that
// takes the tags along when there are any (AM-142).
func ReadTags(versioned bool) string {
	return pick(versioned, "s3:GetObjectTagging", "s3:GetObjectVersionTagging")
}

// WriteTags is asked by PutObjectTagging, and besides PutObject where a write
// sets or copies tags (AM-142).
func WriteTags(versioned bool) string {
	return pick(versioned, "s3:PutObjectTagging", "s3:PutObjectVersionTagging")
}

// DeleteTags is asked by DeleteObjectTagging.
func DeleteTags(versioned bool) string {
	return pick(versioned, "s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging")
}

// ReadACL is asked by GetObjectAcl.
func ReadACL(versioned bool) string {
	return pick(versioned, "s3:GetObjectAcl", "s3:GetObjectVersionAcl")
}

// WriteACL is asked by PutObjectAcl, and besides PutObject where a write
// carries an ACL header, bucket-owner-full-control included (AM-143).
func WriteACL(versioned bool) string {
	return pick(versioned, "s3:PutObjectAcl", "s3:PutObjectVersionAcl")
}

// ListObjects is asked by ListObjects, ListObjectsV2 and HeadBucket on the
// bucket; ListObjectVersions asks the other (AM-140). They also decide whether a
// missing key or version is 404 or 403 (AM-150, AM-151).
func ListObjects(versions bool) string {
	return pick(versions, "s3:ListBucket", "s3:ListBucketVersions")
}

// PutObject is asked by PutObject, CreateMultipartUpload, UploadPart,
// CompleteMultipartUpload and by the destination of CopyObject and UploadPartCopy.
const PutObject = "s3:PutObject"

func pick(second bool, a, b string) string {
	if second {
		return b
	}
	return a
}

// Write says what a write carries besides the body.
type Write struct {
	ACL       bool // x-amz-acl or a grant header
	Tags      bool // tags set, or copied from a source that has some
	Retention bool // x-amz-object-lock-mode or retain-until
	LegalHold bool // x-amz-object-lock-legal-hold
}

// Actions are all actions a write asks on the object it makes.
func (w Write) Actions() []string {
	actions := []string{PutObject}
	if w.ACL {
		actions = append(actions, WriteACL(false))
	}
	if w.Tags {
		actions = append(actions, WriteTags(false))
	}
	if w.Retention {
		actions = append(actions, "s3:PutObjectRetention")
	}
	if w.LegalHold {
		actions = append(actions, "s3:PutObjectLegalHold")
	}
	return actions
}

// CopySource are all actions a copy asks on its source. tags: the source has
// tags and the copy takes them along (AM-142).
func CopySource(versioned, tags bool) []string {
	actions := []string{ReadObject(versioned)}
	if tags {
		actions = append(actions, ReadTags(versioned))
	}
	return actions
}
