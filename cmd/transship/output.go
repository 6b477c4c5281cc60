package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
)

// format is how results are shown.
type format string

const (
	formatTable format = "table" // aligned columns with a head, for people
	formatJSON  format = "json"  // a written contract: fields are only ever added
	formatText  format = "text"  // one line a row, columns parted by tabs, no head
)

func (f *format) String() string { return string(*f) }

// Type is the placeholder in the help.
func (f *format) Type() string { return "table|json|text" }

// Set takes what stands behind --output.
func (f *format) Set(s string) error {
	switch v := format(s); v {
	case formatTable, formatJSON, formatText:
		*f = v
		return nil
	}
	return fmt.Errorf("%q is none of table, json, text", s)
}

// printJSON writes v indented, with <, > and & as they are: policies and keys
// are to be read.
func (e *env) printJSON(v any) error {
	enc := json.NewEncoder(e.stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// printJSONLine writes v on one line, for results that are a stream.
func (e *env) printJSONLine(v any) error {
	enc := json.NewEncoder(e.stdout)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// printRows writes rows under head, or v where JSON was asked for.
func (e *env) printRows(v any, head []string, rows [][]string) error {
	switch e.format {
	case formatJSON:
		return e.printJSON(v)
	case formatText:
		for _, row := range rows {
			if _, err := fmt.Fprintln(e.stdout, strings.Join(clean(row), "\t")); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join(head, "\t"))
	for _, row := range rows {
		row = clean(row)
		for len(row) > 0 && row[len(row)-1] == "" { // would become blanks at the end of the line
			row = row[:len(row)-1]
		}
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	return w.Flush()
}

// printPairs writes one thing as name and value a line, or v as JSON.
func (e *env) printPairs(v any, pairs [][2]string) error {
	if e.format == formatJSON {
		return e.printJSON(v)
	}
	rows := make([][]string, len(pairs))
	for i, p := range pairs {
		rows[i] = []string{p[0], p[1]}
	}
	if e.format == formatText {
		return e.printRows(v, nil, rows)
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(w, strings.Join(clean(row), "\t"))
	}
	return w.Flush()
}

// clean makes every cell one line without tabs or control characters: keys are
// other people's bytes, and a terminal obeys them.
func clean(row []string) []string {
	out := make([]string, len(row))
	for i, cell := range row {
		out[i] = printable(cell)
	}
	return out
}

// printable is s with control characters and broken UTF-8 written as escapes.
func printable(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '\uFFFD' && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r < 0x20 || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u202e' || r == '\u2066' || r == '\u2067' || r == '\u2068':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
