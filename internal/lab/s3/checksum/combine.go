package checksum

import (
	"encoding/base64"
	"hash/crc32"
)

// Piece is the checksum and the length of a part.
type Piece struct {
	Value string
	Size  int64 // bytes
}

// Combine is the checksum of an object that consists of these pieces, for a
// linear algorithm. False: a value is not valid.
func Combine(algorithm string, pieces []Piece) (string, bool) {
	if !Linear(algorithm) {
		return "", false
	}
	width := size(algorithm)
	var sum uint64
	for _, p := range pieces {
		raw, err := base64.StdEncoding.DecodeString(p.Value)
		if err != nil || len(raw) != width {
			return "", false
		}
		var v uint64
		for _, b := range raw {
			v = v<<8 | uint64(b)
		}
		sum = shift(polynomial(algorithm), width*8, sum, p.Size) ^ v
	}
	out := make([]byte, width)
	for i := range out {
		out[i] = byte(sum >> (8 * (width - 1 - i)))
	}
	return base64.StdEncoding.EncodeToString(out), true
}

func polynomial(algorithm string) uint64 {
	switch algorithm {
	case CRC32:
		return crc32.IEEE
	case CRC32C:
		return crc32.Castagnoli
	}
	return nvme
}

// matrix is a linear map of bits over GF(2): column i is the image of bit i.
type matrix [64]uint64

func (m *matrix) times(v uint64) uint64 {
	var sum uint64
	for i := 0; v != 0; i, v = i+1, v>>1 {
		if v&1 != 0 {
			sum ^= m[i]
		}
	}
	return sum
}

func (m *matrix) square() *matrix {
	var s matrix
	for i := range s {
		s[i] = m.times(m[i])
	}
	return &s
}

// shift is what the register of a CRC becomes after n zero bytes: the way in
// which zlib's crc32_combine puts two checksums together.
func shift(poly uint64, bits int, v uint64, n int64) uint64 {
	m := &matrix{poly} // one zero bit
	for i := 1; i < bits; i++ {
		m[i] = 1 << (i - 1)
	}
	m = m.square().square().square() // one zero byte
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			v = m.times(v)
		}
		m = m.square()
	}
	return v
}
