package csvscan

import (
	"bytes"
	"fmt"
	"io"
)

// MaxLine is the longest line that is read, in bytes.
const MaxLine = 1 << 20

const firstBuffer = 64 << 10

// SyntaxError is a line that breaks the grammar. Line counts from 1.
type SyntaxError struct {
	Line    int64
	Message string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d %s", e.Line, e.Message) }

// Scanner reads records one by one. It is not safe for concurrent use.
type Scanner struct {
	from    io.Reader
	buf     []byte
	r, w    int // unread bytes are buf[r:w]
	seen    int // buf[r:r+seen] is known to hold no line end
	ended   bool
	line    int64
	columns int
	fields  [][]byte
	err     error
}

// New is a scanner on from. Columns is the number of fields that every record
// must have; 0 takes it from the first record.
func New(from io.Reader, columns int) *Scanner {
	return &Scanner{from: from, columns: columns, buf: make([]byte, firstBuffer)}
}

// Line is the number of the record that Next read last, from 1.
func (s *Scanner) Line() int64 { return s.line }

// Fields are the unquoted fields of the record that Next read last. They are
// valid until the next call of Next.
func (s *Scanner) Fields() [][]byte { return s.fields }

// Err is a [SyntaxError], the reader's error, or nil at the end of the text.
func (s *Scanner) Err() error { return s.err }

// Next reads a record. It is false at the end of the text and after an error.
func (s *Scanner) Next() bool {
	if s.err != nil {
		return false
	}
	line, ok := s.nextLine()
	if !ok {
		return false
	}
	s.line++
	if s.line == 1 && bytes.HasPrefix(line, []byte("\xef\xbb\xbf")) {
		return s.fail("begins with a byte order mark")
	}
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	if len(line) == 0 {
		return s.fail("is empty")
	}
	if !s.split(line) {
		return false
	}
	if s.columns == 0 {
		s.columns = len(s.fields)
	}
	if len(s.fields) != s.columns {
		return s.fail(fmt.Sprintf("has %d columns, not %d", len(s.fields), s.columns))
	}
	return true
}

func (s *Scanner) fail(message string) bool {
	s.err = &SyntaxError{Line: s.line, Message: message}
	return false
}

// nextLine is the next line without its "\n"; false at the end or on an error.
func (s *Scanner) nextLine() ([]byte, bool) {
	for {
		if i := bytes.IndexByte(s.buf[s.r+s.seen:s.w], '\n'); i >= 0 {
			line := s.buf[s.r : s.r+s.seen+i]
			s.r += s.seen + i + 1
			s.seen = 0
			if len(line) > MaxLine {
				s.line++
				return nil, s.fail("is longer than a line may be")
			}
			return line, true
		}
		s.seen = s.w - s.r
		if s.seen > MaxLine {
			s.line++
			return nil, s.fail("is longer than a line may be")
		}
		if s.ended {
			line := s.buf[s.r:s.w]
			s.r, s.seen = s.w, 0
			return line, len(line) > 0
		}
		if !s.fill() {
			return nil, false
		}
	}
}

// fill reads more text behind what is unread.
func (s *Scanner) fill() bool {
	if s.r > 0 {
		copy(s.buf, s.buf[s.r:s.w])
		s.w -= s.r
		s.r = 0
	}
	if s.w == len(s.buf) {
		larger := make([]byte, 2*len(s.buf))
		copy(larger, s.buf)
		s.buf = larger
	}
	for range 100 {
		n, err := s.from.Read(s.buf[s.w:])
		s.w += n
		if err == io.EOF {
			s.ended = true
			return true
		}
		if err != nil {
			s.err = err
			return false
		}
		if n > 0 {
			return true
		}
	}
	s.err = io.ErrNoProgress
	return false
}

// split cuts a line into fields, which stay in the line's memory.
func (s *Scanner) split(line []byte) bool {
	s.fields = s.fields[:0]
	for {
		var field []byte
		var more bool
		if len(line) > 0 && line[0] == '"' {
			var rest []byte
			var message string
			if field, rest, message = quoted(line); message != "" {
				return s.fail(message)
			}
			if more = len(rest) > 0; more {
				line = rest[1:]
			}
		} else {
			if field, line, more = bytes.Cut(line, []byte{','}); bytes.IndexByte(field, '"') >= 0 {
				return s.fail("has a quote inside of a field that is not quoted")
			}
		}
		s.fields = append(s.fields, field)
		if !more {
			return true
		}
	}
}

// quoted reads the field at the beginning of line and returns what follows it:
// nothing, or a comma and the rest.
func quoted(line []byte) (field, rest []byte, message string) {
	end := bytes.IndexByte(line[1:], '"') + 1
	if end == 0 {
		return nil, nil, "has a quoted field that does not end on the line"
	}
	if end+1 == len(line) || line[end+1] == ',' {
		return line[1:end], line[end+1:], ""
	}
	// A doubled quote: the field is moved together where it lies.
	w, r := end, end
	for {
		if r+1 == len(line) || line[r+1] == ',' {
			return line[1:w], line[r+1:], ""
		}
		if line[r+1] != '"' {
			return nil, nil, "has text behind a closing quote"
		}
		line[w] = '"'
		w++
		r += 2
		next := bytes.IndexByte(line[r:], '"')
		if next < 0 {
			return nil, nil, "has a quoted field that does not end on the line"
		}
		w += copy(line[w:], line[r:r+next])
		r += next
	}
}
