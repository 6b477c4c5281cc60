package record

import (
	"bytes"
	"encoding/base32"
	"encoding/binary"
	"strings"
)

// Kinds of records: the first byte of a record's key.
const (
	BucketKind  = 'b'
	VersionKind = 'o'
	UploadKind  = 'u'
	PartKind    = 'p'
	InlineKind  = 'i'
	RefKind     = 'r'
	SettingKind = 's'
)

const (
	// SequenceBytes is the length of what ends the key of a version or upload.
	SequenceBytes = 8
	randomBytes   = 12 // of a version's or an upload's id
)

// BucketKey is where a bucket lies.
func BucketKey(name string) []byte { return append([]byte{BucketKind}, name...) }

// InBucket is the prefix of all records of one kind in a bucket.
func InBucket(kind byte, bucket string) []byte {
	b := make([]byte, 0, len(bucket)+2)
	b = append(b, kind)
	b = append(b, bucket...)
	return append(b, 0)
}

// AppendEscaped appends an object's key, or a prefix of one, such that order
// and prefixes are kept.
func AppendEscaped(dst []byte, key string) []byte {
	for {
		i := strings.IndexByte(key, 0)
		if i < 0 {
			return append(dst, key...)
		}
		dst = append(dst, key[:i]...)
		dst = append(dst, 0, 0xff)
		key = key[i+1:]
	}
}

// OfKey is the prefix of all records of one kind for one object key.
func OfKey(kind byte, bucket, key string) []byte {
	b := make([]byte, 0, len(bucket)+len(key)+4+SequenceBytes+2)
	b = append(b, kind)
	b = append(b, bucket...)
	b = append(b, 0)
	b = AppendEscaped(b, key)
	return append(b, 0, 1)
}

// VersionKey is where a version lies.
func VersionKey(bucket, key string, sequence uint64) []byte {
	return binary.BigEndian.AppendUint64(OfKey(VersionKind, bucket, key), ^sequence)
}

// UploadKey is where an upload lies.
func UploadKey(bucket, key string, sequence uint64) []byte {
	return binary.BigEndian.AppendUint64(OfKey(UploadKind, bucket, key), sequence)
}

// PartsOf is the prefix of all parts of an upload.
func PartsOf(id ID) []byte { return append([]byte{PartKind}, id[:]...) }

// PartKey is where a part lies.
func PartKey(id ID, number int) []byte {
	return binary.BigEndian.AppendUint16(PartsOf(id), uint16(number))
}

// BodyKey is where a small body or the count of a file lies.
func BodyKey(kind byte, id BodyID) []byte { return append([]byte{kind}, id[:]...) }

// Split takes the object key and the raw sequence out of a record's key
// whose bucket prefix has n bytes.
func Split(raw []byte, n int) (key string, sequence uint64, ok bool) {
	end := len(raw) - SequenceBytes - 2
	if end < n || raw[end] != 0 || raw[end+1] != 1 {
		return "", 0, false
	}
	escaped := raw[n:end]
	if bytes.IndexByte(escaped, 0) >= 0 {
		escaped = bytes.ReplaceAll(escaped, []byte{0, 0xff}, []byte{0})
	}
	return string(escaped), binary.BigEndian.Uint64(raw[end+2:]), true
}

// Successor is the first key after all keys that begin with prefix.
func Successor(prefix []byte) []byte {
	b := bytes.Clone(prefix)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] != 0xff {
			b[i]++
			return b[:i+1]
		}
	}
	return nil
}

// ID names a version or an upload: the sequence in which it was made and
// random bytes that nobody can guess.
type ID [SequenceBytes + randomBytes]byte

var idText = base32.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZ.23456").WithPadding(base32.NoPadding)

// String is the id as clients see it: 32 letters and digits.
func (id ID) String() string { return idText.EncodeToString(id[:]) }

// Sequence is the place of the id in the order of all ids.
func (id ID) Sequence() uint64 { return binary.BigEndian.Uint64(id[:]) }

// ParseID is the id with that text; false when it is not one of this store's.
func ParseID(s string) (id ID, ok bool) {
	if len(s) != idText.EncodedLen(len(id)) {
		return ID{}, false
	}
	n, err := idText.Decode(id[:], []byte(s))
	return id, err == nil && n == len(id)
}

// BodyID names a body's file or inline record.
type BodyID [16]byte
