package operation

import "fmt"

// span is one part: Length bytes from First.
type span struct {
	Number        int
	First, Length int64
}

// cut divides size bytes into at most 10,000 parts of the wanted size, or of a
// larger one in whole MiB if that is needed; none is over limit.
func cut(size, wanted, limit int64) ([]span, error) {
	part := max(wanted, minPart)
	if need := (size + maxParts - 1) / maxParts; need > part {
		part = (need + 1<<20 - 1) >> 20 << 20
	}
	part = min(part, limit)
	if (size+part-1)/part > maxParts {
		return nil, &finalError{400, codeTooLarge, fmt.Sprintf("%d bytes do not fit into %d parts of %d bytes", size, maxParts, limit)}
	}
	spans := make([]span, 0, (size+part-1)/part)
	for first := int64(0); first < size; first += part {
		spans = append(spans, span{len(spans) + 1, first, min(part, size-first)})
	}
	return spans, nil
}

// partLimit is the most that one part takes: what one request takes.
func (c *Copy) partLimit() int64 {
	if c.spec.Stream {
		return c.cfg.PutLimit
	}
	if told := c.toldLimit.Load(); told > 0 {
		return min(told, c.cfg.CopyLimit)
	}
	return c.cfg.CopyLimit
}
