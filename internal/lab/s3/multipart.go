package s3

import (
	"net/http"
	"strconv"

	"github.com/transship/transship/internal/lab/s3/checksum"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/request"
	"github.com/transship/transship/internal/lab/s3/store"
)

func (c *call) createUpload() error {
	w, err := c.readWrite()
	if err != nil {
		return err
	}
	if err := c.mayWrite(w.ask(), w.context); err != nil {
		return err
	}
	algorithm, kind, err := c.uploadChecksum()
	if err != nil {
		return err
	}
	u := store.Upload{Bucket: c.Bucket, Key: c.Key, Owner: c.writer(), Initiator: c.caller.String(), StorageClass: w.attributes.StorageClass,
		ChecksumAlgo: algorithm, ChecksumType: kind}
	u.Attributes, u.Tags, u.ACL = w.attributes, w.tags, w.acl
	if u, err = c.store.CreateUpload(u); err != nil {
		return err
	}
	c.encryptionHeader()
	if algorithm != "" {
		c.w.Header().Set("X-Amz-Checksum-Algorithm", algorithm)
		c.w.Header().Set("X-Amz-Checksum-Type", kind)
	}
	x := reply.Begin("InitiateMultipartUploadResult").Text("Bucket", c.Bucket).Text("Key", c.Key).Text("UploadId", u.ID.String())
	return c.xml(x)
}

// uploadChecksum is the checksum that an upload will have; empty: the one S3
// adds by itself, which parts need not know.
func (c *call) uploadChecksum() (algorithm, kind string, err error) {
	if algorithm, err = request.ParseAlgorithm(c.header); err != nil {
		return "", "", err
	}
	kind = c.header.Get("X-Amz-Checksum-Type")
	switch {
	case algorithm == "" && kind == "":
		return "", "", nil
	case algorithm == "":
		return "", "", reply.Say("InvalidRequest", "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.")
	case kind == "" && algorithm == checksum.CRC64NVME:
		kind = checksum.FullObject
	case kind == "":
		kind = checksum.Composite
	case kind != checksum.FullObject && kind != checksum.Composite:
		return "", "", reply.Say("InvalidRequest", "Value for x-amz-checksum-type header is invalid.")
	case kind == checksum.FullObject && !checksum.Linear(algorithm), kind == checksum.Composite && algorithm == checksum.CRC64NVME:
		return "", "", reply.Say("InvalidRequest", "The "+kind+" checksum type cannot be used with the "+algorithm+" checksum algorithm.")
	}
	return algorithm, kind, nil
}

// upload is the open upload that the request names.
func (c *call) upload() (store.Upload, error) {
	u, err := c.store.GetUpload(c.Bucket, c.Key, c.query.Get("uploadId"))
	if err != nil && reply.From(err).Code == "NoSuchUpload" {
		return u, reply.New("NoSuchUpload").With("UploadId", c.query.Get("uploadId"))
	}
	return u, err
}

// algorithmOf is what parts of an upload are summed with.
func algorithmOf(u *store.Upload) string {
	if u.ChecksumAlgo == "" {
		return checksum.CRC64NVME
	}
	return u.ChecksumAlgo
}

func (c *call) partNumber() (int, error) {
	v := c.query.Get("partNumber")
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > 10_000 {
		return 0, reply.Argument("partNumber", v, "Part number must be an integer between 1 and 10000, inclusive")
	}
	return n, nil
}

func (c *call) abortUpload() error {
	if err := c.may(question{action: "s3:AbortMultipartUpload", bucket: c.access, key: c.Key}); err != nil {
		return err
	}
	u, err := c.upload()
	if err != nil {
		return err
	}
	if err := c.store.Abort(u); err != nil {
		return err
	}
	return c.empty(http.StatusNoContent)
}

func (c *call) listParts() error {
	if err := c.may(question{action: "s3:ListMultipartUploadParts", bucket: c.access, key: c.Key}); err != nil {
		return err
	}
	limit, err := c.number("max-parts", 1000)
	if err != nil {
		return err
	}
	after := 0
	if v := c.query.Get("part-number-marker"); v != "" {
		if after, err = strconv.Atoi(v); err != nil || after < 0 || after > 10_000 {
			return reply.Argument("part-number-marker", v, "Argument part-number-marker must be an integer between 0 and 2147483647")
		}
	}
	u, err := c.upload()
	if err != nil {
		return err
	}
	parts, truncated, err := c.store.Parts(u, after, limit)
	if err != nil {
		return err
	}
	x := reply.Begin("ListPartsResult").Text("Bucket", c.Bucket).Text("Key", c.Key).Text("UploadId", u.ID.String())
	x.Open("Initiator").Text("ID", u.Initiator).Close()
	c.owner(x, "Owner", c.shownOwner(u.Owner))
	x.Text("StorageClass", shownClass(u.StorageClass)).Int("PartNumberMarker", int64(after))
	if n := len(parts); n > 0 {
		x.Int("NextPartNumberMarker", int64(parts[n-1].Number))
	}
	x.Int("MaxParts", int64(limit)).Bool("IsTruncated", truncated).Some("ChecksumAlgorithm", u.ChecksumAlgo).Some("ChecksumType", u.ChecksumType)
	for _, p := range parts {
		x.Open("Part").Int("PartNumber", int64(p.Number)).Time("LastModified", p.Modified).ETag(p.ETag).Int("Size", p.Size)
		if u.ChecksumAlgo != "" {
			x.Some("Checksum"+p.Checksum.Algorithm, p.Checksum.Value)
		}
		x.Close()
	}
	return c.xml(x)
}

func (c *call) listUploads() error {
	if err := c.mayBucket("s3:ListBucketMultipartUploads", nil); err != nil {
		return err
	}
	limit, err := c.number("max-uploads", 1000)
	if err != nil {
		return err
	}
	show, err := c.encoder()
	if err != nil {
		return err
	}
	q := store.UploadQuery{Bucket: c.Bucket, Prefix: c.query.Get("prefix"), Delimiter: c.query.Get("delimiter"),
		After: c.query.Get("key-marker"), AfterID: c.query.Get("upload-id-marker"), Max: limit}
	p, err := c.store.Uploads(q)
	if err != nil {
		return err
	}
	x := reply.Begin("ListMultipartUploadsResult").Text("Bucket", c.Bucket).Text("KeyMarker", show(q.After)).Text("UploadIdMarker", q.AfterID)
	if p.Truncated {
		x.Text("NextKeyMarker", show(p.NextAfter)).Text("NextUploadIdMarker", p.NextID)
	}
	x.Some("Delimiter", show(q.Delimiter)).Some("Prefix", show(q.Prefix)).Some("EncodingType", c.query.Get("encoding-type")).
		Int("MaxUploads", int64(limit)).Bool("IsTruncated", p.Truncated)
	for i := range p.Uploads {
		u := &p.Uploads[i]
		x.Open("Upload").Text("Key", show(u.Key)).Text("UploadId", u.ID.String())
		x.Open("Initiator").Text("ID", u.Initiator).Close()
		c.owner(x, "Owner", c.shownOwner(u.Owner))
		x.Text("StorageClass", shownClass(u.StorageClass)).Time("Initiated", u.Initiated).
			Some("ChecksumAlgorithm", u.ChecksumAlgo).Some("ChecksumType", u.ChecksumType).Close()
	}
	commonPrefixes(x, listing{show: show}, p.Prefixes)
	return c.xml(x)
}
