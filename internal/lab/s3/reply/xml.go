package reply

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// Namespace is the one of all of S3's answers.
const Namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

// XML is a document being written.
type XML struct {
	b     []byte
	stack []string
}

// Begin starts a document in S3's namespace.
func Begin(root string) *XML {
	x := &XML{b: make([]byte, 0, 512)}
	x.b = append(x.b, `<?xml version="1.0" encoding="UTF-8"?>`...)
	x.b = append(x.b, "\n<"...)
	x.b = append(x.b, root...)
	x.b = append(x.b, ` xmlns="`+Namespace+`">`...)
	x.stack = append(x.stack, root)
	return x
}

// BeginPlain starts a document without namespace, as error documents are.
func BeginPlain(root string) *XML {
	x := &XML{b: make([]byte, 0, 512)}
	x.b = append(x.b, `<?xml version="1.0" encoding="UTF-8"?>`...)
	x.b = append(x.b, '\n')
	return x.Open(root)
}

// Open starts an element.
func (x *XML) Open(name string) *XML {
	x.b = append(x.b, '<')
	x.b = append(x.b, name...)
	x.b = append(x.b, '>')
	x.stack = append(x.stack, name)
	return x
}

// Close ends the element that was opened last.
func (x *XML) Close() *XML {
	name := x.stack[len(x.stack)-1]
	x.stack = x.stack[:len(x.stack)-1]
	x.b = append(x.b, '<', '/')
	x.b = append(x.b, name...)
	x.b = append(x.b, '>')
	return x
}

// Text is an element with text, also an empty one.
func (x *XML) Text(name, text string) *XML {
	x.Open(name)
	x.b = appendText(x.b, text)
	return x.Close()
}

// Chars is text inside the element that is open.
func (x *XML) Chars(text string) *XML {
	x.b = appendText(x.b, text)
	return x
}

// Some is an element with text, left out when the text is empty.
func (x *XML) Some(name, text string) *XML {
	if text == "" {
		return x
	}
	return x.Text(name, text)
}

// Int is an element with a number.
func (x *XML) Int(name string, n int64) *XML {
	x.Open(name)
	x.b = strconv.AppendInt(x.b, n, 10)
	return x.Close()
}

// Bool is an element with true or false.
func (x *XML) Bool(name string, v bool) *XML { return x.Text(name, strconv.FormatBool(v)) }

// Time is an element with a moment; S3 shows whole seconds of objects.
func (x *XML) Time(name string, t time.Time) *XML {
	x.Open(name)
	x.b = t.UTC().Truncate(time.Second).AppendFormat(x.b, "2006-01-02T15:04:05.000Z")
	return x.Close()
}

// ETag is an element with a quoted entity tag.
func (x *XML) ETag(etag string) *XML { return x.Text("ETag", `"`+etag+`"`) }

// Bytes closes what is open and gives the document.
func (x *XML) Bytes() []byte {
	for len(x.stack) > 0 {
		x.Close()
	}
	return x.b
}

// appendText escapes text. Control characters become references, as AWS sends
// them, though XML 1.0 has no way to hold them: clients that expect such keys
// ask for encoding-type=url.
func appendText(dst []byte, s string) []byte {
	last := 0
	for i := 0; i < len(s); {
		c := s[i]
		size := 1
		var esc string
		switch {
		case c == '&':
			esc = "&amp;"
		case c == '<':
			esc = "&lt;"
		case c == '>':
			esc = "&gt;"
		case c == '"':
			esc = "&quot;"
		case c < 0x20 && c != '\t' && c != '\n' || c == 0x7f:
			esc = "&#x" + strconv.FormatUint(uint64(c), 16) + ";"
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(s[i:])
			size = n
			if r == utf8.RuneError && n == 1 {
				esc = "\uFFFD"
			} else if r == 0xfffe || r == 0xffff {
				esc = "&#x" + strconv.FormatUint(uint64(r), 16) + ";"
			}
		}
		if esc != "" {
			dst = append(dst, s[last:i]...)
			dst = append(dst, esc...)
			last = i + size
		}
		i += size
	}
	return append(dst, s[last:]...)
}

// EncodeURL is a key as encoding-type=url shows it: everything but letters,
// digits and - _ . / * is escaped, and a blank is a plus sign.
func EncodeURL(s string) string {
	const hex = "0123456789ABCDEF"
	var b []byte
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.', c == '/', c == '*':
			b = append(b, c)
		case c == ' ':
			b = append(b, '+')
		default:
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(b)
}
