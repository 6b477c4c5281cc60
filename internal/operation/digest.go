package operation

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// digests passes a body on and sums it up on the way. The read that would hand
// over the last byte fails if the sums are not the source's, so that a body
// that was damaged under way never becomes an object.
type digests struct {
	from io.Reader
	left int64

	sums map[string]hash.Hash // by S3's name; MD5 always
	want []transship.Checksum // of the whole, as the source's store tells
	etag string               // MD5 in hex if the source's ETag is one

	alive  func() // called about every MiB that was read; nil: by nobody
	silent int64  // bytes read since then

	handedOver bool  // the last byte has been
	damage     error // the sums are wrong
	failure    error // the source ended early or failed
}

// signOfLife is how many bytes are read from one call of alive to the next: often
// enough for the slowest source, seldom enough to cost nothing.
const signOfLife = 1 << 20

// newDigests sums up size bytes of body, by the algorithms of src's checksums
// and by algorithm, which the destination's checksum will have.
func newDigests(body io.Reader, size int64, src s3call.Head, algorithm string) *digests {
	d := &digests{from: body, left: size, sums: map[string]hash.Hash{"MD5": md5.New()}}
	if algorithm == "" {
		algorithm = "CRC32" // what a PUT without a wish sends
	}
	d.add(algorithm)
	for _, sum := range src.Checksums {
		if whole(sum) && d.add(sum.Algorithm) {
			d.want = append(d.want, sum)
		}
	}
	if md5ETag(src) {
		d.etag = src.ETag
	}
	return d
}

// add begins to sum by an algorithm; false: it is not known here.
func (d *digests) add(algorithm string) bool {
	if d.sums[algorithm] == nil {
		h := newHash(algorithm)
		if h == nil {
			return false
		}
		d.sums[algorithm] = h
	}
	return true
}

func newHash(algorithm string) hash.Hash {
	switch algorithm {
	case "CRC32":
		return crc32.NewIEEE()
	case "CRC32C":
		return crc32.New(crc32.MakeTable(crc32.Castagnoli))
	case "CRC64NVME":
		return crc64.New(crc64.MakeTable(nvme))
	case "SHA1":
		return sha1.New()
	case "SHA256":
		return sha256.New()
	}
	return nil
}

// nvme is the reversed polynomial of CRC-64/NVME.
const nvme = 0x9a6c9329ac4bc9b5

// Read hands on what the source gives, its end only if all sums are right.
func (d *digests) Read(p []byte) (int, error) {
	if d.damage != nil {
		return 0, d.damage
	}
	if d.left == 0 {
		if !d.handedOver { // an empty object
			if d.damage = d.check(); d.damage != nil {
				return 0, d.damage
			}
			d.handedOver = true
		}
		return 0, io.EOF
	}
	if int64(len(p)) > d.left {
		p = p[:d.left]
	}
	n, err := d.from.Read(p)
	for _, h := range d.sums {
		h.Write(p[:n])
	}
	d.left -= int64(n)
	if d.silent += int64(n); d.silent >= signOfLife && d.alive != nil {
		d.silent = 0
		d.alive()
	}
	if d.left == 0 {
		if d.damage = d.check(); d.damage != nil {
			return 0, d.damage
		}
		d.handedOver = true
		return n, nil
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		d.failure = &transship.Error{Code: transship.Unavailable, Op: "read the source", Err: err}
		return n, d.failure
	}
	return n, nil
}

// check compares the sums with what the source's store tells.
func (d *digests) check() error {
	for _, want := range d.want {
		if got := d.sum(want.Algorithm); got != want.Value {
			return damaged(want.Algorithm, got, want.Value)
		}
	}
	if len(d.want) == 0 && d.etag != "" {
		if got := d.md5(); got != d.etag {
			return damaged("MD5", got, d.etag)
		}
	}
	return nil
}

func damaged(algorithm, got, want string) error {
	return &finalError{400, codeBadDigest, fmt.Sprintf("what was read has %s %s, the source's is %s; nothing was written", algorithm, got, want)}
}

func (d *digests) sum(algorithm string) string {
	return base64.StdEncoding.EncodeToString(d.sums[algorithm].Sum(nil))
}

func (d *digests) md5() string { return hex.EncodeToString(d.sums["MD5"].Sum(nil)) }

// sumDisagrees reports whether the store's checksum of the copy is another.
func (d *digests) sumDisagrees(out s3call.Written) bool {
	return whole(out.Checksum) && d.sums[out.Checksum.Algorithm] != nil && d.sum(out.Checksum.Algorithm) != out.Checksum.Value
}

// disagrees says in what the copy differs from what was sent, or nothing. The
// store's checksum decides where it tells one, else the ETag.
func (d *digests) disagrees(out s3call.Written) string {
	if whole(out.Checksum) && d.sums[out.Checksum.Algorithm] != nil {
		if d.sumDisagrees(out) {
			return fmt.Sprintf("the copy's %s is %s, that of what was sent %s; the copy was left there",
				out.Checksum.Algorithm, out.Checksum.Value, d.sum(out.Checksum.Algorithm))
		}
		return ""
	}
	if plain(out.ETag) && out.ETag != d.md5() {
		return fmt.Sprintf("the copy's ETag is %s, the MD5 of what was sent %s; the copy was left there", out.ETag, d.md5())
	}
	return ""
}
