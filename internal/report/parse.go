package report

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// longestRow bounds what one row of a foreign report may take.
const longestRow = 1 << 20

// errRow is the cause of every refusal of a row.
var errRow = errors.New("not a row of a completion report")

// parser reads rows: seven fields, quoted or bare, one line each.
type parser struct {
	from *bufio.Reader
	line int
}

// next is the fields of the next row, or io.EOF after the last one.
func (p *parser) next() ([]string, error) {
	p.line++
	var (
		fields []string
		field  []byte
		quoted bool // inside quotes
		closed bool // quotes were opened and closed in this field
		read   int
	)
	for {
		c, err := p.from.ReadByte()
		if err == io.EOF && read == 0 {
			return nil, io.EOF
		}
		if err != nil && err != io.EOF {
			return nil, err
		}
		if read++; read > longestRow {
			return nil, p.wrong("longer than 1 MiB")
		}
		switch {
		case err == io.EOF && quoted:
			return nil, p.wrong("a quote is not closed")
		case err == io.EOF, c == '\n' && !quoted:
			if n := len(field); n > 0 && field[n-1] == '\r' && !closed {
				field = field[:n-1]
			}
			fields = append(fields, string(field))
			if len(fields) != columns {
				return nil, p.wrong(fmt.Sprintf("%d fields instead of %d", len(fields), columns))
			}
			return fields, nil
		case quoted && c == '"':
			if next, err := p.from.Peek(1); err == nil && next[0] == '"' {
				_, _ = p.from.Discard(1)
				read++
				field = append(field, '"')
				continue
			}
			quoted, closed = false, true
		case quoted:
			field = append(field, c)
		case c == ',':
			if len(fields) == columns {
				return nil, p.wrong("too many fields")
			}
			fields, field, closed = append(fields, string(field)), field[:0], false
		case c == '"' && len(field) == 0 && !closed:
			quoted = true
		case closed && c == '\r': // before the newline
		case closed || c == '"':
			return nil, p.wrong("a quote in the wrong place")
		default:
			field = append(field, c)
		}
	}
}

func (p *parser) wrong(why string) error {
	return fmt.Errorf("line %d: %w: %s", p.line, errRow, why)
}
