package iampolicy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
	"unicode/utf8"
)

// node is one JSON value with its place. encoding/json's own decoding into
// structs keeps the last of two equal keys and matches names without regard to
// case; both would change a policy's meaning in silence (AM-55).
type node struct {
	kind    nodeKind
	text    string // string, number, or boolean as text
	items   []*node
	fields  []field
	pos     Position
	pointer string
}

type nodeKind int

const (
	textNode nodeKind = iota + 1
	numberNode
	boolNode
	nullNode
	listNode
	objectNode
)

type field struct {
	name  string
	pos   Position
	value *node
}

// maxDepth is deeper than any legal policy: document, statement list,
// statement, condition, operator, key, value list.
const maxDepth = 10

type reader struct {
	doc   []byte
	dec   *json.Decoder
	lines []int // offset of each line's first byte
}

// readDocument reads exactly one JSON object.
func readDocument(doc []byte) (*node, error) {
	if !utf8.Valid(doc) {
		return nil, &Error{Detail: "the document is not UTF-8"}
	}
	r := &reader{doc: doc, dec: json.NewDecoder(bytes.NewReader(doc)), lines: []int{0}}
	r.dec.UseNumber()
	for i, c := range doc {
		if c == '\n' {
			r.lines = append(r.lines, i+1)
		}
	}
	n, err := r.value("", 0)
	if err != nil {
		return nil, err
	}
	if n.kind != objectNode {
		return nil, fault(n, "", "the document is not a JSON object")
	}
	if tok, err := r.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, r.broken("", fmt.Errorf("text after the end of the policy: %v", tok))
	}
	return n, nil
}

// next is the offset of the token that comes next.
func (r *reader) next() int {
	off := int(r.dec.InputOffset())
	for off < len(r.doc) && strings.IndexByte(" \t\r\n,:", r.doc[off]) >= 0 {
		off++
	}
	return off
}

func (r *reader) at(off int) Position {
	line := sort.SearchInts(r.lines, off+1) - 1
	return Position{Line: line + 1, Column: off - r.lines[line] + 1}
}

// broken is the error for a text that is not JSON. The place is where the token
// begins that could not be read; what pasted samples leave behind is named.
func (r *reader) broken(pointer string, err error) error {
	off := r.next()
	detail := err.Error()
	c, _ := utf8.DecodeRune(r.doc[off:])
	switch {
	case off == len(r.doc) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		off, detail = len(r.doc), "the document ends too early"
	case strings.ContainsRune("\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb'`", c):
		detail = string(c) + " is not a quotation mark of JSON; write \""
	case c == '/' || c == '#':
		detail = "JSON has no comments"
	case c == '\u00a0' || c == '\ufeff' || c == '\u200b':
		detail = fmt.Sprintf("an invisible character (U+%04X) stands here; take it out", c)
	}
	pos := r.at(off)
	return &Error{Detail: detail, Pointer: pointer, Line: pos.Line, Column: pos.Column}
}

func (r *reader) value(pointer string, depth int) (*node, error) {
	n := &node{pos: r.at(r.next()), pointer: pointer}
	if depth > maxDepth {
		return nil, fault(n, "", "nested deeper than a policy can be")
	}
	tok, err := r.dec.Token()
	if err != nil {
		return nil, r.broken(pointer, err)
	}
	switch t := tok.(type) {
	case json.Delim:
		if t == '{' {
			return n, r.object(n, depth)
		}
		if t == '[' {
			return n, r.list(n, depth)
		}
		return nil, r.broken(pointer, fmt.Errorf("unexpected %v", t))
	case string:
		n.kind, n.text = textNode, t
	case json.Number:
		n.kind, n.text = numberNode, t.String()
	case bool:
		n.kind, n.text = boolNode, fmt.Sprint(t)
	default:
		n.kind = nullNode
	}
	return n, nil
}

func (r *reader) object(n *node, depth int) error {
	n.kind = objectNode
	seen := map[string]bool{}
	for r.dec.More() {
		pos := r.at(r.next())
		tok, err := r.dec.Token()
		if err != nil {
			return r.broken(n.pointer, err)
		}
		name, ok := tok.(string)
		if !ok {
			return r.broken(n.pointer, fmt.Errorf("unexpected %v where a name belongs", tok))
		}
		at := n.pointer + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
		if seen[name] {
			return &Error{Detail: fmt.Sprintf("%q is given twice", name), Pointer: at, Line: pos.Line, Column: pos.Column}
		}
		seen[name] = true
		v, err := r.value(at, depth+1)
		if err != nil {
			return err
		}
		n.fields = append(n.fields, field{name: name, pos: pos, value: v})
	}
	if _, err := r.dec.Token(); err != nil {
		return r.broken(n.pointer, err)
	}
	return nil
}

func (r *reader) list(n *node, depth int) error {
	n.kind = listNode
	for r.dec.More() {
		v, err := r.value(fmt.Sprintf("%s/%d", n.pointer, len(n.items)), depth+1)
		if err != nil {
			return err
		}
		n.items = append(n.items, v)
	}
	if _, err := r.dec.Token(); err != nil {
		return r.broken(n.pointer, err)
	}
	return nil
}

// strings is n as a list of strings: a lone string is a list of one (AM-52).
func (n *node) strings() ([]*node, bool) {
	items := []*node{n}
	if n.kind == listNode {
		items = n.items
	}
	for _, item := range items {
		if item.kind != textNode {
			return nil, false
		}
	}
	return items, len(items) > 0
}
