package payload

import (
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"strings"

	"github.com/transship/transship"
)

// checksum is the hash of an algorithm as S3 names it.
func checksum(algorithm string) (hash.Hash, error) {
	switch algorithm {
	case "CRC32":
		return crc32.NewIEEE(), nil
	case "CRC32C":
		return crc32.New(crc32.MakeTable(crc32.Castagnoli)), nil
	case "CRC64NVME":
		return crc64.New(crc64.MakeTable(0x9a6c9329ac4bc9b5)), nil
	case "SHA1":
		return sha1.New(), nil
	case "SHA256":
		return sha256.New(), nil
	}
	return nil, &transship.Error{Code: transship.Unsupported, Message: fmt.Sprintf("checksum algorithm %q is not CRC32, CRC32C, CRC64NVME, SHA1 or SHA256", algorithm)}
}

// ChecksumHeader is the name of the header or trailer that carries an
// algorithm's checksum.
func ChecksumHeader(algorithm string) string { return "x-amz-checksum-" + strings.ToLower(algorithm) }
