package operation

import (
	"maps"
	"strings"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// equal reports whether dst is what this job would make of src, by everything
// that both sides tell in the same terms.
func (c *Copy) equal(src, dst s3call.Head) bool {
	want := c.attributes(src)
	if src.Size != dst.Size {
		return false
	}
	if differs, _ := compareContent(src, dst); differs {
		return false
	}
	if !maps.Equal(want.UserMetadata, dst.UserMetadata) {
		return false
	}
	for _, h := range [][2]string{
		{want.CacheControl, dst.CacheControl}, {want.ContentDisposition, dst.ContentDisposition},
		{want.ContentEncoding, dst.ContentEncoding}, {want.ContentLanguage, dst.ContentLanguage},
		{want.ContentType, dst.ContentType}, {want.Expires, dst.Expires},
	} {
		// An absent type is filled in by the store.
		if h[0] != "" && h[0] != h[1] {
			return false
		}
	}
	return true
}

// wouldStay reports whether doing the task would leave dst as it is: the bytes
// are proven equal, and so is what equal does not compare. Such an object may be
// taken for the task's result even if an earlier task of the key has made it: a
// write over it would change nothing. What cannot be proven is done again, which
// costs a request and, without versions, leaves nothing behind.
func (c *Copy) wouldStay(src, dst s3call.Head) bool {
	if _, proven := compareContent(src, dst); !proven {
		return false
	}
	if c.spec.KeepStorageClass && classOf(src) != classOf(dst) {
		return false
	}
	_, set := c.newTags()
	return set || src.TagCount == 0 && dst.TagCount == 0 // a count does not tell which
}

// classOf is the storage class of an object. Stores leave the usual one out.
func classOf(h s3call.Head) string {
	if h.StorageClass == "" {
		return standard
	}
	return h.StorageClass
}

// compareContent compares what tells about the bytes. Two checksums say
// something if both are of the whole and of one algorithm, two ETags if both are
// the MD5 of the whole or the very same. proven: something was comparable, and
// it was equal.
func compareContent(a, b s3call.Head) (differs, proven bool) {
	for _, x := range a.Checksums {
		for _, y := range b.Checksums {
			if x.Algorithm == y.Algorithm && whole(x) && whole(y) {
				if x.Value != y.Value {
					return true, false
				}
				proven = true
			}
		}
	}
	if md5ETag(a) && md5ETag(b) {
		return a.ETag != b.ETag, a.ETag == b.ETag
	}
	return false, proven || a.ETag != "" && a.ETag == b.ETag
}

// md5ETag reports whether an object's ETag is the MD5 of its bytes: not of a
// multipart upload, not encrypted with a KMS key.
func md5ETag(h s3call.Head) bool { return plain(h.ETag) && !strings.HasPrefix(h.SSE, "aws:kms") }

func plain(etag string) bool {
	return len(etag) == 32 && strings.Trim(etag, "0123456789abcdef") == ""
}

// whole reports whether a checksum is of all bytes, not of the parts' checksums.
func whole(s transship.Checksum) bool {
	return s.Value != "" && s.Type != "COMPOSITE" && !strings.Contains(s.Value, "-")
}
