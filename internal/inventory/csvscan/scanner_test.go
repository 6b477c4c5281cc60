package csvscan

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

func readAll(from io.Reader, columns int) (rows [][]string, err error) {
	scan := New(from, columns)
	for scan.Next() {
		var row []string
		for _, f := range scan.Fields() {
			row = append(row, string(f))
		}
		rows = append(rows, row)
	}
	return rows, scan.Err()
}

func TestScanner(t *testing.T) {
	long := strings.Repeat("x", 3*firstBuffer)
	tests := []struct {
		name string
		text string
		want [][]string
	}{
		{"an empty text has no records", "", nil},
		{"plain fields", "a,b\nc,d\n", [][]string{{"a", "b"}, {"c", "d"}}},
		{"the last line end may be missing", "a,b\nc,d", [][]string{{"a", "b"}, {"c", "d"}}},
		{"lines may end in CRLF", "a,b\r\nc,d\r\n", [][]string{{"a", "b"}, {"c", "d"}}},
		{"quoted fields", `"a","b"` + "\n", [][]string{{"a", "b"}}},
		{"a quoted field holds commas", `"a,b",c`, [][]string{{"a,b", "c"}}},
		{"a doubled quote is one quote", `"a""b","""","c"""`, [][]string{{`a"b`, `"`, `c"`}}},
		{"several doubled quotes move text together", `"""x""y""z",q`, [][]string{{`"x"y"z`, "q"}}},
		{"empty fields", `,"",` + "\n", [][]string{{"", "", ""}}},
		{"a lone quoted empty field is a record", `""` + "\n", [][]string{{""}}},
		{"a line longer than the first buffer", long + "," + long + "\nb,c\n", [][]string{{long, long}, {"b", "c"}}},
		{"a carriage return inside of a line stays", "a\rb,c\n", [][]string{{"a\rb", "c"}}},
	}
	for _, test := range tests {
		for how, from := range map[string]io.Reader{
			"in one piece": strings.NewReader(test.text), "byte by byte": iotest.OneByteReader(strings.NewReader(test.text)),
			"with the end in the last read": iotest.DataErrReader(strings.NewReader(test.text)),
		} {
			t.Run(test.name+" "+how, func(t *testing.T) {
				got, err := readAll(from, 0)
				if err != nil || !reflect.DeepEqual(got, test.want) {
					t.Errorf("got %q, %v; want %q", got, err, test.want)
				}
			})
		}
	}
}

func TestScannerRefuses(t *testing.T) {
	tests := []struct {
		name    string
		text    string
		columns int
		line    int64
		says    string
	}{
		{"an empty line in the middle", "a,b\n\nc,d\n", 0, 2, "is empty"},
		{"an empty line at the end", "a,b\n\n", 0, 2, "is empty"},
		{"an empty line that ends in CRLF", "a,b\r\n\r\n", 0, 2, "is empty"},
		{"a byte order mark", "\xef\xbb\xbfa,b\n", 0, 1, "byte order mark"},
		{"a record with fewer columns", "a,b\nc\n", 0, 2, "has 1 columns, not 2"},
		{"a record with more columns", "a,b\nc,d,e\n", 0, 2, "has 3 columns, not 2"},
		{"a first record unlike what was declared", "a,b\n", 3, 1, "has 2 columns, not 3"},
		{"a line break inside of quotes", "\"a\nb\",c\n", 0, 1, "does not end"},
		{"text behind a closing quote", `"a"b,c`, 0, 1, "behind a closing quote"},
		{"text behind a doubled and a closing quote", `"a"""b,c`, 0, 1, "behind a closing quote"},
		{"a quote inside of a plain field", `a"b,c`, 0, 1, "not quoted"},
		{"a quote that is never closed", `a,"b`, 0, 1, "does not end"},
		{"a doubled quote and no closing one", `"a""b`, 0, 1, "does not end"},
		{"a line over the limit", strings.Repeat("x", MaxLine+2), 0, 1, "longer"},
		{"a line over the limit that ends", "a\n" + strings.Repeat("x", MaxLine+2) + "\n", 0, 2, "longer"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := readAll(strings.NewReader(test.text), test.columns)
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Line != test.line || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v; want line %d, %q", err, test.line, test.says)
			}
		})
	}
}

func TestScannerPassesOnTheReadersError(t *testing.T) {
	broken := errors.New("connection reset")
	_, err := readAll(io.MultiReader(strings.NewReader("a,b\nc,"), iotest.ErrReader(broken)), 0)
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// FuzzScanner: what we accept, the standard library reads in the same way.
func FuzzScanner(f *testing.F) {
	for _, seed := range []string{"", "a,b\n", `"a","b""c"` + "\r\n", "a\n\n", "\xef\xbb\xbfa", `"a`, "a\"b", "\"\"\"\"\n", ",\n,", "a\r\nb"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := readAll(bytes.NewReader(text), 0)
		if err != nil {
			return
		}
		reference := csv.NewReader(bytes.NewReader(text))
		reference.ReuseRecord = false
		want, err := reference.ReadAll()
		if err != nil {
			t.Fatalf("we read %q of %q; encoding/csv says %v", got, text, err)
		}
		if !reflect.DeepEqual(got, want) && len(got)+len(want) > 0 {
			t.Errorf("we read %q of %q; encoding/csv reads %q", got, text, want)
		}
	})
}

func BenchmarkScanner(b *testing.B) {
	var text bytes.Buffer
	for i := range 10_000 {
		fmt.Fprintf(&text, "\"photos\",\"2026/11/24/img-%07d.jpg\",\"85860\",\"2026-11-24T01:11:06.000Z\",\"d0655f3673af1ca741b11b29865be8e1\",\"STANDARD\"\n", i)
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		scan := New(bytes.NewReader(text.Bytes()), 6)
		for scan.Next() {
		}
		if scan.Err() != nil {
			b.Fatal(scan.Err())
		}
	}
	b.ReportMetric(float64(b.N)*10_000/b.Elapsed().Seconds(), "rows/s")
}
