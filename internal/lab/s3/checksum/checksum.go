package checksum

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"strconv"
	"strings"
)

// The algorithms, as the API spells them.
const (
	CRC32     = "CRC32"
	CRC32C    = "CRC32C"
	CRC64NVME = "CRC64NVME"
	SHA1      = "SHA1"
	SHA256    = "SHA256"
)

// The two types of an object's checksum.
const (
	FullObject = "FULL_OBJECT"
	Composite  = "COMPOSITE"
)

const nvme = 0x9a6c9329ac4bc9b5 // reflected, as crc64.MakeTable wants it

// All lists the algorithms.
func All() []string { return []string{CRC32, CRC32C, CRC64NVME, SHA1, SHA256} }

// Parse is the algorithm of that name in any case; false: none.
func Parse(name string) (string, bool) {
	for _, a := range All() {
		if strings.EqualFold(a, name) {
			return a, true
		}
	}
	return "", false
}

// Header is the name of the header that carries a value.
func Header(algorithm string) string { return "x-amz-checksum-" + strings.ToLower(algorithm) }

// Maker makes hashes. It keeps the tables that the standard library would
// compute again.
type Maker struct{ crc64 *crc64.Table }

// NewMaker makes a Maker; one is enough.
func NewMaker() *Maker { return &Maker{crc64.MakeTable(nvme)} }

// New is a hash of that algorithm, which must be one of All.
func (m *Maker) New(algorithm string) hash.Hash {
	switch algorithm {
	case CRC32:
		return crc32.NewIEEE()
	case CRC32C:
		return crc32.New(crc32.MakeTable(crc32.Castagnoli))
	case CRC64NVME:
		return crc64.New(m.crc64)
	case SHA1:
		return sha1.New()
	}
	return sha256.New()
}

// Encode is a hash's value as headers carry it.
func Encode(h hash.Hash) string { return base64.StdEncoding.EncodeToString(h.Sum(nil)) }

// Valid reports whether value could be one of that algorithm: base64 of the
// right length.
func Valid(algorithm, value string) bool {
	p, err := base64.StdEncoding.DecodeString(value)
	return err == nil && len(p) == size(algorithm)
}

func size(algorithm string) int {
	switch algorithm {
	case CRC32, CRC32C:
		return 4
	case CRC64NVME:
		return 8
	case SHA1:
		return 20
	}
	return 32
}

// Linear reports whether the checksum of an object follows from those of its
// parts.
func Linear(algorithm string) bool {
	return algorithm == CRC32 || algorithm == CRC32C || algorithm == CRC64NVME
}

// Compose is a composite checksum: the checksum of the parts' checksums, and
// how many they were. False: a value is not valid.
func (m *Maker) Compose(algorithm string, parts []string) (string, bool) {
	h := m.New(algorithm)
	for _, v := range parts {
		p, err := base64.StdEncoding.DecodeString(v)
		if err != nil {
			return "", false
		}
		h.Write(p)
	}
	return Encode(h) + "-" + strconv.Itoa(len(parts)), true
}
