package verify

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"iter"
	"strings"

	"github.com/transship/transship"
)

// cursor reads one side's listing.
type cursor struct {
	name   string
	side   Side
	pull   func() (transship.Object, error, bool)
	stop   func()
	has    bool
	key    string // of object, without the side's prefix
	object transship.Object

	totals         Totals
	names, content hash.Hash
}

func open(name string, side Side) *cursor {
	pull, stop := iter.Pull2(side.Objects)
	return &cursor{name: name, side: side, pull: pull, stop: stop, names: sha256.New(), content: sha256.New(),
		totals: Totals{Bucket: side.Bucket, Prefix: side.Prefix}}
}

func (r *cursor) next() error {
	o, err, ok := r.pull()
	if err != nil {
		return &transship.Error{Code: transship.CodeOf(err), Op: "verify: list the " + r.name, Bucket: r.side.Bucket, Err: err}
	}
	had, last := r.has, r.key
	if r.has = ok; !ok {
		return nil
	}
	var under bool
	if r.key, under = strings.CutPrefix(o.Key, r.side.Prefix); !under {
		return r.disorder(fmt.Sprintf("the key %q is outside of the prefix %q", o.Key, r.side.Prefix))
	}
	if had && r.key <= last {
		return r.disorder(fmt.Sprintf("the key %q came after %q", o.Key, r.side.Prefix+last))
	}
	r.object = o
	r.totals.Objects++
	r.totals.Bytes += o.Size
	record := make([]byte, 0, 256)
	record = binary.BigEndian.AppendUint32(record, uint32(len(r.key)))
	record = append(record, r.key...)
	record = binary.BigEndian.AppendUint64(record, uint64(o.Size))
	r.names.Write(record)
	record = binary.BigEndian.AppendUint32(record, uint32(len(o.ETag)))
	r.content.Write(append(record, o.ETag...))
	return nil
}

func (r *cursor) disorder(message string) error {
	return &transship.Error{Code: transship.Damaged, Op: "verify", Bucket: r.side.Bucket,
		Message: "the listing of the " + r.name + " is out of order: " + message}
}

func (r *cursor) sum() Totals {
	r.totals.Digest = hex.EncodeToString(r.names.Sum(nil))
	r.totals.ContentDigest = hex.EncodeToString(r.content.Sum(nil))
	return r.totals
}
