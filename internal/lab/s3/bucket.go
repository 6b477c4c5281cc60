package s3

import (
	"maps"
	"net/http"
	"strings"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/request"
	"github.com/transship/transship/internal/lab/s3/store"
)

const defaultRegion = "us-east-1"

func (c *call) listBuckets() error {
	if c.caller.Anonymous() {
		return reply.New("AccessDenied")
	}
	if err := refusal(access.Ask(c.caller, "s3:ListAllMyBuckets", "*", c.context())); err != nil {
		return err
	}
	limit, err := c.number("max-buckets", 10_000)
	if err != nil {
		return err
	}
	prefix, after, region := c.query.Get("prefix"), "", c.query.Get("bucket-region")
	if token := c.query.Get("continuation-token"); token != "" {
		if after, err = readToken(token); err != nil {
			return err
		}
	}
	x := reply.Begin("ListAllMyBucketsResult")
	c.owner(x, "Owner", c.caller.Account)
	x.Open("Buckets")
	next, n := "", 0
	last := ""
	for _, b := range c.store.Buckets(c.caller.Account) {
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
		x.Text("ContinuationToken", makeToken(next))
	}
	return c.xml(x.Some("Prefix", prefix))
}

func (c *call) createBucket() error {
	if err := request.CheckBucketName(c.Bucket); err != nil {
		return err
	}
	if c.caller.Account == "" {
		return reply.New("AccessDenied")
	}
	extra := maps.Clone(c.context())
	for k, v := range c.headerContext("x-amz-acl", "x-amz-object-ownership") {
		extra[k] = v
	}
	location, err := request.ReadLocation(c.v.Body)
	if err != nil {
		return err
	}
	if location != "" {
		extra["s3:locationconstraint"] = []string{location}
	}
	actions := []string{"s3:CreateBucket"}
	b := store.Bucket{Name: c.Bucket, Owner: c.caller.Account, Region: c.region, Created: c.now().UTC(),
		Ownership: string(access.BucketOwnerEnforced)} // AM-162
	if o := c.header.Get("X-Amz-Object-Ownership"); o != "" {
		if !request.IsOwnership(o) {
			return reply.Argument("x-amz-object-ownership", o, "Invalid x-amz-object-ownership header: "+o)
		}
		b.Ownership = o
		actions = append(actions, "s3:PutBucketOwnershipControls")
	}
	for _, action := range actions {
		if err := refusal(access.Ask(c.caller, action, c.bucketARN(), extra)); err != nil {
			return err
		}
	}
	if err := c.checkNewBucket(location, b.Ownership); err != nil {
		return err
	}
	old, err := c.store.CreateBucket(b)
	if transship.CodeOf(err) == transship.Conflict && old.Owner == c.caller.Account {
		if c.region != defaultRegion {
			return reply.New("BucketAlreadyOwnedByYou").With("BucketName", c.Bucket)
		}
		err = nil // the first Region answers as it did before there was this error
	}
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", "/"+c.Bucket)
	return c.empty(http.StatusOK)
}

func (c *call) bucketARN() string { return transship.BucketARN(c.Bucket) }

func (c *call) checkNewBucket(location, ownership string) error {
	if strings.EqualFold(c.header.Get("X-Amz-Bucket-Object-Lock-Enabled"), "true") {
		return reply.Say("NotImplemented", "Object lock is not implemented.")
	}
	switch acl := c.header.Get("X-Amz-Acl"); {
	case acl == "" || acl == "private":
	case ownership == string(access.BucketOwnerEnforced):
		return reply.New("InvalidBucketAclWithObjectOwnership")
	default:
		return reply.Say("NotImplemented", "The canned ACL "+acl+" of a bucket is not implemented.")
	}
	switch {
	case location == "" && c.region == defaultRegion, location == c.region && c.region != defaultRegion:
		return nil
	case location == "":
		return reply.New("IllegalLocationConstraintException")
	case location == defaultRegion:
		return reply.New("InvalidLocationConstraint").With("LocationConstraint", location)
	}
	return reply.Say("IllegalLocationConstraintException",
		"The "+location+" location constraint is incompatible for the region specific endpoint this request was sent to.")
}

func (c *call) deleteBucket() error {
	if err := c.mayBucket("s3:DeleteBucket", nil); err != nil {
		return err
	}
	if err := c.store.DeleteBucket(c.Bucket); err != nil {
		return err
	}
	return c.empty(http.StatusNoContent)
}

func (c *call) headBucket() error {
	if err := c.mayBucket(access.ListObjects(false), nil); err != nil {
		return err
	}
	c.w.Header().Set("X-Amz-Access-Point-Alias", "false")
	c.w.Header().Set("Content-Type", "application/xml")
	return c.empty(http.StatusOK)
}

func (c *call) getBucketLocation() error {
	if err := c.mayBucket("s3:GetBucketLocation", nil); err != nil {
		return err
	}
	region := c.bucket.Region
	if region == defaultRegion {
		region = "" // as it was when there was only one
	}
	return c.xml(reply.Begin("LocationConstraint").Chars(region))
}
