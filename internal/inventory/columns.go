package inventory

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/transship/transship"
)

// The columns of a CSV inventory that transship reads or writes (reference
// 7.4). Others are passed over in reading.
const (
	ColumnBucket            = "Bucket"
	ColumnKey               = "Key"
	ColumnVersionID         = "VersionId"
	ColumnIsLatest          = "IsLatest"
	ColumnIsDeleteMarker    = "IsDeleteMarker"
	ColumnSize              = "Size"
	ColumnLastModified      = "LastModifiedDate"
	ColumnETag              = "ETag"
	ColumnStorageClass      = "StorageClass"
	ColumnMultipart         = "IsMultipartUploaded"
	ColumnChecksumAlgorithm = "ChecksumAlgorithm"
)

const timeFormat = "2006-01-02T15:04:05.000Z"

// Row is one line of an inventory: the object, and its name byte for byte as
// the data file has it. Size is -1 where the schema or the row has none.
// VersionID is "null" where the column is there and empty (reference 7.5).
type Row struct {
	transship.Object
	RawKey, RawVersion string
}

// columns says at which place of a record each column is; -1: it is not there.
type columns struct {
	bucket, key, version, latest, marker, size, modified, etag, class, algorithm int
}

func newColumns(schema []string) (columns, error) {
	at := func(name string) int { return slices.Index(schema, name) }
	c := columns{at(ColumnBucket), at(ColumnKey), at(ColumnVersionID), at(ColumnIsLatest), at(ColumnIsDeleteMarker),
		at(ColumnSize), at(ColumnLastModified), at(ColumnETag), at(ColumnStorageClass), at(ColumnChecksumAlgorithm)}
	if c.bucket < 0 || c.key < 0 {
		return c, damaged(fmt.Sprintf("fileSchema %q lacks Bucket or Key", strings.Join(schema, ", ")), nil)
	}
	for i, name := range schema {
		if slices.Contains(schema[:i], name) {
			return c, damaged(fmt.Sprintf("fileSchema names the column %q twice", name), nil)
		}
	}
	return c, nil
}

// parse fills row from a record.
func (c columns) parse(f [][]byte, row *Row) error {
	field := func(i int) []byte {
		if i < 0 {
			return nil
		}
		return f[i]
	}
	var err error
	*row = Row{}
	row.Bucket = string(f[c.bucket])
	row.RawKey = string(f[c.key])
	if row.Key, err = DecodeKey(f[c.key]); err != nil {
		return err
	}
	if row.Key == row.RawKey {
		row.Key = row.RawKey // one copy in memory is enough
	}
	if c.version >= 0 {
		row.RawVersion = string(f[c.version])
		row.VersionID = row.RawVersion
		if row.VersionID == "" {
			row.VersionID = transship.NullVersion
		}
	}
	row.IsLatest = string(field(c.latest)) == "true"
	row.IsDeleteMarker = string(field(c.marker)) == "true"
	row.Size = -1
	if s := field(c.size); len(s) > 0 {
		if row.Size, err = strconv.ParseInt(string(s), 10, 64); err != nil || row.Size < 0 {
			return damaged(fmt.Sprintf("the size %q is not a number of bytes", s), nil)
		}
	}
	if s := field(c.modified); len(s) > 0 {
		if row.LastModified, err = time.Parse(time.RFC3339Nano, string(s)); err != nil {
			return damaged(fmt.Sprintf("the date %q is not an ISO 8601 time", s), nil)
		}
	}
	row.ETag = strings.Trim(string(field(c.etag)), `"`)
	row.StorageClass = known(field(c.class))
	row.Checksum.Algorithm = known(field(c.algorithm))
	return nil
}

// known gives the texts that nearly every row repeats without allocating.
func known(b []byte) string {
	switch string(b) {
	case "":
		return ""
	case "STANDARD":
		return "STANDARD"
	case "INTELLIGENT_TIERING":
		return "INTELLIGENT_TIERING"
	case "GLACIER_IR":
		return "GLACIER_IR"
	case "DEEP_ARCHIVE":
		return "DEEP_ARCHIVE"
	case "CRC64NVME":
		return "CRC64NVME"
	}
	return string(b)
}
