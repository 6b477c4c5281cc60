package s3

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/transship/transship/iampolicy"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/request"
	"github.com/transship/transship/internal/lab/s3/store"
)

func (c *call) getBucketPolicy() error {
	if err := c.mayBucket("s3:GetBucketPolicy", nil); err != nil {
		return err
	}
	if c.bucket.Policy == nil {
		return reply.New("NoSuchBucketPolicy").With("BucketName", c.Bucket)
	}
	return c.send(http.StatusOK, "application/json", c.bucket.Policy)
}

// putBucketPolicy stores a policy that is understood as a whole; one that is
// not is refused, never kept in part.
func (c *call) putBucketPolicy() error {
	if err := c.mayBucket("s3:PutBucketPolicy", nil); err != nil {
		return err
	}
	body, err := request.ReadAll(c.v.Body, int64(iampolicy.Resource.Limit()))
	if err != nil {
		var f *reply.Fault
		if errors.As(err, &f) {
			return reply.New("PolicyTooLarge")
		}
		return err
	}
	if len(body) == 0 {
		return reply.New("MissingRequestBodyError")
	}
	p, err := iampolicy.Parse(body, iampolicy.Resource)
	if err == nil {
		err = c.checkPolicy(p)
	}
	if err != nil {
		return malformedPolicy(err)
	}
	if err := c.store.UpdateBucket(c.Bucket, func(b *store.Bucket) error { b.Policy = body; return nil }); err != nil {
		return err
	}
	return c.empty(http.StatusNoContent)
}

// malformedPolicy answers AWS's sentence, and where the fault lies, which AWS
// leaves out.
func malformedPolicy(err error) error {
	var e *iampolicy.Error
	if !errors.As(err, &e) {
		return err
	}
	f := reply.Say("MalformedPolicy", e.Message)
	if e.Detail != "" {
		f.With("Detail", e.Detail)
	}
	if e.Line > 0 {
		f.With("Position", fmt.Sprintf("line %d, column %d", e.Line, e.Column))
	}
	return f
}

func (c *call) deleteBucketPolicy() error {
	if err := c.mayBucket("s3:DeleteBucketPolicy", nil); err != nil {
		return err
	}
	if err := c.store.UpdateBucket(c.Bucket, func(b *store.Bucket) error { b.Policy = nil; return nil }); err != nil {
		return err
	}
	return c.empty(http.StatusNoContent)
}

func (c *call) getOwnership() error {
	if err := c.mayBucket("s3:GetBucketOwnershipControls", nil); err != nil {
		return err
	}
	if c.bucket.Ownership == "" {
		return reply.New("OwnershipControlsNotFoundError").With("BucketName", c.Bucket)
	}
	x := reply.Begin("OwnershipControls")
	x.Open("Rule").Text("ObjectOwnership", c.bucket.Ownership).Close()
	return c.xml(x)
}

func (c *call) putOwnership() error {
	if err := c.mayBucket("s3:PutBucketOwnershipControls", nil); err != nil {
		return err
	}
	setting, err := request.ReadOwnership(c.v.Body)
	if err != nil {
		return err
	}
	return c.setOwnership(setting, http.StatusOK)
}

func (c *call) deleteOwnership() error {
	if err := c.mayBucket("s3:PutBucketOwnershipControls", nil); err != nil {
		return err
	}
	return c.setOwnership("", http.StatusNoContent)
}

func (c *call) setOwnership(setting string, status int) error {
	if err := c.store.UpdateBucket(c.Bucket, func(b *store.Bucket) error { b.Ownership = setting; return nil }); err != nil {
		return err
	}
	return c.empty(status)
}

func (c *call) getVersioning() error {
	if err := c.mayBucket("s3:GetBucketVersioning", nil); err != nil {
		return err
	}
	return c.xml(reply.Begin("VersioningConfiguration").Some("Status", c.bucket.Versioning))
}

func (c *call) putVersioning() error {
	if err := c.mayBucket("s3:PutBucketVersioning", nil); err != nil {
		return err
	}
	status, err := request.ReadVersioning(c.v.Body)
	if err != nil {
		return err
	}
	if err := c.store.UpdateBucket(c.Bucket, func(b *store.Bucket) error { b.Versioning = status; return nil }); err != nil {
		return err
	}
	return c.empty(http.StatusOK)
}
