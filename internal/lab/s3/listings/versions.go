package listings

import (
	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/s3/call"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/store"
)

// Versions is ListObjectVersions.
func Versions(c *call.Call) error {
	l, err := list(c, access.ListObjects(true))
	if err != nil {
		return err
	}
	marker, versionMarker := c.Query.Get("key-marker"), c.Query.Get("version-id-marker")
	if c.Query.Has("version-id-marker") {
		if marker == "" {
			return reply.Argument("version-id-marker", versionMarker, "A version-id marker cannot be specified without a key marker.")
		}
		if versionMarker == "" {
			return reply.Argument("version-id-marker", "", "A version-id marker cannot be empty.")
		}
	}
	p, err := c.Store.List(store.ListQuery{Bucket: c.Bucket, Prefix: l.prefix, Delimiter: l.delimiter,
		After: marker, AfterVersion: versionMarker, Versions: true, Max: l.max})
	if err != nil {
		return err
	}
	x := reply.Begin("ListVersionsResult").Text("Name", c.Bucket).Text("Prefix", l.show(l.prefix)).Text("KeyMarker", l.show(marker)).
		Text("VersionIdMarker", versionMarker)
	if p.Truncated {
		x.Text("NextKeyMarker", l.show(p.NextAfter)).Some("NextVersionIdMarker", p.NextVersion)
	}
	x.Some("Delimiter", l.show(l.delimiter)).Int("MaxKeys", int64(l.max)).Some("EncodingType", c.Query.Get("encoding-type")).
		Bool("IsTruncated", p.Truncated)
	for i := range p.Versions {
		versionEntry(c, x, l, &p.Versions[i])
	}
	call.CommonPrefixes(x, l.show, p.Prefixes)
	return c.XML(x)
}

func versionEntry(c *call.Call, x *reply.XML, l listing, v *store.Version) {
	element := "Version"
	if v.Marker {
		element = "DeleteMarker"
	}
	x.Open(element).Text("Key", l.show(v.Key)).Text("VersionId", v.ID).Bool("IsLatest", v.Latest).Time("LastModified", v.Modified)
	if !v.Marker {
		x.ETag(v.ETag).Some("ChecksumAlgorithm", v.ChecksumAlgo).Some("ChecksumType", v.ChecksumType).Int("Size", v.Size)
	}
	c.Owner(x, "Owner", c.ShownOwner(v.Owner))
	if !v.Marker {
		x.Text("StorageClass", call.ShownClass(v.StorageClass))
	}
	x.Close()
}
