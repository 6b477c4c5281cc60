package s3

import (
	"net/http"
	"strings"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/s3/checksum"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/request"
	"github.com/transship/transship/internal/lab/s3/store"
)

func (c *call) uploadPart() error {
	number, err := c.partNumber()
	if err != nil {
		return err
	}
	if err := c.may(question{action: access.PutObject, bucket: c.access, key: c.Key}); err != nil {
		return err
	}
	u, err := c.upload()
	if err != nil {
		return err
	}
	d, err := request.ParseDigest(c.header)
	if err != nil {
		return err
	}
	sent := d.Algorithm
	if sent != "" && u.ChecksumAlgo != "" && sent != u.ChecksumAlgo {
		return reply.Say("InvalidRequest", "Checksum Type mismatch occurred, expected checksum Type: "+strings.ToLower(u.ChecksumAlgo)+", actual checksum Type: "+strings.ToLower(sent))
	}
	if sent == "" {
		d.Algorithm = algorithmOf(&u)
	}
	got, err := c.receive(d)
	if err != nil {
		return err
	}
	p := store.Part{Number: number, ETag: got.md5, Checksum: transship.Checksum{Algorithm: d.Algorithm, Value: got.sum, Type: checksum.FullObject}}
	if p, err = c.store.PutPart(u, p, got.body); err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("ETag", `"`+p.ETag+`"`)
	if sent != "" || u.ChecksumAlgo != "" {
		h.Set(checksum.Header(d.Algorithm), got.sum)
	}
	c.encryptionHeader()
	return c.empty(http.StatusOK)
}

func (c *call) uploadPartCopy() error {
	number, err := c.partNumber()
	if err != nil {
		return err
	}
	src, err := c.copySource(false)
	if err != nil {
		return err
	}
	if err := c.may(question{action: access.PutObject, bucket: c.access, key: c.Key, extra: c.headerContext("x-amz-copy-source")}); err != nil {
		return err
	}
	u, err := c.upload()
	if err != nil {
		return err
	}
	r := request.Range{Length: src.version.Size}
	if v := c.header.Get("X-Amz-Copy-Source-Range"); v != "" {
		if r, err = request.ParseCopyRange(v, src.version.Size); err != nil {
			return err
		}
	}
	if r.Length > c.copyLimit {
		return c.tooLargeToCopy()
	}
	body, err := c.store.OpenBody(src.version, r.First, r.Length)
	if err != nil {
		return err
	}
	defer body.Close()
	algorithm := algorithmOf(&u)
	got, _, err := c.take(body, r.Length, algorithm)
	if err != nil {
		return err
	}
	p := store.Part{Number: number, ETag: got.md5, Checksum: transship.Checksum{Algorithm: algorithm, Value: got.sum, Type: checksum.FullObject}}
	if p, err = c.store.PutPart(u, p, got.body); err != nil {
		return err
	}
	if src.bucket.Versioning != "" {
		c.w.Header().Set("X-Amz-Copy-Source-Version-Id", src.version.ID)
	}
	c.encryptionHeader()
	x := reply.Begin("CopyPartResult").Time("LastModified", p.Modified).ETag(p.ETag)
	if u.ChecksumAlgo != "" {
		x.Text("Checksum"+algorithm, p.Checksum.Value)
	}
	return c.xml(x)
}
