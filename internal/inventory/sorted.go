package inventory

import (
	"context"
	"encoding/binary"
	"errors"
	"iter"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/inventory/extsort"
)

// Sorted streams the current objects that a report lists in the order of keys,
// whatever the report's own order: AWS's are unsorted. All rows are read before
// the first is out. What does not fit into memory goes to a file in dir (empty:
// the system's folder). The errors are those of [Reader.Rows].
func (r *Reader) Sorted(ctx context.Context, report *Report, dir string) iter.Seq2[transship.Object, error] {
	return func(yield func(transship.Object, error) bool) {
		sorter := extsort.New(dir, 0)
		defer sorter.Close()
		for o, err := range r.Objects(ctx, report) {
			if err == nil {
				err = unsorted(sorter.Add(o.Key, func(b []byte) []byte { return appendObject(b, o) }))
			}
			if err != nil {
				yield(transship.Object{}, err)
				return
			}
		}
		err := sorter.Each(func(key, value []byte) error {
			o, ok := parseObject(value)
			if !ok {
				return damaged("a record of the sort file is damaged", nil)
			}
			o.Bucket, o.Key = report.SourceBucket, string(key)
			if !yield(o, nil) {
				return errEnough
			}
			return ctx.Err()
		})
		switch {
		case errors.Is(err, errEnough):
		case ctx.Err() != nil:
			yield(transship.Object{}, ctx.Err())
		case err != nil:
			yield(transship.Object{}, unsorted(err))
		}
	}
}

// unsorted says of an error of the sorter what was being done.
func unsorted(err error) error {
	if err == nil {
		return nil
	}
	return &transship.Error{Code: transship.Unavailable, Op: "sort the inventory", Err: err,
		Hint: "the folder for temporary files needs room for the whole inventory"}
}

var errEnough = errors.New("the taker has had enough")

// appendObject is what sorting keeps of a current object besides its key.
func appendObject(b []byte, o transship.Object) []byte {
	modified := int64(0)
	if !o.LastModified.IsZero() {
		modified = o.LastModified.UnixNano()
	}
	b = binary.AppendVarint(b, o.Size)
	b = binary.AppendVarint(b, modified)
	for _, s := range []string{o.VersionID, o.ETag, o.StorageClass, o.Checksum.Algorithm} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return b
}

func parseObject(b []byte) (o transship.Object, ok bool) {
	ok = true
	number := func() int64 {
		n, w := binary.Varint(b)
		if ok = ok && w > 0; ok {
			b = b[w:]
		}
		return n
	}
	text := func() string {
		n, w := binary.Uvarint(b)
		if ok = ok && w > 0 && n <= uint64(len(b)-w); !ok {
			return ""
		}
		s := string(b[w : w+int(n)])
		b = b[w+int(n):]
		return s
	}
	o.IsLatest = true
	o.Size = number()
	if modified := number(); modified != 0 {
		o.LastModified = time.Unix(0, modified).UTC()
	}
	o.VersionID, o.ETag, o.StorageClass, o.Checksum.Algorithm = text(), text(), text(), text()
	return o, ok && len(b) == 0
}
