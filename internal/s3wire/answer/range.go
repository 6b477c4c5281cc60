package answer

import (
	"strconv"
	"strings"
)

// Range reads a Content-Range, "bytes FIRST-LAST/TOTAL".
func Range(v string) (first, total int64, ok bool) {
	v, ok = strings.CutPrefix(v, "bytes ")
	span, size, ok2 := strings.Cut(v, "/")
	from, _, ok3 := strings.Cut(span, "-")
	first, err1 := strconv.ParseInt(from, 10, 64)
	total, err2 := strconv.ParseInt(size, 10, 64)
	return first, total, ok && ok2 && ok3 && err1 == nil && err2 == nil
}
