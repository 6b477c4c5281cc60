package operation

import (
	"strings"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// httpTime is the date of HTTP headers (RFC 9110).
const httpTime = "Mon, 02 Jan 2006 15:04:05 GMT"

// standard is the class that a write without a class gets; it is never sent.
const standard = "STANDARD"

// directive is COPY or REPLACE. Without NewObjectMetadata everything is kept
// (reference 3.2). NewObjectMetadata with nothing but an encryption is a wish
// about encryption: it does not wipe the metadata unless REPLACE is said.
func (c *Copy) directive() string {
	m := c.spec.NewMetadata
	switch {
	case m == nil:
		return "COPY"
	case c.spec.MetadataDirective != "":
		return c.spec.MetadataDirective
	case m.CacheControl == "" && m.ContentDisposition == "" && m.ContentEncoding == "" && m.ContentLanguage == "" &&
		m.ContentType == "" && m.Expires == nil && len(m.UserMetadata) == 0 && m.SSEAlgorithm != "":
		return "COPY"
	}
	return "REPLACE"
}

// settings are the headers that the job sets on every object, whatever the
// source says: class, encryption, redirect and lock.
func (c *Copy) settings(class string) s3call.Attributes {
	if class == standard {
		class = ""
	}
	a := s3call.Attributes{
		StorageClass:     class,
		SSEKMSKeyID:      c.spec.SSEKMSKeyID,
		BucketKeyEnabled: c.spec.BucketKeyEnabled,
		RedirectLocation: c.spec.RedirectLocation,
		LegalHold:        c.spec.LegalHold,
		LockMode:         c.spec.ObjectLockMode,
		RetainUntil:      c.spec.RetainUntil,
	}
	if c.spec.NewMetadata != nil {
		a.SSE = c.spec.NewMetadata.SSEAlgorithm
	}
	if a.SSE == "KMS" || a.SSE == "" && a.SSEKMSKeyID != "" {
		a.SSE = "aws:kms"
	}
	return a
}

// replaced adds NewObjectMetadata's headers to a.
func (c *Copy) replaced(a s3call.Attributes) s3call.Attributes {
	m := c.spec.NewMetadata
	a.CacheControl, a.ContentDisposition, a.ContentEncoding = m.CacheControl, m.ContentDisposition, m.ContentEncoding
	a.ContentLanguage, a.ContentType = m.ContentLanguage, m.ContentType
	a.UserMetadata = make(map[string]string, len(m.UserMetadata))
	for name, value := range m.UserMetadata {
		a.UserMetadata[strings.ToLower(name)] = value
	}
	if m.Expires != nil {
		a.Expires = m.Expires.UTC().Format(httpTime)
	}
	return a
}

// attributes are the headers of a new object that does not come from
// CopyObject: what CopyObject would have given it.
func (c *Copy) attributes(src s3call.Head) s3call.Attributes {
	a := c.settings(c.class(src.StorageClass))
	if c.directive() == "REPLACE" {
		return c.replaced(a)
	}
	a.CacheControl, a.ContentDisposition, a.ContentEncoding = src.CacheControl, src.ContentDisposition, src.ContentEncoding
	a.ContentLanguage, a.ContentType, a.Expires = src.ContentLanguage, src.ContentType, src.Expires
	a.UserMetadata = src.UserMetadata
	return a
}

// class is the storage class of a copy whose source has class own.
func (c *Copy) class(own string) string {
	if c.spec.KeepStorageClass {
		return own
	}
	return c.spec.StorageClass
}

// conditions checks the job's constraints on the source, for the paths on which
// the store is not asked to. Unmet is a 412, as CopyObject answers.
// HTTP dates have seconds, so parts of a second do not count.
func (c *Copy) conditions(task transship.Task, src s3call.Head) error {
	if want := c.sourceETag(task); want != "" && src.ETag != want {
		return &finalError{412, codePrecondition, "the source's ETag is not the one that the manifest tells: it has changed"}
	}
	at := src.LastModified.Truncate(time.Second)
	if t := c.spec.ModifiedSince; t != nil && !at.After(t.Truncate(time.Second)) {
		return &finalError{412, codePrecondition, "the source was not modified since the job's ModifiedSinceConstraint"}
	}
	if t := c.spec.UnmodifiedSince; t != nil && at.After(t.Truncate(time.Second)) {
		return &finalError{412, codePrecondition, "the source was modified since the job's UnModifiedSinceConstraint"}
	}
	return nil
}

// sourceETag is the ETag that the source must have; empty: any.
func (c *Copy) sourceETag(task transship.Task) string {
	if !c.spec.IfMatch {
		return ""
	}
	return task.ETag
}

// checksumOf is the algorithm of a new object: the job's, or the one that the
// source has, as CopyObject does it. A destination that has refused the
// source's is left its own choice.
func (c *Copy) checksumOf(src s3call.Head) string {
	if c.spec.ChecksumAlgorithm != "" || c.ownSums.Load() {
		return c.spec.ChecksumAlgorithm
	}
	for _, sum := range src.Checksums {
		if newHash(sum.Algorithm) != nil {
			return sum.Algorithm
		}
	}
	return ""
}

// uploadSum is checksumOf for a multipart upload. One whose parts we send names
// its algorithm, since a part must not come with another one.
func (c *Copy) uploadSum(src s3call.Head) string {
	algorithm := c.checksumOf(src)
	if algorithm == "" && c.spec.Stream && !c.ownSums.Load() {
		return "CRC32"
	}
	return algorithm
}

// sumsRefused reports whether a refusal may be due to a checksum algorithm that
// the job did not ask for: stores differ in those they know.
func (c *Copy) sumsRefused(algorithm string, err error) bool {
	status := s3Status(err)
	return algorithm != "" && c.spec.ChecksumAlgorithm == "" && classify(err) == refused && (status == 400 || status == 501)
}

// newTags are the job's tags; ok is false when the source's are kept.
func (c *Copy) newTags() (tags []transship.Tag, ok bool) {
	if c.spec.NewTagging == nil {
		return nil, false
	}
	return *c.spec.NewTagging, true
}
