package record

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/transship/transship"
)

// Records are lists of fields, each a number, a length and bytes, so that
// later versions of the program can add fields. Lists of fields nest. What a
// listing needs comes first.

// ErrDamaged means that bytes are no record.
var ErrDamaged = errors.New("record is damaged")

type fields struct{ b []byte }

func (f *fields) bytes(n int, p []byte) {
	f.b = binary.AppendUvarint(f.b, uint64(n))
	f.b = binary.AppendUvarint(f.b, uint64(len(p)))
	f.b = append(f.b, p...)
}

func (f *fields) text(n int, s string) {
	if s == "" {
		return
	}
	f.b = binary.AppendUvarint(f.b, uint64(n))
	f.b = binary.AppendUvarint(f.b, uint64(len(s)))
	f.b = append(f.b, s...)
}

func (f *fields) number(n int, v int64) {
	if v == 0 {
		return
	}
	var buf [binary.MaxVarintLen64]byte
	f.bytes(n, buf[:binary.PutVarint(buf[:], v)])
}

func (f *fields) flag(n int, v bool) {
	if v {
		f.number(n, 1)
	}
}

func (f *fields) time(n int, t time.Time) {
	if !t.IsZero() {
		f.number(n, t.UnixNano())
	}
}

// eachField calls do for the fields of a record in order until do says stop.
func eachField(b []byte, do func(n int, p []byte) (goOn bool)) error {
	for len(b) > 0 {
		n, used := binary.Uvarint(b)
		if used <= 0 {
			return ErrDamaged
		}
		b = b[used:]
		size, used := binary.Uvarint(b)
		if used <= 0 || size > uint64(len(b)-used) {
			return ErrDamaged
		}
		if !do(int(n), b[used:used+int(size)]) {
			return nil
		}
		b = b[used+int(size):]
	}
	return nil
}

func number(p []byte) int64 {
	v, _ := binary.Varint(p)
	return v
}

func moment(p []byte) time.Time { return time.Unix(0, number(p)).UTC() }

// Field numbers of a version; those below firstDetail are what listings show.
const (
	fID = iota + 1
	fMarker
	fSize
	fETag
	fModified
	fOwner
	fStorageClass
	fChecksumAlgo
	fChecksumType
	fInitiator
	firstDetail   = 20
	fChecksum     = 20
	fTag          = 21
	fACL          = 22
	fPart         = 23
	fSegment      = 24
	fCacheControl = 30
	fDisposition  = 31
	fEncoding     = 32
	fLanguage     = 33
	fContentType  = 34
	fExpires      = 35
	fMetadata     = 36
	fSSE          = 37
	fRedirect     = 38
)

// Encode is the record of a version; what its key says is not in it.
func (v *Version) Encode() []byte {
	f := fields{make([]byte, 0, 256)}
	if v.ID != transship.NullVersion {
		f.text(fID, v.ID)
	}
	f.flag(fMarker, v.Marker)
	f.number(fSize, v.Size)
	f.text(fETag, v.ETag)
	f.time(fModified, v.Modified)
	f.text(fOwner, v.Owner)
	f.text(fStorageClass, v.StorageClass)
	f.text(fChecksumAlgo, v.ChecksumAlgo)
	f.text(fChecksumType, v.ChecksumType)
	v.Detail.encode(&f)
	return f.b
}

// Decode fills in v, its details only when asked for. Values that most versions of a page have in common are
// taken from hint, so that a listing does not make them again.
func (v *Version) Decode(b []byte, detail bool, hint *Version) error {
	v.ID = transship.NullVersion
	return eachField(b, func(n int, p []byte) bool {
		switch n {
		case fID:
			v.ID = string(p)
		case fMarker:
			v.Marker = true
		case fSize:
			v.Size = number(p)
		case fETag:
			v.ETag = string(p)
		case fModified:
			v.Modified = moment(p)
		case fOwner:
			v.Owner = same(hint.Owner, p)
		case fStorageClass:
			v.StorageClass = same(hint.StorageClass, p)
		case fChecksumAlgo:
			v.ChecksumAlgo = same(hint.ChecksumAlgo, p)
		case fChecksumType:
			v.ChecksumType = same(hint.ChecksumType, p)
		default:
			if n >= firstDetail && !detail {
				return false
			}
			v.Detail.decode(n, p)
		}
		return true
	})
}

