// Package extsort sorts records by key in bounded memory: what does not fit
// goes to a temporary file in sorted runs, which are merged at the end.
//
// It owns memory, file and merge. It does not know what a record means: a key
// in bytes, compared byte by byte, and a value.
//
// What never happens here: records of one key that change their order; a file
// that is left behind after [Sorter.Close].
package extsort
