// Package csvscan reads comma-separated text fast: the rows of an inventory's
// data files and of a CSV manifest.
//
// It owns the grammar: one record a line, "\n" or "\r\n", the last line end
// optional, a field quoted with double quotes or not, a quote inside a quoted
// field doubled. It does not know what a column means and does not decode keys.
//
// What never happens here: a record that is guessed at. An empty line, a byte
// order mark, a record with more or fewer fields than the first, a line break
// inside of quotes and a line over [MaxLine] are each a [SyntaxError] with the
// number of the line.
package csvscan
