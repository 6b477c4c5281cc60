package inventory

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/transship/transship"
)

// Fields lists the optional columns that a listing can fill, in canonical
// order. ChecksumAlgorithm is filled where the listing names one.
func Fields() []string {
	return []string{ColumnSize, ColumnLastModified, ColumnETag, ColumnStorageClass, ColumnMultipart, ColumnChecksumAlgorithm}
}

// columnsFor is the schema of a report. A field that a listing does not tell is
// refused: an empty column would say that there is nothing.
func columnsFor(versions bool, fields []string) ([]string, error) {
	columns := []string{ColumnBucket, ColumnKey}
	if versions {
		columns = append(columns, ColumnVersionID, ColumnIsLatest, ColumnIsDeleteMarker)
	}
	for _, f := range fields {
		if !slices.Contains(Fields(), f) {
			return nil, &transship.Error{Code: transship.Unsupported, Op: "write the inventory",
				Message: fmt.Sprintf("the field %q cannot be had from a listing", f),
				Hint:    "choose from " + strings.Join(Fields(), ", ")}
		}
	}
	for _, f := range Fields() {
		if slices.Contains(fields, f) {
			columns = append(columns, f)
		}
	}
	return columns, nil
}

// appendRow is a line of a data file: every field quoted (reference 7.4).
func appendRow(b []byte, columns []string, bucket string, o transship.Object) []byte {
	for i, column := range columns {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		switch column {
		case ColumnBucket:
			b = append(b, bucket...)
		case ColumnKey:
			b = AppendKey(b, o.Key)
		case ColumnVersionID:
			if o.VersionID != transship.NullVersion {
				b = append(b, o.VersionID...)
			}
		case ColumnIsLatest:
			b = strconv.AppendBool(b, o.IsLatest)
		case ColumnIsDeleteMarker:
			b = strconv.AppendBool(b, o.IsDeleteMarker)
		case ColumnLastModified:
			if !o.LastModified.IsZero() {
				b = o.LastModified.UTC().AppendFormat(b, timeFormat)
			}
		case ColumnChecksumAlgorithm:
			b = append(b, o.Checksum.Algorithm...)
		default:
			if !o.IsDeleteMarker {
				b = appendContent(b, column, o)
			}
		}
		b = append(b, '"')
	}
	return append(b, '\n')
}

// appendContent is a column that a delete marker leaves empty.
func appendContent(b []byte, column string, o transship.Object) []byte {
	switch column {
	case ColumnSize:
		b = strconv.AppendInt(b, o.Size, 10)
	case ColumnETag:
		b = append(b, o.ETag...)
	case ColumnStorageClass:
		if o.StorageClass == "" {
			return append(b, "STANDARD"...)
		}
		b = append(b, o.StorageClass...)
	case ColumnMultipart:
		b = strconv.AppendBool(b, strings.Contains(o.ETag, "-"))
	}
	return b
}