func same(old string, p []byte) string {
	if old == string(p) {
		return old
	}
	return string(p)
}

func (d *Detail) encode(f *fields) {
	f.text(fChecksum, d.Checksum)
	for _, t := range d.Tags {
		var g fields
		g.text(1, t.Key)
		g.text(2, t.Value)
		f.bytes(fTag, g.b)
	}
	f.text(fACL, d.ACL)
	for _, p := range d.Parts {
		var g fields
		g.number(1, int64(p.Number))
		g.number(2, p.Size)
		g.text(3, p.Checksum)
		f.bytes(fPart, g.b)
	}
	encodeSegments(f, d.Segments)
	a := &d.Attributes
	f.text(fCacheControl, a.CacheControl)
	f.text(fDisposition, a.ContentDisposition)
	f.text(fEncoding, a.ContentEncoding)
	f.text(fLanguage, a.ContentLanguage)
	f.text(fContentType, a.ContentType)
	f.text(fExpires, a.Expires)
	for k, v := range a.UserMetadata {
		var g fields
		g.text(1, k)
		g.text(2, v)
		f.bytes(fMetadata, g.b)
	}
	f.text(fSSE, a.SSE)
	f.text(fRedirect, a.RedirectLocation)
}

func (d *Detail) decode(n int, p []byte) {
	a := &d.Attributes
	switch n {
	case fChecksum:
		d.Checksum = string(p)
	case fTag:
		k, v := pair(p)
		d.Tags = append(d.Tags, transship.Tag{Key: k, Value: v})
	case fACL:
		d.ACL = string(p)
	case fPart:
		var s PartSize
		eachField(p, func(n int, p []byte) bool {
			switch n {
			case 1:
				s.Number = int(number(p))
			case 2:
				s.Size = number(p)
			case 3:
				s.Checksum = string(p)
			}
			return true
		})
		d.Parts = append(d.Parts, s)
	case fSegment:
		d.Segments = append(d.Segments, decodeSegment(p))
	case fCacheControl:
		a.CacheControl = string(p)
	case fDisposition:
		a.ContentDisposition = string(p)
	case fEncoding:
		a.ContentEncoding = string(p)
	case fLanguage:
		a.ContentLanguage = string(p)
	case fContentType:
		a.ContentType = string(p)
	case fExpires:
		a.Expires = string(p)
	case fMetadata:
		if a.UserMetadata == nil {
			a.UserMetadata = map[string]string{}
		}
		k, v := pair(p)
		a.UserMetadata[k] = v
	case fSSE:
		a.SSE = string(p)
	case fRedirect:
		a.RedirectLocation = string(p)
	}
}

func pair(p []byte) (k, v string) {
	eachField(p, func(n int, p []byte) bool {
		switch n {
		case 1:
			k = string(p)
		case 2:
			v = string(p)
		}
		return true
	})
	return k, v
}

func encodeSegments(f *fields, segments []Segment) {
	for _, s := range segments {
		var g fields
		g.bytes(1, s.ID[:])
		g.number(2, s.Size)
		g.flag(3, s.Inline)
		f.bytes(fSegment, g.b)
	}
}

func decodeSegment(p []byte) (s Segment) {
	eachField(p, func(n int, p []byte) bool {
		switch n {
		case 1:
			copy(s.ID[:], p)
		case 2:
			s.Size = number(p)
		case 3:
			s.Inline = true
		}
		return true
	})
	return s
}
