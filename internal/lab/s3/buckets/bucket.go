package buckets

import (
	"maps"
	"net/http"
	"strings"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/s3/call"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/request"
	"github.com/transship/transship/internal/lab/s3/store"
)

const defaultRegion = "us-east-1"

// List is ListBuckets: the buckets of the caller's account.
func List(c *call.Call) error {
	if c.Caller.Anonymous() {
		return reply.New("AccessDenied")
	}
	if err := call.Refusal(access.Ask(c.Caller, "s3:ListAllMyBuckets", "*", c.Context())); err != nil {
		return err
	}
	limit, err := c.Number("max-buckets", 10_000)
	if err != nil {
		return err
	}
	prefix, after, region := c.Query.Get("prefix"), "", c.Query.Get("bucket-region")
	if token := c.Query.Get("continuation-token"); token != "" {
		if after, err = call.ReadToken(token); err != nil {
			return err
		}
	}
	x := reply.Begin("ListAllMyBucketsResult")
	c.Owner(x, "Owner", c.Caller.Account)
	x.Open("Buckets")
	next, n := "", 0
	last := ""
	for _, b := range c.Store.Buckets(c.Caller.Account) {
		if !strings.HasPrefix(b.Name, prefix) || b.Name <= after || region != "" && b.Region != region {
			continue
		}
		if n == limit {
			next = last
			break
		}
		x.Open("Bucket").Text("Name", b.Name).Time("CreationDate", b.Created).Text("BucketRegion", b.Region).Close()
		last = b.Name
		n++
	}
	x.Close()
	if next != "" {
		x.Text("ContinuationToken", call.MakeToken(next))
	}
	return c.XML(x.Some("Prefix", prefix))
}

// Create is CreateBucket. The bucket belongs to the caller's account, and its
// owner owns all objects in it unless the request says otherwise (AM-162).
func Create(c *call.Call) error {
	if err := request.CheckBucketName(c.Bucket); err != nil {
		return err
	}
	if c.Caller.Account == "" {
		return reply.New("AccessDenied")
	}
	extra := maps.Clone(c.Context())
	for k, v := range c.HeaderContext("x-amz-acl", "x-amz-object-ownership") {
		extra[k] = v
	}
	location, err := request.ReadLocation(c.Verified.Body)
	if err != nil {
		return err
	}
	if location != "" {
		extra["s3:locationconstraint"] = []string{location}
	}
	actions := []string{"s3:CreateBucket"}
	b := store.Bucket{Name: c.Bucket, Owner: c.Caller.Account, Region: c.Region, Created: c.Now().UTC(),
		Ownership: string(access.BucketOwnerEnforced)} // AM-162
	if o := c.Header.Get("X-Amz-Object-Ownership"); o != "" {
		if !request.IsOwnership(o) {
			return reply.Argument("x-amz-object-ownership", o, "Invalid x-amz-object-ownership header: "+o)
		}
		b.Ownership = o
		actions = append(actions, "s3:PutBucketOwnershipControls")
	}
	for _, action := range actions {
		if err := call.Refusal(access.Ask(c.Caller, action, bucketARN(c), extra)); err != nil {
			return err
		}
	}
	if err := checkNewBucket(c, location, b.Ownership); err != nil {
		return err
	}
	old, err := c.Store.CreateBucket(b)
	if transship.CodeOf(err) == transship.Conflict && old.Owner == c.Caller.Account {
		if c.Region != defaultRegion {
			return reply.New("BucketAlreadyOwnedByYou").With("BucketName", c.Bucket)
		}
		err = nil // the first Region answers as it did before there was this error
	}
	if err != nil {
		return err
	}
	c.W.Header().Set("Location", "/"+c.Bucket)
	return c.Empty(http.StatusOK)
}

func bucketARN(c *call.Call) string { return transship.BucketARN(c.Bucket) }

func checkNewBucket(c *call.Call, location, ownership string) error {
	if strings.EqualFold(c.Header.Get("X-Amz-Bucket-Object-Lock-Enabled"), "true") {
		return reply.Say("NotImplemented", "Object lock is not implemented.")
	}
	switch acl := c.Header.Get("X-Amz-Acl"); {
	case acl == "" || acl == "private":
	case ownership == string(access.BucketOwnerEnforced):
		return reply.New("InvalidBucketAclWithObjectOwnership")
	default:
		return reply.Say("NotImplemented", "The canned ACL "+acl+" of a bucket is not implemented.")
	}
	switch {
	case location == "" && c.Region == defaultRegion, location == c.Region && c.Region != defaultRegion:
		return nil
	case location == "":
		return reply.New("IllegalLocationConstraintException")
	case location == defaultRegion:
		return reply.New("InvalidLocationConstraint").With("LocationConstraint", location)
	}
	return reply.Say("IllegalLocationConstraintException",
		"The "+location+" location constraint is incompatible for the region specific endpoint this request was sent to.")
}

// Delete is DeleteBucket.
func Delete(c *call.Call) error {
	if err := c.MayBucket("s3:DeleteBucket", nil); err != nil {
		return err
	}
	if err := c.Store.DeleteBucket(c.Bucket); err != nil {
		return err
	}
	return c.Empty(http.StatusNoContent)
}

// Head is HeadBucket; it asks what a listing asks.
func Head(c *call.Call) error {
	if err := c.MayBucket(access.ListObjects(false), nil); err != nil {
		return err
	}
	c.W.Header().Set("X-Amz-Access-Point-Alias", "false")
	c.W.Header().Set("Content-Type", "application/xml")
	return c.Empty(http.StatusOK)
}

// GetLocation is GetBucketLocation.
func GetLocation(c *call.Call) error {
	if err := c.MayBucket("s3:GetBucketLocation", nil); err != nil {
		return err
	}
	region := c.Record.Region
	if region == defaultRegion {
		region = "" // as it was when there was only one
	}
	return c.XML(reply.Begin("LocationConstraint").Chars(region))
}
