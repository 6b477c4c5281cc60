package transship

import "time"

// Operation is what a job does to every entry; exactly one field is set.
type Operation struct {
	Copy *CopyOperation
}

// Name is the operation's name in the S3 Control API.
func (o Operation) Name() string {
	if o.Copy != nil {
		return "S3PutObjectCopy"
	}
	return ""
}

// CopyOperation holds the fields of S3PutObjectCopy (S3 Control API, shape
// S3CopyObjectOperation), and what transship adds. Absent and empty differ
// where a field is a pointer.
type CopyOperation struct {
	TargetResource  string // bucket ARN
	TargetKeyPrefix string

	MetadataDirective string       // COPY, REPLACE or empty (COPY)
	NewMetadata       *NewMetadata // nil: the source's is kept
	NewTagging        *[]Tag       // nil: the source's tags are kept; empty: none

	CannedACL    string
	Grants       []Grant
	StorageClass string // empty: STANDARD, as CopyObject has it

	SSEKMSKeyID       string
	BucketKeyEnabled  bool
	ChecksumAlgorithm string

	ModifiedSince   *time.Time
	UnmodifiedSince *time.Time

	RedirectLocation string
	RequesterPays    bool

	LegalHold      string // ON, OFF or empty
	ObjectLockMode string // COMPLIANCE, GOVERNANCE or empty
	RetainUntil    *time.Time

	// Beyond AWS.
	IfMatch          bool // copy only what still has the ETag that the manifest tells
	IfNoneMatch      bool // leave an object alone that exists at the destination
	KeepStorageClass bool // each object keeps its own class; StorageClass is then empty
	Stream           bool // read with one credential, write with the other, through this process
}

// NewMetadata replaces an object's metadata.
type NewMetadata struct {
	CacheControl       string
	ContentDisposition string
	ContentEncoding    string
	ContentLanguage    string
	ContentType        string
	Expires            *time.Time
	UserMetadata       map[string]string
	SSEAlgorithm       string // AES256, KMS or empty
}

// Tag is a key and a value.
type Tag struct{ Key, Value string }

// Grant is one line of an access control list.
type Grant struct {
	GranteeType string // id, emailAddress or uri
	Grantee     string
	DisplayName string
	Permission  string // FULL_CONTROL, READ, WRITE, READ_ACP or WRITE_ACP
}
