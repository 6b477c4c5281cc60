package jobclient

import (
	"reflect"
	"testing"
	"time"

	"github.com/transship/transship"
)

// full has every field of a copy that the S3 Control API knows.
func full() *transship.CopyOperation {
	now := time.Date(2026, 11, 24, 1, 2, 3, 0, time.UTC)
	return &transship.CopyOperation{
		TargetResource: "arn:aws:s3:::copy", TargetKeyPrefix: "p", MetadataDirective: "REPLACE",
		NewMetadata: &transship.NewMetadata{CacheControl: "c", ContentDisposition: "d", ContentEncoding: "e", ContentLanguage: "l",
			ContentType: "t", Expires: &now, UserMetadata: map[string]string{"a": "b"}, SSEAlgorithm: "AES256"},
		NewTagging: &[]transship.Tag{{Key: "k", Value: "v"}}, CannedACL: "private",
		Grants:       []transship.Grant{{GranteeType: "id", Grantee: "g", DisplayName: "n", Permission: "READ"}},
		StorageClass: "GLACIER_IR", SSEKMSKeyID: "key", BucketKeyEnabled: true, ChecksumAlgorithm: "CRC32",
		ModifiedSince: &now, UnmodifiedSince: &now, RedirectLocation: "/x", RequesterPays: true,
		LegalHold: "ON", ObjectLockMode: "GOVERNANCE", RetainUntil: &now,
	}
}

// beyond are the fields that the API has not.
var beyond = map[string]bool{"IfMatch": true, "IfNoneMatch": true, "KeepStorageClass": true, "Stream": true}

func TestEveryFieldOfACopyReachesTheRequest(t *testing.T) {
	spec := reflect.ValueOf(full()).Elem()
	for i := range spec.NumField() {
		name := spec.Type().Field(i).Name
		if spec.Field(i).IsZero() != beyond[name] {
			t.Fatalf("this test forgets the field %s", name)
		}
		if beyond[name] {
			continue
		}
		without := *full()
		reflect.ValueOf(&without).Elem().Field(i).SetZero()
		all, err := copyInput(full())
		if err != nil {
			t.Fatal(err)
		}
		fewer, err := copyInput(&without)
		if name == "TargetResource" {
			if transship.CodeOf(err) != transship.Invalid {
				t.Errorf("without a target: %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if reflect.DeepEqual(all, fewer) {
			t.Errorf("the request is the same without %s: the field is dropped", name)
		}
	}
}

func TestWhatAWSHasNotIsRefusedAndNotDropped(t *testing.T) {
	for name := range beyond {
		spec := full()
		reflect.ValueOf(spec).Elem().FieldByName(name).SetBool(true)
		if _, err := copyInput(spec); transship.CodeOf(err) != transship.Unsupported {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEmptyTagsAreNotAbsentTags(t *testing.T) {
	spec := full()
	spec.NewTagging = &[]transship.Tag{}
	in, err := copyInput(spec)
	if err != nil || in.NewObjectTagging == nil || len(in.NewObjectTagging) != 0 {
		t.Errorf("%v, %v", in.NewObjectTagging, err)
	}
	spec.NewTagging = nil
	if in, err = copyInput(spec); err != nil || in.NewObjectTagging != nil {
		t.Errorf("%v, %v", in.NewObjectTagging, err)
	}
}
