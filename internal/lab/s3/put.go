package s3

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"hash"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/transship/transship"
	"github.com/transship/transship/iampolicy"
	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/s3/checksum"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/request"
	"github.com/transship/transship/internal/lab/s3/store"
	"github.com/transship/transship/internal/s3call"
)

const maxPut = 5 << 30 // bytes in one request

func (c *call) putObject() error {
	w, err := c.readWrite()
	if err != nil {
		return err
	}
	if err := c.mayWrite(w.ask(), w.context); err != nil {
		return err
	}
	cond, err := c.writeCondition()
	if err != nil {
		return err
	}
	d, err := request.ParseDigest(c.header)
	if err != nil {
		return err
	}
	if d.Algorithm == "" {
		d.Algorithm = checksum.CRC64NVME // S3's own default
	}
	got, err := c.receive(d)
	if err != nil {
		return err
	}
	v := w.version()
	v.ETag, v.ChecksumAlgo, v.ChecksumType, v.Checksum = got.md5, d.Algorithm, checksum.FullObject, got.sum
	v, err = c.store.Put(v, got.body, c.settle, cond)
	if err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("ETag", `"`+v.ETag+`"`)
	h.Set(checksum.Header(v.ChecksumAlgo), v.Checksum)
	h.Set("X-Amz-Checksum-Type", v.ChecksumType)
	c.encryptionHeader()
	c.versionHeader(v.ID)
	return c.empty(http.StatusOK)
}

// write is what a request says about an object to be.
type write struct {
	bucket, key string
	attributes  s3call.Attributes
	tags        []transship.Tag
	acl         string
	context     iampolicy.Context
}

// readWrite reads the headers that PutObject, CopyObject and
// CreateMultipartUpload have in common.
func (c *call) readWrite() (*write, error) {
	w := &write{bucket: c.Bucket, key: c.Key}
	var err error
	if w.attributes, err = request.ParseAttributes(c.header); err != nil {
		return nil, err
	}
	if w.tags, err = request.ParseTagHeader(c.header.Get("X-Amz-Tagging")); err != nil {
		return nil, err
	}
	w.context = c.headerContext("x-amz-acl", "x-amz-storage-class", "x-amz-server-side-encryption",
		"x-amz-server-side-encryption-aws-kms-key-id", "x-amz-copy-source", "x-amz-metadata-directive",
		"x-amz-website-redirect-location", "if-match", "if-none-match")
	w.tagContext()
	if v, sent := w.context["s3:x-amz-copy-source"]; sent {
		w.context["s3:x-amz-copy-source"] = copySourceKeys(v[0])
	}
	w.acl, err = c.cannedACL(c.bucket)
	return w, err
}

// copySourceKeys are the forms in which policies write a source: with and
// without the slash in front.
func copySourceKeys(header string) []string {
	path, _, _ := strings.Cut(header, "?")
	if decoded, err := url.PathUnescape(path); err == nil {
		path = decoded
	}
	path = strings.TrimPrefix(path, "/")
	return []string{path, "/" + path}
}

// tagContext fills in the keys of the tags that the write will have.
func (w *write) tagContext() {
	maps.DeleteFunc(w.context, func(key string, _ []string) bool { return strings.HasPrefix(key, "s3:requestobjecttag") })
	for _, t := range w.tags {
		w.context["s3:requestobjecttag/"+t.Key] = []string{t.Value}
		w.context["s3:requestobjecttagkeys"] = append(w.context["s3:requestobjecttagkeys"], t.Key)
	}
}

func (w *write) ask() access.Write {
	return access.Write{ACL: w.acl != "", Tags: len(w.tags) > 0}
}

func (w *write) version() store.Version {
	v := store.Version{Bucket: w.bucket, Key: w.key, StorageClass: w.attributes.StorageClass}
	v.Attributes, v.Tags, v.ACL = w.attributes, w.tags, w.acl
	return v
}

