// Package checksum computes S3's additional checksums: CRC32, CRC32C,
// CRC64NVME, SHA1 and SHA256, of whole objects, of parts, and of objects from
// their parts.
//
// It owns the algorithms and their names; it does not know requests or
// objects. Values are base64, as in headers.
package checksum
