package s3control

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// element is one XML element without its namespace.
type element struct {
	name string
	text string // its own character data, put together
	kids []*element
}

// Bounds of a request's XML. The largest lawful body, 8,192 entries of user
// metadata, has some 25,000 elements and eight levels.
const (
	maxElements = 40_000
	maxDepth    = 16
)

var errXMLBounds = errors.New("the XML has too many elements or too many levels")

// parseXML reads one document. Document type declarations are refused, and so
// are attributes that could mean something.
func parseXML(body []byte) (*element, error) {
	d := xml.NewDecoder(bytes.NewReader(body))
	var root *element
	var open []*element
	var texts []*strings.Builder
	count := 0
	for {
		tok, err := d.Token()
		if err == io.EOF {
			if root == nil || len(open) > 0 {
				return nil, io.ErrUnexpectedEOF
			}
			return root, nil
		}
		if err != nil {
			return nil, err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if count++; count > maxElements || len(open) == maxDepth {
				return nil, errXMLBounds
			}
			for _, a := range tok.Attr {
				if a.Name.Space == "" && a.Name.Local != "xmlns" {
					return nil, errors.New("attribute " + short(a.Name.Local) + " is not known")
				}
			}
			el := &element{name: tok.Name.Local}
			switch {
			case len(open) > 0:
				parent := open[len(open)-1]
				parent.kids = append(parent.kids, el)
			case root != nil:
				return nil, errors.New("there is more than one root element")
			default:
				root = el
			}
			open, texts = append(open, el), append(texts, new(strings.Builder))
		case xml.EndElement:
			last := len(open) - 1
			open[last].text = texts[last].String()
			open, texts = open[:last], texts[:last]
		case xml.CharData:
			if len(open) > 0 {
				texts[len(texts)-1].Write(tok)
			} else if len(bytes.TrimSpace(tok)) > 0 {
				return nil, errors.New("there is text outside of the root element")
			}
		case xml.Directive:
			return nil, errors.New("document type declarations are not allowed")
		}
	}
}

// short keeps what a caller sent readable in a message.
func short(s string) string {
	const limit = 100
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "..."
}
