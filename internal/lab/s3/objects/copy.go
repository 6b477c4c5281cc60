package objects

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"hash"
	"strings"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/lab/s3/call"
	"github.com/transship/transship/internal/lab/s3/checksum"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/request"
	"github.com/transship/transship/internal/lab/s3/store"
)

// Copy is CopyObject.
func Copy(c *call.Call) error {
	d, err := readDirectives(c)
	if err != nil {
		return err
	}
	for try := 0; ; try++ {
		err := copyOnce(c, d)
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

func readDirectives(c *call.Call) (d directives, err error) {
	read := func(header string) (bool, error) {
		switch v := c.Header.Get(header); v {
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
	d.algorithm, err = request.ParseAlgorithm(c.Header)
	return d, err
}

func copyOnce(c *call.Call, d directives) error {
	w, err := c.ReadWrite()
	if err != nil {
		return err
	}
	src, err := c.CopySource(!d.replaceTags)
	if err != nil {
		return err
	}
	if !d.replaceTags {
		w.Tags = src.Version.Tags
		w.TagContext()
	}
	if err := c.MayWrite(w.Ask(), w.Context); err != nil {
		return err
	}
	cond, err := c.WriteCondition()
	if err != nil {
		return err
	}
	if err := checkCopy(c, src, d); err != nil {
		return err
	}
	v := copied(c, w, src.Version, d)
	if err := digestCopy(c, &v, src.Version, d.algorithm); err != nil {
		return err
	}
	body, err := c.Store.Share(*src.Version)
	if err != nil {
		return moved(err)
	}
	v, err = c.Store.Put(v, body, c.Settle, cond)
	if err != nil {
		if f := transship.CodeOf(err); f == transship.NotFound && reply.From(err).Code != "NoSuchBucket" {
			return errSourceMoved
		}
		return err
	}
	h := c.W.Header()
	if src.Record.Versioning != "" {
		h.Set("X-Amz-Copy-Source-Version-Id", src.Version.ID)
	}
	c.EncryptionHeader()
	c.VersionHeader(v.ID)
	x := reply.Begin("CopyObjectResult").Time("LastModified", v.Modified).ETag(v.ETag).
		Text("Checksum"+v.ChecksumAlgo, v.Checksum).Text("ChecksumType", v.ChecksumType)
	return c.XML(x)
}

func moved(err error) error {
	if store.Gone(err) {
		return errSourceMoved
	}
	return err
}

// checkCopy refuses what cannot be copied in one request, and what would
// change nothing.
func checkCopy(c *call.Call, src call.Source, d directives) error {
	if src.Version.Size > c.CopyLimit {
		return c.TooLargeToCopy()
	}
	same := src.Bucket == c.Bucket && src.Key == c.Key && src.VersionID == ""
	changes := d.replaceMetadata
	for _, name := range []string{"X-Amz-Storage-Class", "X-Amz-Website-Redirect-Location", "X-Amz-Server-Side-Encryption"} {
		changes = changes || c.Header.Get(name) != ""
	}
	if same && !changes {
		return reply.Say("InvalidRequest", "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.")
	}
	return nil
}

// copied is the version that a copy makes, but for digests and body. Storage
// class, redirect and ACL are never taken from the source (AM-178).
func copied(c *call.Call, w *call.Write, from *store.Version, d directives) store.Version {
	v := w.Version()
	if !d.replaceMetadata {
		v.Attributes = from.Attributes
		v.Attributes.SSE, v.Attributes.RedirectLocation = w.Attributes.SSE, w.Attributes.RedirectLocation
	}
	return v
}

// digestCopy finds ETag and checksum of a copy. They are known when the source
// was written in one piece with the same algorithm; else its bytes are read:
// a copy is one piece, whatever its source was.
func digestCopy(c *call.Call, v, from *store.Version, algorithm string) error {
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
	body, err := c.Store.OpenBody(from, 0, from.Size)
	if err != nil {
		return moved(err)
	}
	defer body.Close()
	tag, sum := md5.New(), c.Sums.New(algorithm)
	if _, err := c.Pump(nil, body, []hash.Hash{tag, sum}...); err != nil {
		return moved(err)
	}
	v.ETag, v.Checksum = hex.EncodeToString(tag.Sum(nil)), checksum.Encode(sum)
	return nil
}
