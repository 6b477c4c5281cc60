package s3control

import (
	"bytes"
	"encoding/xml"
	"strconv"
	"time"
)

const namespace = "http://awss3control.amazonaws.com/doc/2018-08-20/"

// writer puts XML together. Values that are not there leave no element behind:
// clients choke on an empty time.
type writer struct{ bytes.Buffer }

// document is a whole answer with the documented root element.
func document(root string, body func(*writer)) []byte {
	w := new(writer)
	w.WriteString(xml.Header)
	w.WriteString("<" + root + ` xmlns="` + namespace + `">`)
	if body != nil {
		body(w)
	}
	w.WriteString("</" + root + ">\n")
	return w.Bytes()
}

func (w *writer) in(name string, body func()) {
	w.WriteString("<" + name + ">")
	body()
	w.WriteString("</" + name + ">")
}

// always writes a string even when it is empty.
func (w *writer) always(name, value string) {
	w.WriteString("<" + name + ">")
	xml.EscapeText(w, []byte(value)) //nolint:errcheck // a buffer takes everything
	w.WriteString("</" + name + ">")
}

func (w *writer) text(name, value string) {
	if value != "" {
		w.always(name, value)
	}
}

func (w *writer) number(name string, n int64) { w.always(name, strconv.FormatInt(n, 10)) }

func (w *writer) boolean(name string, b bool) { w.always(name, strconv.FormatBool(b)) }

// yes writes a flag only when it is set.
func (w *writer) yes(name string, b bool) {
	if b {
		w.boolean(name, b)
	}
}

// stamp writes a moment of the service's own, in milliseconds.
func (w *writer) stamp(name string, t time.Time) {
	if !t.IsZero() {
		w.always(name, t.UTC().Format("2006-01-02T15:04:05.000Z"))
	}
}

// given writes a moment that a caller gave, in as many digits as he gave.
func (w *writer) given(name string, t *time.Time) {
	switch {
	case t == nil:
	case t.Nanosecond()%1_000_000 == 0:
		w.always(name, t.UTC().Format("2006-01-02T15:04:05.000Z"))
	default:
		w.always(name, t.UTC().Format(time.RFC3339Nano))
	}
}