// writeCondition is If-Match or If-None-Match of a write.
func (c *call) writeCondition() (store.Condition, error) {
	match, none := c.header.Get("If-Match"), c.header.Get("If-None-Match")
	if match == "" && none == "" {
		return nil, nil
	}
	if match != "" && none != "" || none != "" && none != "*" {
		return nil, reply.Say("NotImplemented", "A header you provided implies functionality that is not implemented").With("Header", "If-None-Match")
	}
	return func(now *store.Version) error {
		there := now != nil && !now.Marker
		switch {
		case none != "" && there:
			return request.Unmet("If-None-Match")
		case match != "" && !there:
			return reply.New("NoSuchKey").With("Key", c.Key)
		case match != "" && !request.MatchETag(match, now.ETag):
			return request.Unmet("If-Match")
		}
		return nil
	}, nil
}

// received is a body that came whole and is what its digests say.
type received struct {
	body     *store.Body
	md5, sum string
}

// receive reads the request's body into the store and checks it. The
// algorithm in d must be set.
func (c *call) receive(d request.Digest) (received, error) {
	switch {
	case c.v.ContentLength < 0:
		return received{}, reply.New("MissingContentLength")
	case c.v.ContentLength > maxPut:
		return received{}, reply.New("EntityTooLarge").With("ProposedSize", itoa(c.v.ContentLength)).With("MaxSizeAllowed", itoa(maxPut))
	}
	got, sum, err := c.take(c.v.Body, c.v.ContentLength, d.Algorithm)
	if err != nil {
		return got, err
	}
	want := d.Value
	if trailer := c.v.Trailer(); want == "" && trailer != nil {
		want = trailer.Get(checksum.Header(d.Algorithm))
	}
	switch {
	case d.MD5 != nil && !bytes.Equal(d.MD5, sum):
		err = reply.Say("BadDigest", "The Content-MD5 you specified did not match what we received.")
	case want != "" && want != got.sum:
		err = reply.Say("BadDigest", "The "+d.Algorithm+" you specified did not match the calculated checksum.")
	}
	if err != nil {
		c.store.Discard(got.body)
		return received{}, err
	}
	return got, nil
}

// take reads exactly length bytes into the store.
func (c *call) take(src io.Reader, length int64, algorithm string) (got received, sum []byte, err error) {
	w, err := c.store.NewBody()
	if err != nil {
		return got, nil, err
	}
	tag, other := md5.New(), c.sums.New(algorithm)
	n, err := c.pump(w, src, tag, other)
	if err == nil && n != length {
		err = reply.New("IncompleteBody")
	}
	if err != nil {
		w.Abort()
		return got, nil, err
	}
	if got.body, err = w.Finish(); err != nil {
		return got, nil, err
	}
	sum = tag.Sum(nil)
	got.md5, got.sum = hex.EncodeToString(sum), checksum.Encode(other)
	return got, sum, nil
}

// pump copies src to dst, which may be nil, and to the hashes.
func (s *Server) pump(dst io.Writer, src io.Reader, hashes ...hash.Hash) (n int64, err error) {
	buf := s.buffers.Get().(*[]byte)
	defer s.buffers.Put(buf)
	for {
		k, err := src.Read(*buf)
		p := (*buf)[:k]
		for _, h := range hashes {
			h.Write(p)
		}
		if dst != nil && k > 0 {
			if _, err := dst.Write(p); err != nil {
				return n, err
			}
		}
		n += int64(k)
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// encryptionHeader says what S3 has said of every object since 2023.
func (c *call) encryptionHeader() {
	c.w.Header().Set("X-Amz-Server-Side-Encryption", "AES256")
}

// versionHeader names a version, but not in a bucket that never had any.
func (c *call) versionHeader(id string) {
	if c.bucket.Versioning != "" && id != "" {
		c.w.Header().Set("X-Amz-Version-Id", id)
	}
}
