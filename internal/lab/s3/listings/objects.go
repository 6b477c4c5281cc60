package listings

import (
	"strings"

	"github.com/transship/transship/iampolicy"
	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/s3/call"
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
func list(c *call.Call, action string) (listing, error) {
	l := listing{prefix: c.Query.Get("prefix"), delimiter: c.Query.Get("delimiter")}
	ctx := iampolicy.Context{} // a parameter that was not sent is absent (AM-271)
	for _, name := range []string{"prefix", "delimiter", "max-keys"} {
		if v, sent := c.Query[name]; sent {
			ctx["s3:"+name] = v
		}
	}
	if err := c.MayBucket(action, ctx); err != nil {
		return l, err
	}
	var err error
	if l.max, err = c.Number("max-keys", maxKeys); err != nil {
		return l, err
	}
	l.show, err = c.Encoder()
	return l, err
}

// ObjectsV2 is ListObjectsV2.
func ObjectsV2(c *call.Call) error {
	if v := c.Query.Get("list-type"); v != "2" {
		return reply.Argument("list-type", v, "Invalid List Type specified in Request")
	}
	l, err := list(c, access.ListObjects(false))
	if err != nil {
		return err
	}
	after := c.Query.Get("start-after")
	token, sent := c.Query["continuation-token"]
	if sent {
		if token[0] == "" {
			return reply.Argument("continuation-token", "", "The continuation token provided is incorrect")
		}
		if after, err = call.ReadToken(token[0]); err != nil {
			return err
		}
	}
	p, err := c.Store.List(store.ListQuery{Bucket: c.Bucket, Prefix: l.prefix, Delimiter: l.delimiter, After: after, Max: l.max})
	if err != nil {
		return err
	}
	x := reply.Begin("ListBucketResult").Text("Name", c.Bucket).Text("Prefix", l.show(l.prefix)).Some("Delimiter", l.show(l.delimiter)).
		Int("MaxKeys", int64(l.max)).Some("EncodingType", c.Query.Get("encoding-type")).
		Int("KeyCount", int64(len(p.Versions)+len(p.Prefixes))).Bool("IsTruncated", p.Truncated).
		Some("StartAfter", l.show(c.Query.Get("start-after")))
	if sent {
		x.Text("ContinuationToken", token[0])
	}
	if p.Truncated {
		x.Text("NextContinuationToken", call.MakeToken(p.NextAfter))
	}
	contents(c, x, l, p, strings.EqualFold(c.Query.Get("fetch-owner"), "true"))
	return c.XML(x)
}

// Objects is ListObjects, the first form.
func Objects(c *call.Call) error {
	l, err := list(c, access.ListObjects(false))
	if err != nil {
		return err
	}
	marker := c.Query.Get("marker")
	p, err := c.Store.List(store.ListQuery{Bucket: c.Bucket, Prefix: l.prefix, Delimiter: l.delimiter, After: marker, Max: l.max})
	if err != nil {
		return err
	}
	x := reply.Begin("ListBucketResult").Text("Name", c.Bucket).Text("Prefix", l.show(l.prefix)).Text("Marker", l.show(marker)).
		Some("Delimiter", l.show(l.delimiter)).Int("MaxKeys", int64(l.max)).Some("EncodingType", c.Query.Get("encoding-type")).
		Bool("IsTruncated", p.Truncated)
	if p.Truncated && l.delimiter != "" { // without one, the last key says it
		x.Text("NextMarker", l.show(p.NextAfter))
	}
	contents(c, x, l, p, true)
	return c.XML(x)
}

func contents(c *call.Call, x *reply.XML, l listing, p store.Page, owners bool) {
	for i := range p.Versions {
		v := &p.Versions[i]
		x.Open("Contents").Text("Key", l.show(v.Key)).Time("LastModified", v.Modified).ETag(v.ETag).
			Some("ChecksumAlgorithm", v.ChecksumAlgo).Some("ChecksumType", v.ChecksumType).Int("Size", v.Size)
		if owners {
			c.Owner(x, "Owner", c.ShownOwner(v.Owner))
		}
		x.Text("StorageClass", call.ShownClass(v.StorageClass)).Close()
	}
	call.CommonPrefixes(x, l.show, p.Prefixes)
}
