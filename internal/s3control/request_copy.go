package s3control

import (
	"github.com/transship/transship"
)

// copyOperation reads S3PutObjectCopy (S3 Control API, shape
// S3CopyObjectOperation).
func copyOperation(el *element, path string, to *transship.CopyOperation) error {
	return structure(el, path, map[string]setter{
		"TargetResource":          word(&to.TargetResource),
		"TargetKeyPrefix":         text(&to.TargetKeyPrefix),
		"MetadataDirective":       word(&to.MetadataDirective),
		"NewObjectMetadata":       newMetadata(&to.NewMetadata),
		"NewObjectTagging":        newTagging(&to.NewTagging),
		"CannedAccessControlList": word(&to.CannedACL),
		"AccessControlGrants": list(func(el *element, path string) error {
			var g transship.Grant
			err := grant(el, path, &g)
			to.Grants = append(to.Grants, g)
			return err
		}),
		"StorageClass":              word(&to.StorageClass),
		"SSEAwsKmsKeyId":            word(&to.SSEKMSKeyID),
		"BucketKeyEnabled":          boolean(&to.BucketKeyEnabled),
		"ChecksumAlgorithm":         word(&to.ChecksumAlgorithm),
		"ModifiedSinceConstraint":   stamp(&to.ModifiedSince),
		"UnModifiedSinceConstraint": stamp(&to.UnmodifiedSince),
		"RedirectLocation":          text(&to.RedirectLocation),
		"RequesterPays":             boolean(&to.RequesterPays),
		"ObjectLockLegalHoldStatus": word(&to.LegalHold),
		"ObjectLockMode":            word(&to.ObjectLockMode),
		"ObjectLockRetainUntilDate": stamp(&to.RetainUntil),
	})
}

// newTagging keeps an empty list apart from none: it means "no tags".
func newTagging(to **[]transship.Tag) setter {
	return func(el *element, path string) error {
		tags := []transship.Tag{}
		if err := list(tag(&tags))(el, path); err != nil {
			return err
		}
		*to = &tags
		return nil
	}
}

func newMetadata(to **transship.NewMetadata) setter {
	return func(el *element, path string) error {
		m := new(transship.NewMetadata)
		*to = m
		return structure(el, path, map[string]setter{
			"CacheControl":       text(&m.CacheControl),
			"ContentDisposition": text(&m.ContentDisposition),
			"ContentEncoding":    text(&m.ContentEncoding),
			"ContentLanguage":    text(&m.ContentLanguage),
			"ContentType":        text(&m.ContentType),
			"HttpExpiresDate":    stamp(&m.Expires),
			"SSEAlgorithm":       word(&m.SSEAlgorithm),
			"UserMetadata": list(func(el *element, path string) error {
				var key, value string
				if err := structure(el, path, map[string]setter{"key": text(&key), "value": maybeEmpty(&value)}); err != nil {
					return err
				}
				if key == "" {
					return badRequest("%s has an entry without key", path)
				}
				if _, twice := m.UserMetadata[key]; twice {
					return badRequest("%s has the key %q twice", path, short(key))
				}
				if m.UserMetadata == nil {
					m.UserMetadata = map[string]string{}
				}
				m.UserMetadata[key] = value
				return nil
			}),
			// The API calls these deprecated and without effect.
			"ContentLength":    ignored,
			"ContentMD5":       ignored,
			"RequesterCharged": ignored,
		})
	}
}

func grant(el *element, path string, to *transship.Grant) error {
	return structure(el, path, map[string]setter{
		"Grantee": func(el *element, path string) error {
			return structure(el, path, map[string]setter{
				"TypeIdentifier": word(&to.GranteeType),
				"Identifier":     text(&to.Grantee),
				"DisplayName":    text(&to.DisplayName),
			})
		},
		"Permission": word(&to.Permission),
	})
}
