package objects

import (
	"net/http"

	"github.com/transship/transship"
	"github.com/transship/transship/iampolicy"
	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/s3/call"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/request"
	"github.com/transship/transship/internal/lab/s3/store"
)

// GetTags is GetObjectTagging.
func GetTags(c *call.Call) error {
	id, err := c.VersionID()
	if err != nil {
		return err
	}
	v, err := c.Readable(c.Target, c.Access, id, access.ReadTags(id != ""))
	if err != nil {
		return err
	}
	c.VersionHeader(v.ID)
	x := reply.Begin("Tagging").Open("TagSet")
	for _, t := range v.Tags {
		x.Open("Tag").Text("Key", t.Key).Text("Value", t.Value).Close()
	}
	return c.XML(x)
}

// PutTags is PutObjectTagging.
func PutTags(c *call.Call) error {
	d, err := request.ParseDigest(c.Header)
	if err != nil {
		return err
	}
	body, err := c.Checked(d)
	if err != nil {
		return err
	}
	tags, err := request.ReadTags(body)
	if err != nil {
		return err
	}
	w := call.Write{Tags: tags, Context: iampolicy.Context{}}
	w.TagContext()
	return setTags(c, tags, access.WriteTags, w.Context, http.StatusOK)
}

// DeleteTags is DeleteObjectTagging.
func DeleteTags(c *call.Call) error {
	return setTags(c, nil, access.DeleteTags, iampolicy.Context{}, http.StatusNoContent)
}

func setTags(c *call.Call, tags []transship.Tag, action func(versioned bool) string, extra iampolicy.Context, status int) error {
	id, err := c.VersionID()
	if err != nil {
		return err
	}
	q := call.Question{Action: action(id != ""), Bucket: c.Access, Key: c.Key, Extra: extra}
	if id != "" {
		extra["s3:versionid"] = []string{id}
	}
	old, err := c.Store.Get(c.Bucket, c.Key, id)
	if err == nil && !old.Marker {
		q.Object = &old
	}
	if refused := c.May(q); refused != nil {
		return refused
	}
	if err != nil {
		return c.Missing(err, c.Access)
	}
	v, err := c.Store.SetTags(c.Bucket, c.Key, id, tags, func(v *store.Version) error {
		if v.Marker {
			return reply.New("MethodNotAllowed")
		}
		return nil
	})
	if err != nil {
		return c.Missing(err, c.Access)
	}
	c.VersionHeader(v.ID)
	return c.Empty(status)
}
