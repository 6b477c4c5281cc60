package uploads

import (
	"net/http"
	"strconv"

	"github.com/transship/transship/internal/lab/s3/call"
	"github.com/transship/transship/internal/lab/s3/checksum"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/request"
	"github.com/transship/transship/internal/lab/s3/store"
)

// Create is CreateMultipartUpload.
func Create(c *call.Call) error {
	w, err := c.ReadWrite()
	if err != nil {
		return err
	}
	if err := c.MayWrite(w.Ask(), w.Context); err != nil {
		return err
	}
	algorithm, kind, err := uploadChecksum(c)
	if err != nil {
		return err
	}
	u := store.Upload{Bucket: c.Bucket, Key: c.Key, Owner: c.Writer(), Initiator: c.Caller.String(), StorageClass: w.Attributes.StorageClass,
		ChecksumAlgo: algorithm, ChecksumType: kind}
	u.Attributes, u.Tags, u.ACL = w.Attributes, w.Tags, w.ACL
	if u, err = c.Store.CreateUpload(u); err != nil {
		return err
	}
	c.EncryptionHeader()
	if algorithm != "" {
		c.W.Header().Set("X-Amz-Checksum-Algorithm", algorithm)
		c.W.Header().Set("X-Amz-Checksum-Type", kind)
	}
	x := reply.Begin("InitiateMultipartUploadResult").Text("Bucket", c.Bucket).Text("Key", c.Key).Text("UploadId", u.ID.String())
	return c.XML(x)
}

// uploadChecksum is the checksum that an upload will have; empty: the one S3
// adds by itself, which parts need not know.
func uploadChecksum(c *call.Call) (algorithm, kind string, err error) {
	if algorithm, err = request.ParseAlgorithm(c.Header); err != nil {
		return "", "", err
	}
	kind = c.Header.Get("X-Amz-Checksum-Type")
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
func upload(c *call.Call) (store.Upload, error) {
	u, err := c.Store.GetUpload(c.Bucket, c.Key, c.Query.Get("uploadId"))
	if err != nil && reply.From(err).Code == "NoSuchUpload" {
		return u, reply.New("NoSuchUpload").With("UploadId", c.Query.Get("uploadId"))
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

func partNumber(c *call.Call) (int, error) {
	v := c.Query.Get("partNumber")
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > 10_000 {
		return 0, reply.Argument("partNumber", v, "Part number must be an integer between 1 and 10000, inclusive")
	}
	return n, nil
}

// Abort is AbortMultipartUpload.
func Abort(c *call.Call) error {
	if err := c.May(call.Question{Action: "s3:AbortMultipartUpload", Bucket: c.Access, Key: c.Key}); err != nil {
		return err
	}
	u, err := upload(c)
	if err != nil {
		return err
	}
	if err := c.Store.Abort(u); err != nil {
		return err
	}
	return c.Empty(http.StatusNoContent)
}

// ListParts is ListParts.
func ListParts(c *call.Call) error {
	if err := c.May(call.Question{Action: "s3:ListMultipartUploadParts", Bucket: c.Access, Key: c.Key}); err != nil {
		return err
	}
	limit, err := c.Number("max-parts", 1000)
	if err != nil {
		return err
	}
	after := 0
	if v := c.Query.Get("part-number-marker"); v != "" {
		if after, err = strconv.Atoi(v); err != nil || after < 0 || after > 10_000 {
			return reply.Argument("part-number-marker", v, "Argument part-number-marker must be an integer between 0 and 2147483647")
		}
	}
	u, err := upload(c)
	if err != nil {
		return err
	}
	parts, truncated, err := c.Store.Parts(u, after, limit)
	if err != nil {
		return err
	}
	x := reply.Begin("ListPartsResult").Text("Bucket", c.Bucket).Text("Key", c.Key).Text("UploadId", u.ID.String())
	x.Open("Initiator").Text("ID", u.Initiator).Close()
	c.Owner(x, "Owner", c.ShownOwner(u.Owner))
	x.Text("StorageClass", call.ShownClass(u.StorageClass)).Int("PartNumberMarker", int64(after))
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
	return c.XML(x)
}

// List is ListMultipartUploads.
func List(c *call.Call) error {
	if err := c.MayBucket("s3:ListBucketMultipartUploads", nil); err != nil {
		return err
	}
	limit, err := c.Number("max-uploads", 1000)
	if err != nil {
		return err
	}
	show, err := c.Encoder()
	if err != nil {
		return err
	}
	q := store.UploadQuery{Bucket: c.Bucket, Prefix: c.Query.Get("prefix"), Delimiter: c.Query.Get("delimiter"),
		After: c.Query.Get("key-marker"), AfterID: c.Query.Get("upload-id-marker"), Max: limit}
	p, err := c.Store.Uploads(q)
	if err != nil {
		return err
	}
	x := reply.Begin("ListMultipartUploadsResult").Text("Bucket", c.Bucket).Text("KeyMarker", show(q.After)).Text("UploadIdMarker", q.AfterID)
	if p.Truncated {
		x.Text("NextKeyMarker", show(p.NextAfter)).Text("NextUploadIdMarker", p.NextID)
	}
	x.Some("Delimiter", show(q.Delimiter)).Some("Prefix", show(q.Prefix)).Some("EncodingType", c.Query.Get("encoding-type")).
		Int("MaxUploads", int64(limit)).Bool("IsTruncated", p.Truncated)
	for i := range p.Uploads {
		u := &p.Uploads[i]
		x.Open("Upload").Text("Key", show(u.Key)).Text("UploadId", u.ID.String())
		x.Open("Initiator").Text("ID", u.Initiator).Close()
		c.Owner(x, "Owner", c.ShownOwner(u.Owner))
		x.Text("StorageClass", call.ShownClass(u.StorageClass)).Time("Initiated", u.Initiated).
			Some("ChecksumAlgorithm", u.ChecksumAlgo).Some("ChecksumType", u.ChecksumType).Close()
	}
	call.CommonPrefixes(x, show, p.Prefixes)
	return c.XML(x)
}
