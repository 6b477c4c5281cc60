package operation

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"sync"

	"github.com/transship/transship/internal/s3call"
)

// crcOfParts puts the CRC of a whole together from those of its parts, which
// are read in parallel, so that a copy in parts is checked against its source
// before it becomes an object.
type crcOfParts struct {
	algorithm string
	want      string // base64, as the source's store tells

	mu    sync.Mutex
	parts []uint64 // by number - 1
	sizes []int64
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
		c.parts, c.sizes = append(c.parts, 0), append(c.sizes, 0)
	}
	c.parts[number-1], c.sizes[number-1] = binary.BigEndian.Uint64(room[:]), size
}

// check compares the whole with what the source tells.
func (c *crcOfParts) check() error {
	if c == nil {
		return nil
	}
	var all uint64
	for i, part := range c.parts {
		all = combine(polynomial(c.algorithm), width(c.algorithm), all, part, c.sizes[i])
	}
	var room [8]byte
	binary.BigEndian.PutUint64(room[:], all)
	got := base64.StdEncoding.EncodeToString(room[8-width(c.algorithm)/8:])
	if got != c.want {
		return &finalError{400, codeBadDigest, fmt.Sprintf("what was read has %s %s, the source's is %s; nothing was written", c.algorithm, got, c.want)}
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
