package jobs

import (
	"strings"
	"time"

	"github.com/transship/transship"
)

const copyName = "Operation.S3PutObjectCopy."

// The values that the S3 Control API has for a copy (reference 3.2).
var (
	cannedACLs = []string{"private", "public-read", "public-read-write", "aws-exec-read", "authenticated-read",
		"bucket-owner-read", "bucket-owner-full-control"}
	storageClasses = []string{"STANDARD", "STANDARD_IA", "ONEZONE_IA", "GLACIER", "INTELLIGENT_TIERING", "DEEP_ARCHIVE", "GLACIER_IR"}
	checksums      = []string{"CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME", "SHA512", "MD5", "XXHASH64", "XXHASH3", "XXHASH128"}
	permissions    = []string{"FULL_CONTROL", "READ", "WRITE", "READ_ACP", "WRITE_ACP"}
)

func checkCopy(c *transship.CopyOperation) error {
	const n = copyName
	switch {
	case c.TargetResource == "":
		return invalid(n + "TargetResource is missing: the ARN of the bucket to copy to")
	case c.CannedACL != "" && len(c.Grants) > 0:
		return invalid(n + "CannedAccessControlList and AccessControlGrants exclude each other")
	case c.KeepStorageClass && c.StorageClass != "":
		return invalid(n + "StorageClass is given, though each object is to keep its own")
	case (c.ObjectLockMode == "") != (c.RetainUntil == nil):
		return invalid(n + "ObjectLockMode and ObjectLockRetainUntilDate are needed together")
	case c.SSEKMSKeyID != "" && c.NewMetadata != nil && c.NewMetadata.SSEAlgorithm == "AES256":
		return invalid(n + "SSEAwsKmsKeyId is given, but NewObjectMetadata.SSEAlgorithm is AES256")
	}
	if c.NewTagging != nil {
		// S3 takes ten tags on an object; more would fail every task.
		if err := CheckTags(n+"NewObjectTagging", *c.NewTagging, 10); err != nil {
			return err
		}
	}
	return first(
		bucketARN(n+"TargetResource", c.TargetResource),
		text(n+"TargetKeyPrefix", c.TargetKeyPrefix, 1024),
		oneOf(n+"MetadataDirective", c.MetadataDirective, "COPY", "REPLACE"),
		checkMetadata(c.NewMetadata),
		oneOf(n+"CannedAccessControlList", c.CannedACL, cannedACLs...),
		checkGrants(c.Grants),
		oneOf(n+"StorageClass", c.StorageClass, storageClasses...),
		header(n+"SSEAwsKmsKeyId", c.SSEKMSKeyID, 2000),
		oneOf(n+"ChecksumAlgorithm", c.ChecksumAlgorithm, checksums...),
		checkRedirect(c.RedirectLocation),
		oneOf(n+"ObjectLockLegalHoldStatus", c.LegalHold, "ON", "OFF"),
		oneOf(n+"ObjectLockMode", c.ObjectLockMode, "COMPLIANCE", "GOVERNANCE"),
		when(n+"ModifiedSinceConstraint", c.ModifiedSince),
		when(n+"UnModifiedSinceConstraint", c.UnmodifiedSince),
		when(n+"ObjectLockRetainUntilDate", c.RetainUntil),
	)
}

func checkMetadata(m *transship.NewMetadata) error {
	const n = copyName + "NewObjectMetadata."
	if m == nil {
		return nil
	}
	if len(m.UserMetadata) > 8192 {
		return invalid(n+"UserMetadata has %d entries; at most 8192 are allowed", len(m.UserMetadata))
	}
	seen := map[string]string{}
	for key, value := range m.UserMetadata {
		// It becomes part of a header's name: x-amz-meta-KEY.
		if key == "" || len(key) > 1024 || strings.Trim(key, tokenBytes) != "" {
			return invalid(n+"UserMetadata: %q cannot be part of a header's name", shorten(key))
		}
		low := strings.ToLower(key)
		if other, twice := seen[low]; twice {
			return invalid(n+"UserMetadata has %q and %q, which are one header", min(key, other), max(key, other))
		}
		seen[low] = key
		if err := header(n+"UserMetadata["+key+"]", value, 1024); err != nil {
			return err
		}
	}
	return first(
		header(n+"CacheControl", m.CacheControl, 1024),
		header(n+"ContentDisposition", m.ContentDisposition, 1024),
		header(n+"ContentEncoding", m.ContentEncoding, 1024),
		header(n+"ContentLanguage", m.ContentLanguage, 1024),
		header(n+"ContentType", m.ContentType, 1024),
		oneOf(n+"SSEAlgorithm", m.SSEAlgorithm, "AES256", "KMS"),
		when(n+"HttpExpiresDate", m.Expires),
	)
}

// tokenBytes may stand in a header's name (RFC 9110, token).
const tokenBytes = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

func checkGrants(grants []transship.Grant) error {
	const n = copyName + "AccessControlGrants."
	if len(grants) > 100 {
		// S3 keeps at most 100 grants in a list (S3 user guide, ACL overview).
		return invalid(copyName+"AccessControlGrants has %d grants; at most 100 are allowed", len(grants))
	}
	for _, g := range grants {
		if g.GranteeType == "" || g.Grantee == "" || g.Permission == "" {
			return invalid(n + "Grantee.TypeIdentifier, Grantee.Identifier and Permission are all needed")
		}
		// A quotation mark would end the value in the header that it becomes.
		if strings.ContainsAny(g.Grantee, `",`) {
			return invalid(n+"Grantee.Identifier %q has a quotation mark or a comma", shorten(g.Grantee))
		}
		if err := first(
			oneOf(n+"Grantee.TypeIdentifier", g.GranteeType, "id", "emailAddress", "uri"),
			header(n+"Grantee.Identifier", g.Grantee, 1024),
			text(n+"Grantee.DisplayName", g.DisplayName, 1024),
			oneOf(n+"Permission", g.Permission, permissions...),
		); err != nil {
			return err
		}
	}
	return nil
}

func checkRedirect(location string) error {
	const n = copyName + "RedirectLocation"
	if location == "" {
		return nil
	}
	if !strings.HasPrefix(location, "/") && !strings.HasPrefix(location, "http://") && !strings.HasPrefix(location, "https://") {
		return invalid(n+" %q does not begin with /, http:// or https://", shorten(location))
	}
	return header(n, location, 2048)
}

func when(field string, t *time.Time) error {
	if t != nil && (t.UTC().Year() < 1970 || t.UTC().Year() > 9999) {
		return invalid("%s is not between the years 1970 and 9999", field)
	}
	return nil
}
