package access

import (
	"strings"

	"github.com/transship/transship/iampolicy"
)

// Ownership is a bucket's setting of object ownership (AM-161).
type Ownership string

// The three settings. A bucket without one behaves as ObjectWriter (AM-162);
// the empty Ownership therefore does too.
const (
	BucketOwnerEnforced  Ownership = "BucketOwnerEnforced"
	BucketOwnerPreferred Ownership = "BucketOwnerPreferred"
	ObjectWriter         Ownership = "ObjectWriter"
)

// NewObjectOwner is the account that owns an object which writer writes into a
// bucket of owner. fullControl says that the request carries the canned ACL
// bucket-owner-full-control or its equivalent (AM-160, AM-161).
func (o Ownership) NewObjectOwner(owner, writer string, fullControl bool) string {
	if o == BucketOwnerEnforced || o == BucketOwnerPreferred && fullControl {
		return owner
	}
	return writer
}

// Bucket is what a decision must know about a bucket.
type Bucket struct {
	Name         string
	Owner        string // account id
	Organization string // "o-..." of Owner; empty: none
	Ownership    Ownership
	Policy       *iampolicy.Policy // nil: none
}

// ARN is the bucket's ARN, or with a key the object's.
func (b *Bucket) ARN(key string) string {
	if key == "" {
		return "arn:aws:s3:::" + b.Name
	}
	return "arn:aws:s3:::" + b.Name + "/" + key
}

// foreign reports whether an object of objectOwner is out of reach of the
// bucket owner's Allow statements (AM-163, AM-167). Under BucketOwnerEnforced
// the bucket owner owns everything, whatever was recorded earlier.
func (b *Bucket) foreign(objectOwner string) bool {
	return b.Ownership != BucketOwnerEnforced && objectOwner != "" && objectOwner != b.Owner
}

// ownerOnly are calls that no other account can make even with permission (AM-20).
func ownerOnly(action string) bool {
	switch strings.ToLower(action) {
	case "s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy":
		return true
	}
	return false
}
