package manifest

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/transship/transship"
)

// A record is a task as sorting keeps it, under its key. The bucket is the same
// in a whole manifest and left out.

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

// parseRecord is the task of a record, without its bucket. The only fault that
// a reader gives is [noVersion].
func parseRecord(key string, b []byte) (transship.Task, error) {
	t := transship.Task{Key: key}
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
	if len(b) == 0 {
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
