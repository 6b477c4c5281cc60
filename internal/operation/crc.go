package operation

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"sync"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// crcOfParts puts the CRC of a whole together from those of its parts, which
// are moved in parallel, so that a copy in parts is checked against its source
// before it becomes an object.
type crcOfParts struct {
	algorithm string
	want      string // base64, as the source's store tells

	mu    sync.Mutex
	parts []partCRC // by number - 1
}

// partCRC is the CRC of one part; size 0: not known.
type partCRC struct {
	crc  uint64
	size int64
}

// newCRC is nil where the source tells no CRC of its whole.
func newCRC(src s3call.Head) *crcOfParts {
	for _, sum := range src.Checksums {
		if whole(sum) && polynomial(sum.Algorithm) != 0 {
			return &crcOfParts{algorithm: sum.Algorithm, want: sum.Value}
		}
	}
	return nil
}

// add keeps the CRC of one part, big-endian as hash.Hash gives it.
func (c *crcOfParts) add(number int, sum []byte, size int64) {
	var room [8]byte
	copy(room[8-len(sum):], sum)
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.parts) < number {
		c.parts = append(c.parts, partCRC{})
	}
	c.parts[number-1] = partCRC{binary.BigEndian.Uint64(room[:]), size}
}

// tell is add for what the store says of a part that it has copied itself; of
// another kind of checksum nothing is kept.
func (c *crcOfParts) tell(number int, sum transship.Checksum, size int64) {
	if c == nil || sum.Algorithm != c.algorithm {
		return
	}
	if raw, err := base64.StdEncoding.DecodeString(sum.Value); err == nil && len(raw) == width(c.algorithm)/8 {
		c.add(number, raw, size)
	}
}

// forget begins anew, for another upload.
func (c *crcOfParts) forget() {
	if c != nil {
		c.parts = nil
	}
}

// check compares the whole of size bytes with what the source tells, if the CRC
// of every part is known.
func (c *crcOfParts) check(size int64) error {
	if c == nil {
		return nil
	}
	var all uint64
	for _, part := range c.parts {
		if part.size == 0 {
			return nil
		}
		all = combine(polynomial(c.algorithm), width(c.algorithm), all, part.crc, part.size)
		size -= part.size
	}
	if size != 0 {
		return nil
	}
	var room [8]byte
	binary.BigEndian.PutUint64(room[:], all)
	got := base64.StdEncoding.EncodeToString(room[8-width(c.algorithm)/8:])
	if got != c.want {
		return &sumsError{&finalError{400, codeBadDigest, fmt.Sprintf("the parts make up %s %s, the source's is %s; nothing was written", c.algorithm, got, c.want)}}
	}
	return nil
}

// polynomial is that of an algorithm in reversed bit order; 0: it is no CRC.
func polynomial(algorithm string) uint64 {
	switch algorithm {
	case "CRC32":
		return crc32.IEEE
	case "CRC32C":
		return crc32.Castagnoli
	case "CRC64NVME":
		return nvme
	}
	return 0
}

func width(algorithm string) int {
	if algorithm == "CRC64NVME" {
		return 64
	}
	return 32
}

// combine is the CRC of a and b one after the other, from theirs: a is moved
// on by as many zero bytes as b has. The operator for one zero bit is a matrix
// over GF(2); squaring it doubles the number of bits (zlib's crc32_combine).
func combine(poly uint64, width int, a, b uint64, bytes int64) uint64 {
	bit := make([]uint64, width)
	bit[0] = poly
	for i := 1; i < width; i++ {
		bit[i] = 1 << (i - 1)
	}
	m := square(square(square(bit))) // one byte
	for ; bytes > 0; bytes >>= 1 {
		if bytes&1 == 1 {
			a = times(m, a)
		}
		m = square(m)
	}
	return a ^ b
}

func times(m []uint64, v uint64) uint64 {
	var sum uint64
	for i := 0; v != 0; i, v = i+1, v>>1 {
		if v&1 == 1 {
			sum ^= m[i]
		}
	}
	return sum
}

func square(m []uint64) []uint64 {
	out := make([]uint64, len(m))
	for i := range m {
		out[i] = times(m, m[i])
	}
	return out
}
