package uploads

import (
	"net/http"
	"strings"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/s3/call"
	"github.com/transship/transship/internal/lab/s3/checksum"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/request"
	"github.com/transship/transship/internal/lab/s3/store"
)

// PutPart is UploadPart.
func PutPart(c *call.Call) error {
	number, err := partNumber(c)
	if err != nil {
		return err
	}
	if err := c.May(call.Question{Action: access.PutObject, Bucket: c.Access, Key: c.Key}); err != nil {
		return err
	}
	u, err := upload(c)
	if err != nil {
		return err
	}
	d, err := request.ParseDigest(c.Header)
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
	got, err := c.Receive(d)
	if err != nil {
		return err
	}
	p := store.Part{Number: number, ETag: got.MD5, Checksum: transship.Checksum{Algorithm: d.Algorithm, Value: got.Sum, Type: checksum.FullObject}}
	if p, err = c.Store.PutPart(u, p, got.Body); err != nil {
		return err
	}
	h := c.W.Header()
	h.Set("ETag", `"`+p.ETag+`"`)
	if sent != "" || u.ChecksumAlgo != "" {
		h.Set(checksum.Header(d.Algorithm), got.Sum)
	}
	c.EncryptionHeader()
	return c.Empty(http.StatusOK)
}

// CopyPart is UploadPartCopy.
func CopyPart(c *call.Call) error {
	number, err := partNumber(c)
	if err != nil {
		return err
	}
	src, err := c.CopySource(false)
	if err != nil {
		return err
	}
	if err := c.May(call.Question{Action: access.PutObject, Bucket: c.Access, Key: c.Key, Extra: c.HeaderContext("x-amz-copy-source")}); err != nil {
		return err
	}
	u, err := upload(c)
	if err != nil {
		return err
	}
	r := request.Range{Length: src.Version.Size}
	if v := c.Header.Get("X-Amz-Copy-Source-Range"); v != "" {
		if r, err = request.ParseCopyRange(v, src.Version.Size); err != nil {
			return err
		}
	}
	if r.Length > c.CopyLimit {
		return c.TooLargeToCopy()
	}
	body, err := c.Store.OpenBody(src.Version, r.First, r.Length)
	if err != nil {
		return err
	}
	defer body.Close()
	algorithm := algorithmOf(&u)
	got, _, err := c.Take(body, r.Length, algorithm)
	if err != nil {
		return err
	}
	p := store.Part{Number: number, ETag: got.MD5, Checksum: transship.Checksum{Algorithm: algorithm, Value: got.Sum, Type: checksum.FullObject}}
	if p, err = c.Store.PutPart(u, p, got.Body); err != nil {
		return err
	}
	if src.Record.Versioning != "" {
		c.W.Header().Set("X-Amz-Copy-Source-Version-Id", src.Version.ID)
	}
	c.EncryptionHeader()
	x := reply.Begin("CopyPartResult").Time("LastModified", p.Modified).ETag(p.ETag)
	if u.ChecksumAlgo != "" {
		x.Text("Checksum"+algorithm, p.Checksum.Value)
	}
	return c.XML(x)
}
