package s3

import (
	"net/http"

	"github.com/transship/transship"
	"github.com/transship/transship/iampolicy"
	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/request"
	"github.com/transship/transship/internal/lab/s3/store"
)

func (c *call) getTagging() error {
	id, err := c.versionID()
	if err != nil {
		return err
	}
	v, err := c.readable(c.Target, c.access, id, access.ReadTags(id != ""))
	if err != nil {
		return err
	}
	c.versionHeader(v.ID)
	x := reply.Begin("Tagging").Open("TagSet")
	for _, t := range v.Tags {
		x.Open("Tag").Text("Key", t.Key).Text("Value", t.Value).Close()
	}
	return c.xml(x)
}

func (c *call) putTagging() error {
	d, err := request.ParseDigest(c.header)
	if err != nil {
		return err
	}
	body, err := c.checked(d)
	if err != nil {
		return err
	}
	tags, err := request.ReadTags(body)
	if err != nil {
		return err
	}
	w := write{tags: tags, context: iampolicy.Context{}}
	w.tagContext()
	return c.setTags(tags, access.WriteTags, w.context, http.StatusOK)
}

func (c *call) deleteTagging() error {
	return c.setTags(nil, access.DeleteTags, iampolicy.Context{}, http.StatusNoContent)
}

func (c *call) setTags(tags []transship.Tag, action func(versioned bool) string, extra iampolicy.Context, status int) error {
	id, err := c.versionID()
	if err != nil {
		return err
	}
	q := question{action: action(id != ""), bucket: c.access, key: c.Key, extra: extra}
	if id != "" {
		extra["s3:versionid"] = []string{id}
	}
	old, err := c.store.Get(c.Bucket, c.Key, id)
	if err == nil && !old.Marker {
		q.object = &old
	}
	if refused := c.may(q); refused != nil {
		return refused
	}
	if err != nil {
		return c.missing(err, c.access)
	}
	v, err := c.store.SetTags(c.Bucket, c.Key, id, tags, func(v *store.Version) error {
		if v.Marker {
			return reply.New("MethodNotAllowed")
		}
		return nil
	})
	if err != nil {
		return c.missing(err, c.access)
	}
	c.versionHeader(v.ID)
	return c.empty(status)
}
