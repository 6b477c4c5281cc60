package objects

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/s3/call"
	"github.com/transship/transship/internal/lab/s3/checksum"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/store"
)

// GetAttributes is GetObjectAttributes.
func GetAttributes(c *call.Call) error {
	id, err := c.VersionID()
	if err != nil {
		return err
	}
	wanted := strings.FieldsFunc(strings.Join(c.Header.Values("X-Amz-Object-Attributes"), ","), func(r rune) bool { return r == ',' || r == ' ' })
	if len(wanted) == 0 {
		return reply.Say("InvalidRequest", "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty")
	}
	known := []string{"ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"}
	for _, w := range wanted {
		if !slices.Contains(known, w) {
			return reply.Argument("x-amz-object-attributes", w, "Invalid attribute name specified.")
		}
	}
	v, err := c.Readable(c.Target, c.Access, id, access.ReadObject(id != ""))
	if err != nil {
		return err
	}
	h := c.W.Header()
	h.Set("Last-Modified", v.Modified.Format(http.TimeFormat))
	c.VersionHeader(v.ID)
	x := reply.Begin("GetObjectAttributesResponse")
	if slices.Contains(wanted, "ETag") {
		x.Text("ETag", v.ETag) // without quotes, unlike everywhere else
	}
	if slices.Contains(wanted, "Checksum") && v.Checksum != "" {
		x.Open("Checksum").Text("Checksum"+v.ChecksumAlgo, v.Checksum).Text("ChecksumType", v.ChecksumType).Close()
	}
	if slices.Contains(wanted, "ObjectParts") && len(v.Parts) > 0 {
		if err := objectParts(c, x, &v); err != nil {
			return err
		}
	}
	if slices.Contains(wanted, "StorageClass") {
		x.Text("StorageClass", call.ShownClass(v.StorageClass))
	}
	if slices.Contains(wanted, "ObjectSize") {
		x.Int("ObjectSize", v.Size)
	}
	return c.XML(x)
}

// objectParts lists parts only where they have checksums of their own, as S3
// does; their number it always tells.
func objectParts(c *call.Call, x *reply.XML, v *store.Version) error {
	limit, after := 1000, 0
	for name, into := range map[string]*int{"X-Amz-Max-Parts": &limit, "X-Amz-Part-Number-Marker": &after} {
		if s := c.Header.Get(name); s != "" {
			n, err := strconv.Atoi(s)
			if err != nil || n < 0 {
				return reply.Argument(strings.ToLower(name), s, "Argument must be an integer between 0 and 2147483647")
			}
			*into = n
		}
	}
	limit = min(limit, 1000)
	x.Open("ObjectParts").Int("PartsCount", int64(len(v.Parts)))
	if v.ChecksumType == checksum.Composite {
		rest := v.Parts
		for len(rest) > 0 && rest[0].Number <= after {
			rest = rest[1:]
		}
		page := rest[:min(limit, len(rest))]
		x.Int("PartNumberMarker", int64(after)).Int("MaxParts", int64(limit)).Bool("IsTruncated", len(page) < len(rest))
		if len(page) > 0 {
			x.Int("NextPartNumberMarker", int64(page[len(page)-1].Number))
		}
		for _, p := range page {
			x.Open("Part").Int("PartNumber", int64(p.Number)).Int("Size", p.Size).Some("Checksum"+v.ChecksumAlgo, p.Checksum).Close()
		}
	}
	x.Close()
	return nil
}
