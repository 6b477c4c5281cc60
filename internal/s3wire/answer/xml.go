package answer

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

var errXML = errors.New("the answer is not well-formed XML, or it broke off")

// maxDepth is deeper than any answer of S3.
const maxDepth = 16

// elements walks an XML document without reflection and calls f at the end of
// each element with its parent's name, its own, and its text (empty for one
// with children, valid until f returns). The root's name goes to root before.
// Prefixes of namespaces are left out. A document that is not whole is an
// error.
func elements(doc []byte, root *string, f func(parent, name string, text []byte)) error {
	var stack [maxDepth]string
	depth := 0
	var text, plain []byte
	leaf, done := false, false
	pos := 0
	for {
		i := bytes.IndexByte(doc[pos:], '<')
		if i < 0 {
			if !done || len(bytes.TrimSpace(doc[pos:])) > 0 {
				return errXML
			}
			return nil
		}
		if depth == 0 && len(bytes.TrimSpace(trimBOM(doc[pos:pos+i]))) > 0 {
			return errXML
		}
		if leaf {
			text = append(text, doc[pos:pos+i]...)
		}
		pos += i
		rest := doc[pos:]
		switch {
		case bytes.HasPrefix(rest, []byte("<?")):
			if pos = skip(doc, pos, "?>"); pos < 0 {
				return errXML
			}
			continue
		case bytes.HasPrefix(rest, []byte("<!--")):
			if pos = skip(doc, pos, "-->"); pos < 0 {
				return errXML
			}
			continue
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			end := skip(doc, pos, "]]>")
			if end < 0 || depth == 0 {
				return errXML
			}
			if leaf {
				text = append(text, escaped(doc[pos+9:end-3])...)
			}
			pos = end
			continue
		case bytes.HasPrefix(rest, []byte("<!")):
			return errXML // no document of S3 declares a type
		}
		end := tagEnd(rest)
		if end < 0 {
			return errXML
		}
		tag := rest[1:end]
		pos += end + 1
		if len(tag) > 0 && tag[0] == '/' {
			name := tagName(tag[1:])
			if depth == 0 || stack[depth-1] != string(name) {
				return errXML
			}
			depth--
			parent := ""
			if depth > 0 {
				parent = stack[depth-1]
			}
			value := text
			if !leaf {
				value = nil
			} else if bytes.IndexByte(text, '&') >= 0 {
				var err error
				if plain, err = unescapeXML(plain[:0], text); err != nil {
					return err
				}
				value = plain
			}
			f(parent, stack[depth], value)
			leaf, done = false, depth == 0
			continue
		}
		closed := len(tag) > 0 && tag[len(tag)-1] == '/'
		if closed {
			tag = tag[:len(tag)-1]
		}
		name := intern(tagName(tag))
		if name == "" || done || depth == maxDepth {
			return errXML
		}
		if depth == 0 {
			*root = name
		}
		if closed {
			parent := ""
			if depth > 0 {
				parent = stack[depth-1]
			}
			f(parent, name, nil)
			leaf, done = false, depth == 0
			continue
		}
		stack[depth] = name
		depth++
		text, leaf = text[:0], true
	}
}

func trimBOM(b []byte) []byte { return bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")) }

func skip(doc []byte, pos int, end string) int {
	i := bytes.Index(doc[pos:], []byte(end))
	if i < 0 {
		return -1
	}
	return pos + i + len(end)
}

// tagEnd finds the ">" that ends a tag, past those in quoted attributes.
func tagEnd(b []byte) int {
	var quote byte
	for i, c := range b {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i
		}
	}
	return -1
}

func tagName(tag []byte) []byte {
	if i := bytes.IndexAny(tag, " \t\r\n"); i >= 0 {
		tag = tag[:i]
	}
	if i := bytes.IndexByte(tag, ':'); i >= 0 {
		tag = tag[i+1:]
	}
	return tag
}

// escaped hides the ampersands of CDATA from the unescaping to come.
func escaped(b []byte) []byte { return bytes.ReplaceAll(b, []byte("&"), []byte("&amp;")) }

func unescapeXML(dst, b []byte) ([]byte, error) {
	for {
		i := bytes.IndexByte(b, '&')
		if i < 0 {
			return append(dst, b...), nil
		}
		dst = append(dst, b[:i]...)
		b = b[i+1:]
		end := bytes.IndexByte(b, ';')
		if end <= 0 || end > 10 {
			return nil, errXML
		}
		name := b[:end]
		b = b[end+1:]
		switch string(name) {
		case "amp":
			dst = append(dst, '&')
		case "lt":
			dst = append(dst, '<')
		case "gt":
			dst = append(dst, '>')
		case "quot":
			dst = append(dst, '"')
		case "apos":
			dst = append(dst, '\'')
		default:
			digits, ok := strings.CutPrefix(string(name), "#")
			base := 10
			if hex, isHex := strings.CutPrefix(digits, "x"); isHex {
				digits, base = hex, 16
			}
			n, err := strconv.ParseUint(digits, base, 32)
			if !ok || err != nil || n > utf8.MaxRune || n >= 0xD800 && n < 0xE000 {
				return nil, errXML
			}
			dst = utf8.AppendRune(dst, rune(n))
		}
	}
}
