package s3

import (
	"net/http"

	"github.com/transship/transship/iampolicy"
	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/request"
	"github.com/transship/transship/internal/lab/s3/store"
)

func (c *call) deleteObject() error {
	id, err := c.versionID()
	if err != nil {
		return err
	}
	d, err := c.remove(request.Doomed{Key: c.Key, VersionID: id, ETag: c.header.Get("If-Match")})
	if err != nil {
		return err
	}
	if c.bucket.Versioning != "" {
		if d.VersionID != "" {
			c.w.Header().Set("X-Amz-Version-Id", d.VersionID)
		}
		if d.Marker {
			c.w.Header().Set("X-Amz-Delete-Marker", "true")
		}
	}
	return c.empty(http.StatusNoContent)
}

// remove asks and deletes one entry.
func (c *call) remove(o request.Doomed) (store.Deleted, error) {
	q := question{action: access.DeleteObject(o.VersionID != ""), bucket: c.access, key: o.Key}
	if o.VersionID != "" {
		q.extra = iampolicy.Context{"s3:versionid": {o.VersionID}}
	}
	if v, err := c.store.Get(c.Bucket, o.Key, o.VersionID); err == nil {
		q.object = &v
	}
	if err := c.may(q); err != nil {
		return store.Deleted{}, err
	}
	var cond store.Condition
	if o.ETag != "" {
		cond = func(now *store.Version) error {
			switch {
			case now == nil || now.Marker:
				return reply.New("NoSuchKey").With("Key", o.Key)
			case !request.MatchETag(o.ETag, now.ETag):
				return request.Unmet("If-Match")
			}
			return nil
		}
	}
	return c.store.Delete(c.Bucket, o.Key, o.VersionID, c.writer(), cond)
}

func (c *call) deleteObjects() error {
	d, err := request.ParseDigest(c.header)
	if err != nil {
		return err
	}
	if d.MD5 == nil && d.Algorithm == "" {
		return reply.Say("InvalidRequest", "Missing required header for this request: Content-MD5")
	}
	body, err := c.checked(d)
	if err != nil {
		return err
	}
	list, quiet, err := request.ReadDelete(body)
	if err != nil {
		return err
	}
	x := reply.Begin("DeleteResult")
	for _, o := range list {
		gone, err := store.Deleted{}, request.CheckKey(o.Key)
		if err == nil {
			gone, err = c.remove(o)
		}
		if err != nil {
			f := reply.From(err)
			if f.Status >= 500 {
				c.log.Error("s3 delete failed", "bucket", c.Bucket, "key", o.Key, "request", c.id, "error", err)
			}
			x.Open("Error").Text("Key", o.Key).Some("VersionId", o.VersionID).Text("Code", f.Code).Text("Message", f.Message).Close()
			continue
		}
		if quiet {
			continue
		}
		x.Open("Deleted").Text("Key", o.Key).Some("VersionId", o.VersionID)
		if gone.Marker {
			x.Bool("DeleteMarker", true).Some("DeleteMarkerVersionId", gone.VersionID)
		}
		x.Close()
	}
	return c.xml(x)
}
