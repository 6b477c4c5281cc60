package s3

import (
	"strings"

	"github.com/transship/transship/iampolicy"
	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/store"
)

const maxKeys = 1000 // of a page

// listing is what the three listings have in common.
type listing struct {
	prefix, delimiter string
	max               int
	show              func(string) string // keys, as encoding-type asks
}

// list reads the parameters and asks for permission.
func (c *call) list(action string) (listing, error) {
	l := listing{prefix: c.query.Get("prefix"), delimiter: c.query.Get("delimiter")}
	ctx := iampolicy.Context{} // a parameter that was not sent is absent (AM-271)
	for _, name := range []string{"prefix", "delimiter", "max-keys"} {
		if v, sent := c.query[name]; sent {
			ctx["s3:"+name] = v
		}
	}
	if err := c.mayBucket(action, ctx); err != nil {
		return l, err
	}
	var err error
	if l.max, err = c.number("max-keys", maxKeys); err != nil {
		return l, err
	}
	l.show, err = c.encoder()
	return l, err
}

func (c *call) listObjectsV2() error {
	if v := c.query.Get("list-type"); v != "2" {
		return reply.Argument("list-type", v, "Invalid List Type specified in Request")
	}
	l, err := c.list(access.ListObjects(false))
	if err != nil {
		return err
	}
	after := c.query.Get("start-after")
	token, sent := c.query["continuation-token"]
	if sent {
		if token[0] == "" {
			return reply.Argument("continuation-token", "", "The continuation token provided is incorrect")
		}
		if after, err = readToken(token[0]); err != nil {
			return err
		}
	}
	p, err := c.store.List(store.ListQuery{Bucket: c.Bucket, Prefix: l.prefix, Delimiter: l.delimiter, After: after, Max: l.max})
	if err != nil {
		return err
	}
	x := reply.Begin("ListBucketResult").Text("Name", c.Bucket).Text("Prefix", l.show(l.prefix)).Some("Delimiter", l.show(l.delimiter)).
		Int("MaxKeys", int64(l.max)).Some("EncodingType", c.query.Get("encoding-type")).
		Int("KeyCount", int64(len(p.Versions)+len(p.Prefixes))).Bool("IsTruncated", p.Truncated).
		Some("StartAfter", l.show(c.query.Get("start-after")))
	if sent {
		x.Text("ContinuationToken", token[0])
	}
	if p.Truncated {
		x.Text("NextContinuationToken", makeToken(p.NextAfter))
	}
	c.contents(x, l, p, strings.EqualFold(c.query.Get("fetch-owner"), "true"))
	return c.xml(x)
}

func (c *call) listObjects() error {
	l, err := c.list(access.ListObjects(false))
	if err != nil {
		return err
	}
	marker := c.query.Get("marker")
	p, err := c.store.List(store.ListQuery{Bucket: c.Bucket, Prefix: l.prefix, Delimiter: l.delimiter, After: marker, Max: l.max})
	if err != nil {
		return err
	}
	x := reply.Begin("ListBucketResult").Text("Name", c.Bucket).Text("Prefix", l.show(l.prefix)).Text("Marker", l.show(marker)).
		Some("Delimiter", l.show(l.delimiter)).Int("MaxKeys", int64(l.max)).Some("EncodingType", c.query.Get("encoding-type")).
		Bool("IsTruncated", p.Truncated)
	if p.Truncated && l.delimiter != "" { // without one, the last key says it
		x.Text("NextMarker", l.show(p.NextAfter))
	}
	c.contents(x, l, p, true)
	return c.xml(x)
}

func (c *call) contents(x *reply.XML, l listing, p store.Page, owners bool) {
	for i := range p.Versions {
		v := &p.Versions[i]
		x.Open("Contents").Text("Key", l.show(v.Key)).Time("LastModified", v.Modified).ETag(v.ETag).
			Some("ChecksumAlgorithm", v.ChecksumAlgo).Some("ChecksumType", v.ChecksumType).Int("Size", v.Size)
		if owners {
			c.owner(x, "Owner", c.shownOwner(v.Owner))
		}
		x.Text("StorageClass", shownClass(v.StorageClass)).Close()
	}
	commonPrefixes(x, l, p.Prefixes)
}

func commonPrefixes(x *reply.XML, l listing, prefixes []string) {
	for _, p := range prefixes {
		x.Open("CommonPrefixes").Text("Prefix", l.show(p)).Close()
	}
}

func shownClass(class string) string {
	if class == "" {
		return "STANDARD"
	}
	return class
}
