package record

import "github.com/transship/transship"

// Encode is the record of an upload.
func (u *Upload) Encode() []byte {
	var f fields
	f.bytes(fID, u.ID[:])
	f.time(fModified, u.Initiated)
	f.text(fOwner, u.Owner)
	f.text(fStorageClass, u.StorageClass)
	f.text(fChecksumAlgo, u.ChecksumAlgo)
	f.text(fChecksumType, u.ChecksumType)
	f.text(fInitiator, u.Initiator)
	u.Detail.encode(&f)
	return f.b
}

// Decode fills in an upload.
func (u *Upload) Decode(b []byte) error {
	return eachField(b, func(n int, p []byte) bool {
		switch n {
		case fID:
			copy(u.ID[:], p)
		case fModified:
			u.Initiated = moment(p)
		case fOwner:
			u.Owner = string(p)
		case fStorageClass:
			u.StorageClass = string(p)
		case fChecksumAlgo:
			u.ChecksumAlgo = string(p)
		case fChecksumType:
			u.ChecksumType = string(p)
		case fInitiator:
			u.Initiator = string(p)
		default:
			u.Detail.decode(n, p)
		}
		return true
	})
}

// Encode is the record of a part.
func (p *Part) Encode() []byte {
	var f fields
	f.number(fSize, p.Size)
	f.text(fETag, p.ETag)
	f.time(fModified, p.Modified)
	f.text(fChecksumAlgo, p.Checksum.Algorithm)
	f.text(fChecksum, p.Checksum.Value)
	encodeSegments(&f, p.Segments)
	return f.b
}

// Decode fills in a part.
func (p *Part) Decode(b []byte) error {
	err := eachField(b, func(n int, v []byte) bool {
		switch n {
		case fSize:
			p.Size = number(v)
		case fETag:
			p.ETag = string(v)
		case fModified:
			p.Modified = moment(v)
		case fChecksumAlgo:
			p.Checksum.Algorithm = string(v)
		case fChecksum:
			p.Checksum.Value = string(v)
		case fSegment:
			p.Segments = append(p.Segments, decodeSegment(v))
		}
		return true
	})
	if p.Checksum != (transship.Checksum{}) {
		p.Checksum.Type = "FULL_OBJECT"
	}
	return err
}

// Encode is the record of a bucket.
func (b *Bucket) Encode() []byte {
	var f fields
	f.text(1, b.Owner)
	f.text(2, b.Region)
	f.time(3, b.Created)
	f.text(4, b.Ownership)
	f.text(5, b.Versioning)
	f.text(6, string(b.Policy))
	return f.b
}

// Decode fills in a bucket.
func (b *Bucket) Decode(raw []byte) error {
	return eachField(raw, func(n int, p []byte) bool {
		switch n {
		case 1:
			b.Owner = string(p)
		case 2:
			b.Region = string(p)
		case 3:
			b.Created = moment(p)
		case 4:
			b.Ownership = string(p)
		case 5:
			b.Versioning = string(p)
		case 6:
			b.Policy = append([]byte(nil), p...)
		}
		return true
	})
}
