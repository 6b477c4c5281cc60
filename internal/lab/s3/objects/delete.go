package objects

import (
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/transship/transship/iampolicy"
	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/s3/call"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/request"
	"github.com/transship/transship/internal/lab/s3/store"
)

// Delete is DeleteObject.
func Delete(c *call.Call) error {
	id, err := c.VersionID()
	if err != nil {
		return err
	}
	d, err := remove(c, request.Doomed{Key: c.Key, VersionID: id, ETag: c.Header.Get("If-Match")})
	if err != nil {
		return err
	}
	if c.Record.Versioning != "" {
		if d.VersionID != "" {
			c.W.Header().Set("X-Amz-Version-Id", d.VersionID)
		}
		if d.Marker {
			c.W.Header().Set("X-Amz-Delete-Marker", "true")
		}
	}
	return c.Empty(http.StatusNoContent)
}

// remove asks and deletes one entry.
func remove(c *call.Call, o request.Doomed) (store.Deleted, error) {
	q := call.Question{Action: access.DeleteObject(o.VersionID != ""), Bucket: c.Access, Key: o.Key}
	if o.VersionID != "" {
		q.Extra = iampolicy.Context{"s3:versionid": {o.VersionID}}
	}
	if v, err := c.Store.Get(c.Bucket, o.Key, o.VersionID); err == nil {
		q.Object = &v
	}
	if err := c.May(q); err != nil {
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
	return c.Store.Delete(c.Bucket, o.Key, o.VersionID, c.Writer(), cond)
}

// DeleteMany is DeleteObjects: each key is asked for and answered by itself.
func DeleteMany(c *call.Call) error {
	d, err := request.ParseDigest(c.Header)
	if err != nil {
		return err
	}
	if d.MD5 == nil && d.Algorithm == "" {
		return reply.Say("InvalidRequest", "Missing required header for this request: Content-MD5")
	}
	body, err := c.Checked(d)
	if err != nil {
		return err
	}
	list, quiet, err := request.ReadDelete(body)
	if err != nil {
		return err
	}
	x := reply.Begin("DeleteResult")
	for i, done := range removeAll(c, list) {
		answerOne(c, x, list[i], done, quiet)
	}
	return c.XML(x)
}

type removal struct {
	store.Deleted
	err error
}

// removeAll deletes many at a time, so that they share the syncs of the log.
func removeAll(c *call.Call, list []request.Doomed) []removal {
	done := make([]removal, len(list))
	c.Context() // made once, before it is read from many sides
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(len(list), 32) {
		workers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(list) {
					return
				}
				if done[i].err = request.CheckKey(list[i].Key); done[i].err == nil {
					done[i].Deleted, done[i].err = remove(c, list[i])
				}
			}
		})
	}
	workers.Wait()
	return done
}

func answerOne(c *call.Call, x *reply.XML, o request.Doomed, done removal, quiet bool) {
	if done.err != nil {
		f := reply.From(done.err)
		if f.Status >= 500 {
			c.Log.Error("s3 delete failed", "bucket", c.Bucket, "key", o.Key, "request", c.ID, "error", done.err)
		}
		x.Open("Error").Text("Key", o.Key).Some("VersionId", o.VersionID).Text("Code", f.Code).Text("Message", f.Message).Close()
		return
	}
	if quiet {
		return
	}
	x.Open("Deleted").Text("Key", o.Key).Some("VersionId", o.VersionID)
	if done.Marker {
		x.Bool("DeleteMarker", true).Some("DeleteMarkerVersionId", done.VersionID)
	}
	x.Close()
}
