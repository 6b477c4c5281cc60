package s3

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"hash"
	"strings"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/s3/checksum"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/request"
	"github.com/transship/transship/internal/lab/s3/store"
)

func (c *call) copyObject() error {
	d, err := c.directives()
	if err != nil {
		return err
	}
	for try := 0; ; try++ {
		err := c.copyOnce(d)
		// A source that was replaced between two looks is looked up again.
		if !errors.Is(err, errSourceMoved) || try == 5 {
			return err
		}
	}
}

var errSourceMoved = errors.New("the source of a copy changed while it was copied")

// directives says what a copy takes from its source.
type directives struct {
	replaceMetadata, replaceTags bool
	algorithm                    string
}

func (c *call) directives() (d directives, err error) {
	read := func(header string) (bool, error) {
		switch v := c.header.Get(header); v {
		case "", "COPY":
			return false, nil
		case "REPLACE":
			return true, nil
		default:
			return false, reply.Argument(strings.ToLower(header), v, "Unknown directive.")
		}
	}
	if d.replaceMetadata, err = read("X-Amz-Metadata-Directive"); err != nil {
		return d, err
	}
	if d.replaceTags, err = read("X-Amz-Tagging-Directive"); err != nil {
		return d, err
	}
	d.algorithm, err = request.ParseAlgorithm(c.header)
	return d, err
}

func (c *call) copyOnce(d directives) error {
	w, err := c.readWrite()
	if err != nil {
		return err
	}
	src, err := c.copySource(!d.replaceTags)
	if err != nil {
		return err
	}
	if !d.replaceTags {
		w.tags = src.version.Tags
		w.tagContext()
	}
	if err := c.mayWrite(w.ask(), w.context); err != nil {
		return err
	}
	cond, err := c.writeCondition()
	if err != nil {
		return err
	}
	if err := c.checkCopy(src, d); err != nil {
		return err
	}
	v := c.copied(w, src.version, d)
	if err := c.digestCopy(&v, src.version, d.algorithm); err != nil {
		return err
	}
	body, err := c.store.Share(*src.version)
	if err != nil {
		return moved(err)
	}
	v, err = c.store.Put(v, body, c.settle, cond)
	if err != nil {
		if f := transship.CodeOf(err); f == transship.NotFound && reply.From(err).Code != "NoSuchBucket" {
			return errSourceMoved
		}
		return err
	}
	h := c.w.Header()
	if src.bucket.Versioning != "" {
		h.Set("X-Amz-Copy-Source-Version-Id", src.version.ID)
	}
	c.encryptionHeader()
	c.versionHeader(v.ID)
	x := reply.Begin("CopyObjectResult").Time("LastModified", v.Modified).ETag(v.ETag).
		Text("Checksum"+v.ChecksumAlgo, v.Checksum).Text("ChecksumType", v.ChecksumType)
	return c.xml(x)
}

func moved(err error) error {
	if store.Gone(err) {
		return errSourceMoved
	}
	return err
}

// checkCopy refuses what cannot be copied in one request, and what would
// change nothing.
func (c *call) checkCopy(src source, d directives) error {
	if src.version.Size > c.copyLimit {
		return c.tooLargeToCopy()
	}
	same := src.Bucket == c.Bucket && src.Key == c.Key && src.VersionID == ""
	changes := d.replaceMetadata
	for _, name := range []string{"X-Amz-Storage-Class", "X-Amz-Website-Redirect-Location", "X-Amz-Server-Side-Encryption"} {
		changes = changes || c.header.Get(name) != ""
	}
	if same && !changes {
		return reply.Say("InvalidRequest", "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.")
	}
	return nil
}

func (c *call) tooLargeToCopy() error {
	return reply.Say("InvalidRequest", "The specified copy source is larger than the maximum allowable size for a copy source: "+itoa(c.copyLimit))
}

// copied is the version that a copy makes, but for digests and body. Storage
// class, redirect and ACL are never taken from the source (AM-178).
func (c *call) copied(w *write, from *store.Version, d directives) store.Version {
	v := w.version()
	if !d.replaceMetadata {
		v.Attributes = from.Attributes
		v.Attributes.SSE, v.Attributes.RedirectLocation = w.attributes.SSE, w.attributes.RedirectLocation
	}
	return v
}

// digestCopy finds ETag and checksum of a copy. They are known when the source
// was written in one piece with the same algorithm; else its bytes are read:
// a copy is one piece, whatever its source was.
func (c *call) digestCopy(v, from *store.Version, algorithm string) error {
	if algorithm == "" {
		algorithm = from.ChecksumAlgo
	}
	if algorithm == "" {
		algorithm = checksum.CRC64NVME
	}
	v.ChecksumAlgo, v.ChecksumType = algorithm, checksum.FullObject
	knownTag := !strings.Contains(from.ETag, "-")
	knownSum := algorithm == from.ChecksumAlgo && from.ChecksumType == checksum.FullObject
	v.ETag, v.Checksum = from.ETag, from.Checksum
	if knownTag && knownSum {
		return nil
	}
	body, err := c.store.OpenBody(from, 0, from.Size)
	if err != nil {
		return moved(err)
	}
	defer body.Close()
	tag, sum := md5.New(), c.sums.New(algorithm)
	if _, err := c.pump(nil, body, []hash.Hash{tag, sum}...); err != nil {
		return moved(err)
	}
	v.ETag, v.Checksum = hex.EncodeToString(tag.Sum(nil)), checksum.Encode(sum)
	return nil
}

// source is what a copy reads.
type source struct {
	request.CopySource
	bucket  *store.Bucket
	version *store.Version
}

// copySource finds the source, asks for it and evaluates its conditions. tags:
// they are taken along.
func (c *call) copySource(tags bool) (source, error) {
	var src source
	var err error
	if src.CopySource, err = request.ParseCopySource(c.header.Get("X-Amz-Copy-Source")); err != nil {
		return src, err
	}
	b, ab, err := c.lookUp(src.Bucket)
	if err != nil {
		return src, err
	}
	src.bucket = b
	if err := expectOwner(c.header.Get("X-Amz-Source-Expected-Bucket-Owner"), b); err != nil {
		return src, err
	}
	v, err := c.readable(src.Target, ab, src.VersionID, access.ReadObject(src.VersionID != ""))
	if err != nil {
		if f := reply.From(err); f.Code == "MethodNotAllowed" {
			return src, reply.Say("InvalidRequest", "The source of a copy request may not specifically refer to a delete marker by version id.")
		}
		return src, err
	}
	src.version = &v
	if tags && len(v.Tags) > 0 { // AM-142
		if err := c.may(question{action: access.ReadTags(src.VersionID != ""), bucket: ab, key: src.Key, object: &v}); err != nil {
			return src, err
		}
	}
	if err := request.ParseConditions(c.header, "X-Amz-Copy-Source-").Check(v.ETag, v.Modified); err != nil {
		return src, err
	}
	if request.Archived(v.StorageClass) {
		return src, reply.Say("ObjectNotInActiveTierError", "The source object of the COPY action is not in the active tier and is only stored in Amazon S3 Glacier.")
	}
	return src, nil
}
