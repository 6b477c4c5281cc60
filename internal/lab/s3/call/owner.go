package call

import (
	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/store"
)

// Writer is the account whose object a write is, ownership apart: the
// caller's, a service itself, or nobody.
func (c *Call) Writer() string {
	switch {
	case c.Caller.Account != "":
		return c.Caller.Account
	case c.Caller.Service != "":
		return c.Caller.Service
	}
	return anonymousOwner
}

// Settle gives a new version its owner by the bucket's setting at the moment
// of the write (AM-160, AM-161).
func (c *Call) Settle(b *store.Bucket, v *store.Version) error {
	v.Owner = access.Ownership(b.Ownership).NewObjectOwner(b.Owner, c.Writer(), v.ACL == OwnerFullControl)
	return nil
}

// ShownOwner is the account that listings show as owner: the bucket's where
// ACLs are off (AM-167).
func (c *Call) ShownOwner(owner string) string {
	if c.Record.Ownership == string(access.BucketOwnerEnforced) || owner == "" {
		return c.Record.Owner
	}
	return owner
}

// Owner writes an Owner or Initiator element.
func (c *Call) Owner(x *reply.XML, element, account string) {
	id, name, ok := c.Directory.Account(account)
	if !ok {
		id, name = account, ""
	}
	x.Open(element).Text("ID", id).Some("DisplayName", name).Close()
}

// CannedACL reads x-amz-acl of a write into b (AM-169).
func (c *Call) CannedACL(b *store.Bucket) (string, error) {
	acl := c.Header.Get("X-Amz-Acl")
	enforced := b.Ownership == string(access.BucketOwnerEnforced)
	for _, grant := range []string{"Read", "Write", "Read-Acp", "Write-Acp", "Full-Control"} {
		if c.Header.Get("X-Amz-Grant-"+grant) == "" {
			continue
		}
		if enforced {
			return "", reply.New("AccessControlListNotSupported")
		}
		return "", reply.Say("NotImplemented", "ACLs by grant are not implemented.")
	}
	switch {
	case acl == "" || acl == OwnerFullControl:
		return acl, nil
	case enforced:
		return "", reply.New("AccessControlListNotSupported")
	case acl == "private":
		return acl, nil
	}
	for _, known := range []string{"public-read", "public-read-write", "aws-exec-read", "authenticated-read", "bucket-owner-read"} {
		if acl == known {
			return "", reply.Say("NotImplemented", "The canned ACL "+acl+" is not implemented.")
		}
	}
	return "", reply.Argument("x-amz-acl", acl, "")
}
