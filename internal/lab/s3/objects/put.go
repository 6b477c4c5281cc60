package objects

import (
	"net/http"

	"github.com/transship/transship/internal/lab/s3/call"
	"github.com/transship/transship/internal/lab/s3/checksum"
	"github.com/transship/transship/internal/lab/s3/request"
)

// Put is PutObject.
func Put(c *call.Call) error {
	w, err := c.ReadWrite()
	if err != nil {
		return err
	}
	if err := c.MayWrite(w.Ask(), w.Context); err != nil {
		return err
	}
	cond, err := c.WriteCondition()
	if err != nil {
		return err
	}
	d, err := request.ParseDigest(c.Header)
	if err != nil {
		return err
	}
	if d.Algorithm == "" {
		d.Algorithm = checksum.CRC64NVME // S3's own default
	}
	got, err := c.Receive(d)
	if err != nil {
		return err
	}
	v := w.Version()
	v.ETag, v.ChecksumAlgo, v.ChecksumType, v.Checksum = got.MD5, d.Algorithm, checksum.FullObject, got.Sum
	v, err = c.Store.Put(v, got.Body, c.Settle, cond)
	if err != nil {
		return err
	}
	h := c.W.Header()
	h.Set("ETag", `"`+v.ETag+`"`)
	h.Set(checksum.Header(v.ChecksumAlgo), v.Checksum)
	h.Set("X-Amz-Checksum-Type", v.ChecksumType)
	c.EncryptionHeader()
	c.VersionHeader(v.ID)
	return c.Empty(http.StatusOK)
}
