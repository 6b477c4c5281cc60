package request

import (
	"math"
	"strconv"
	"strings"

	"github.com/transship/transship/internal/lab/s3/reply"
)

// Range is a piece of a body.
type Range struct{ First, Length int64 }

// ParseRange reads a Range header for a body of that size. Not ok: there is
// none, or one that S3 does not look at (several ranges, another unit, a
// broken one), and the whole body is meant.
func ParseRange(header string, size int64) (r Range, ok bool, err error) {
	spec, found := strings.CutPrefix(header, "bytes=")
	if !found || strings.Contains(spec, ",") {
		return Range{}, false, nil
	}
	from, to, found := strings.Cut(strings.TrimSpace(spec), "-")
	if !found {
		return Range{}, false, nil
	}
	unsatisfiable := func() (Range, bool, error) {
		return Range{}, false, reply.New("InvalidRange").With("RangeRequested", header).With("ActualObjectSize", strconv.FormatInt(size, 10))
	}
	if from == "" {
		n, good := digits(to)
		if !good {
			return Range{}, false, nil
		}
		if n == 0 || size == 0 {
			return unsatisfiable()
		}
		n = min(n, size)
		return Range{size - n, n}, true, nil
	}
	first, good := digits(from)
	last := int64(math.MaxInt64)
	if good && to != "" {
		last, good = digits(to)
	}
	if !good || last < first {
		return Range{}, false, nil
	}
	if first >= size {
		return unsatisfiable()
	}
	last = min(last, size-1)
	return Range{first, last - first + 1}, true, nil
}

// ParseCopyRange reads x-amz-copy-source-range, bytes=first-last, which must
// lie inside a source of that size.
func ParseCopyRange(header string, size int64) (Range, error) {
	const name = "x-amz-copy-source-range"
	spec, found := strings.CutPrefix(header, "bytes=")
	from, to, dash := strings.Cut(spec, "-")
	first, ok1 := digits(from)
	last, ok2 := digits(to)
	if !found || !dash || !ok1 || !ok2 || last < first {
		return Range{}, reply.Argument(name, header, "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy")
	}
	if last >= size {
		return Range{}, reply.Argument(name, header, "Range specified is not valid for source object of size: "+strconv.FormatInt(size, 10))
	}
	return Range{first, last - first + 1}, nil
}

func digits(s string) (int64, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil { // more than an int64 holds: behind every end
		return math.MaxInt64, true
	}
	return n, true
}
