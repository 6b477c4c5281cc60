package store

import (
	"bytes"
	"strings"

	"github.com/cockroachdb/pebble/v2"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/lab/s3/store/record"
)

// ListQuery asks for a page of a bucket in UTF-8 binary order.
type ListQuery struct {
	Bucket, Prefix, Delimiter string
	After                     string // keys up to this one are left out; empty: none
	AfterVersion              string // with Versions: versions of After behind this one are in
	Versions                  bool   // all versions and markers, not only current objects
	Max                       int    // entries and prefixes together
}

// Page is a page of a listing.
type Page struct {
	Versions  []Version // without details
	Prefixes  []string
	Truncated bool
	// Where the next page begins, when truncated: the last entry or prefix.
	NextAfter, NextVersion string
}

// List is a page of versions as of one moment.
func (s *Store) List(q ListQuery) (Page, error) {
	var p Page
	if _, err := s.Bucket(q.Bucket); err != nil {
		return p, err
	}
	if q.Max <= 0 {
		return p, nil
	}
	base := record.InBucket(record.VersionKind, q.Bucket)
	lower := record.AppendEscaped(bytes.Clone(base), q.Prefix)
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: record.Successor(lower)})
	if err != nil {
		return p, err
	}
	defer it.Close()
	walk := walker{it: it, base: base, q: q}
	var previous string // key of the record before, in versions listings
	valid, inside, err := walk.start(s)
	if err != nil {
		return p, err
	}
	if inside {
		previous = q.After
	}
	var hint Version
	for valid {
		key, raw, ok := record.Split(it.Key(), len(base))
		if !ok {
			return p, s.unreadable(q.Bucket, "", record.ErrDamaged)
		}
		v := Version{Bucket: q.Bucket, Key: key, Sequence: ^raw, Latest: key != previous}
		if err := v.Decode(it.Value(), false, &hint); err != nil {
			return p, s.unreadable(q.Bucket, key, err)
		}
		if v.Marker && !q.Versions {
			valid = walk.nextKey()
			continue
		}
		group, grouped := commonPrefix(key, q.Prefix, q.Delimiter)
		if grouped && group == q.After {
			valid = walk.pass(group)
			continue
		}
		if len(p.Versions)+len(p.Prefixes) >= q.Max {
			p.Truncated = true
			break
		}
		if grouped {
			p.Prefixes = append(p.Prefixes, group)
			p.NextAfter, p.NextVersion = group, ""
			valid = walk.pass(group)
			continue
		}
		p.Versions = append(p.Versions, v)
		hint = v
		p.NextAfter, p.NextVersion = key, v.ID
		if q.Versions {
			previous = key
			valid = it.Next()
		} else {
			valid = walk.nextKey()
		}
	}
	if !p.Truncated {
		p.NextAfter, p.NextVersion = "", ""
	}
	return p, it.Error()
}

// commonPrefix is the group that a key belongs to, if it does.
func commonPrefix(key, prefix, delimiter string) (string, bool) {
	if delimiter == "" {
		return "", false
	}
	i := strings.Index(key[len(prefix):], delimiter)
	if i < 0 {
		return "", false
	}
	return key[:len(prefix)+i+len(delimiter)], true
}

type walker struct {
	it   *pebble.Iterator
	base []byte
	of   []byte // the key that nextKey leaves
	q    ListQuery
}

// start goes to the first record behind the query's marker; inside is true
// when newer versions of the same key lie before it.
func (w *walker) start(s *Store) (valid, inside bool, err error) {
	if w.q.After == "" {
		return w.it.First(), false, nil
	}
	of := record.OfKey(record.VersionKind, w.q.Bucket, w.q.After)
	if w.q.AfterVersion == "" {
		return w.it.SeekGE(record.Successor(of)), false, nil
	}
	var sequence uint64
	if w.q.AfterVersion == transship.NullVersion {
		v, err := s.get(w.q.Bucket, w.q.After, transship.NullVersion)
		if transship.CodeOf(err) == transship.NotFound {
			return w.it.SeekGE(record.Successor(of)), false, nil
		}
		if err != nil {
			return false, false, err
		}
		sequence = v.Sequence
	} else {
		id, ok := record.ParseID(w.q.AfterVersion)
		if !ok {
			return false, false, &transship.Error{Code: transship.Invalid, Op: "list versions", Bucket: w.q.Bucket, S3Code: "InvalidArgument", Message: "Invalid version id specified"}
		}
		sequence = id.Sequence()
	}
	return w.it.SeekGE(append(record.VersionKey(w.q.Bucket, w.q.After, sequence), 0)), true, nil
}

// nextKey goes from a version to the first version of the next key.
func (w *walker) nextKey() bool {
	now := w.it.Key()
	w.of = append(w.of[:0], now[:len(now)-record.SequenceBytes]...)
	if !w.it.Next() {
		return false
	}
	if !bytes.HasPrefix(w.it.Key(), w.of) {
		return true
	}
	return w.it.SeekGE(record.Successor(w.of))
}

// pass goes behind all keys of a group.
func (w *walker) pass(group string) bool {
	after := record.Successor(record.AppendEscaped(bytes.Clone(w.base), group))
	return w.it.SeekGE(after)
}
