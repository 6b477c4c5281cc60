package manifest

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/transship/transship"
)

// A record is a task as sorting keeps it: the length of the key and the key,
// then the rest. The bucket is the same in a whole manifest and left out.

// Flags of a record.
const (
	isLatest = 1 << iota
	isDeleteMarker
	isFaulty
	rawKeyDiffers
	rawVersionDiffers
	hasTime
)

var errRecord = errors.New("a record of the sort file is damaged")

func appendRecord(b []byte, t *transship.Task) []byte {
	var flags byte
	set := func(on bool, flag byte) {
		if on {
			flags |= flag
		}
	}
	set(t.IsLatest, isLatest)
	set(t.IsDeleteMarker, isDeleteMarker)
	set(t.Fault != nil, isFaulty)
	set(t.RawKey != t.Key, rawKeyDiffers)
	set(t.RawVersion != t.VersionID, rawVersionDiffers)
	set(!t.LastModified.IsZero(), hasTime)

	text := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	text(t.Key)
	b = append(b, flags)
	text(t.VersionID)
	if flags&rawKeyDiffers != 0 {
		text(t.RawKey)
	}
	if flags&rawVersionDiffers != 0 {
		text(t.RawVersion)
	}
	b = binary.AppendVarint(b, t.Size)
	text(t.ETag)
	text(t.StorageClass)
	if flags&hasTime != 0 {
		b = binary.AppendVarint(b, t.LastModified.UnixNano())
	}
	return b
}

// recordKey is the key of a record.
func recordKey(b []byte) []byte {
	n, w := binary.Uvarint(b)
	return b[w : w+int(n)]
}

// parseRecord is the task of a record. The only fault that a reader gives is
// [noVersion].
func parseRecord(b []byte, bucket string) (transship.Task, error) {
	t := transship.Task{Bucket: bucket}
	bad := false
	text := func() string {
		n, w := binary.Uvarint(b)
		if w <= 0 || n > uint64(len(b)-w) {
			bad = true
			return ""
		}
		s := string(b[w : w+int(n)])
		b = b[w+int(n):]
		return s
	}
	number := func() int64 {
		n, w := binary.Varint(b)
		if w <= 0 {
			bad = true
			return 0
		}
		b = b[w:]
		return n
	}
	t.Key = text()
	if bad || len(b) == 0 {
		return t, errRecord
	}
	flags := b[0]
	b = b[1:]
	t.VersionID = text()
	t.RawKey, t.RawVersion = t.Key, t.VersionID
	if flags&rawKeyDiffers != 0 {
		t.RawKey = text()
	}
	if flags&rawVersionDiffers != 0 {
		t.RawVersion = text()
	}
	t.Size = number()
	t.ETag = text()
	t.StorageClass = text()
	if flags&hasTime != 0 {
		t.LastModified = time.Unix(0, number()).UTC()
	}
	t.IsLatest = flags&isLatest != 0
	t.IsDeleteMarker = flags&isDeleteMarker != 0
	if flags&isFaulty != 0 {
		t.Fault = noVersion()
	}
	if bad || len(b) != 0 {
		return t, errRecord
	}
	return t, nil
}

// uvarintLen is how many bytes AppendUvarint takes for n.
func uvarintLen(n int) int {
	length := 1
	for ; n >= 0x80; n >>= 7 {
		length++
	}
	return length
}
