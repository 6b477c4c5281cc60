package buckets

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/transship/transship/iampolicy"
	"github.com/transship/transship/internal/lab/s3/call"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/request"
	"github.com/transship/transship/internal/lab/s3/store"
)

// GetPolicy is GetBucketPolicy: byte for byte what was put.
func GetPolicy(c *call.Call) error {
	if err := c.MayBucket("s3:GetBucketPolicy", nil); err != nil {
		return err
	}
	if c.Record.Policy == nil {
		return reply.New("NoSuchBucketPolicy").With("BucketName", c.Bucket)
	}
	return c.Send(http.StatusOK, "application/json", c.Record.Policy)
}

// PutPolicy is PutBucketPolicy: it stores a policy that is understood as a whole; one that is
// not is refused, never kept in part.
func PutPolicy(c *call.Call) error {
	if err := c.MayBucket("s3:PutBucketPolicy", nil); err != nil {
		return err
	}
	body, err := request.ReadAll(c.Verified.Body, int64(iampolicy.Resource.Limit()))
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
		err = checkPolicy(c, p)
	}
	if err != nil {
		return malformedPolicy(err)
	}
	if err := c.Store.UpdateBucket(c.Bucket, func(b *store.Bucket) error { b.Policy = body; return nil }); err != nil {
		return err
	}
	return c.Empty(http.StatusNoContent)
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

// DeletePolicy is DeleteBucketPolicy.
func DeletePolicy(c *call.Call) error {
	if err := c.MayBucket("s3:DeleteBucketPolicy", nil); err != nil {
		return err
	}
	if err := c.Store.UpdateBucket(c.Bucket, func(b *store.Bucket) error { b.Policy = nil; return nil }); err != nil {
		return err
	}
	return c.Empty(http.StatusNoContent)
}

// GetOwnership is GetBucketOwnershipControls.
func GetOwnership(c *call.Call) error {
	if err := c.MayBucket("s3:GetBucketOwnershipControls", nil); err != nil {
		return err
	}
	if c.Record.Ownership == "" {
		return reply.New("OwnershipControlsNotFoundError").With("BucketName", c.Bucket)
	}
	x := reply.Begin("OwnershipControls")
	x.Open("Rule").Text("ObjectOwnership", c.Record.Ownership).Close()
	return c.XML(x)
}

// PutOwnership is PutBucketOwnershipControls.
func PutOwnership(c *call.Call) error {
	if err := c.MayBucket("s3:PutBucketOwnershipControls", nil); err != nil {
		return err
	}
	setting, err := request.ReadOwnership(c.Verified.Body)
	if err != nil {
		return err
	}
	return setOwnership(c, setting, http.StatusOK)
}

// DeleteOwnership is DeleteBucketOwnershipControls: the bucket then behaves as
// ObjectWriter (AM-162).
func DeleteOwnership(c *call.Call) error {
	if err := c.MayBucket("s3:PutBucketOwnershipControls", nil); err != nil {
		return err
	}
	return setOwnership(c, "", http.StatusNoContent)
}

func setOwnership(c *call.Call, setting string, status int) error {
	if err := c.Store.UpdateBucket(c.Bucket, func(b *store.Bucket) error { b.Ownership = setting; return nil }); err != nil {
		return err
	}
	return c.Empty(status)
}

// GetVersioning is GetBucketVersioning.
func GetVersioning(c *call.Call) error {
	if err := c.MayBucket("s3:GetBucketVersioning", nil); err != nil {
		return err
	}
	return c.XML(reply.Begin("VersioningConfiguration").Some("Status", c.Record.Versioning))
}

// PutVersioning is PutBucketVersioning.
func PutVersioning(c *call.Call) error {
	if err := c.MayBucket("s3:PutBucketVersioning", nil); err != nil {
		return err
	}
	status, err := request.ReadVersioning(c.Verified.Body)
	if err != nil {
		return err
	}
	if err := c.Store.UpdateBucket(c.Bucket, func(b *store.Bucket) error { b.Versioning = status; return nil }); err != nil {
		return err
	}
	return c.Empty(http.StatusOK)
}
