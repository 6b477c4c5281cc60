package report

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/transship/transship"
)

func read(t *testing.T, b *bucket, key string) ([]transship.Result, error) {
	t.Helper()
	var rows []transship.Result
	for r, err := range (&Reader{b}).Rows(t.Context(), "reports", key) {
		if err != nil {
			return rows, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func TestWhatWasWrittenIsReadBack(t *testing.T) {
	b := &bucket{}
	key, err := writer(t, b).Write(t.Context(), job(), rowsOf(outcomes...))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := read(t, b, key)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]transship.Result{}
	for _, r := range outcomes {
		r.ETag, r.Size, r.Skipped = "", 0, false // a report does not tell
		if r.HTTPStatus == 0 {
			r.HTTPStatus = 200
		}
		r.Message = strings.ToValidUTF8(r.Message, "\uFFFD")
		want[r.RawKey] = r
	}
	got := map[string]transship.Result{}
	for _, r := range rows {
		got[r.RawKey] = r
	}
	if len(rows) != len(outcomes) || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

// foreign lays down a report whose only file has that text.
func foreign(text string) (*bucket, string) {
	index := fmt.Sprintf(`{"Format":"Report_CSV_20180820","ReportCreationDate":"2019-04-05T17:48:39.725Z","Results":[{"TaskExecutionStatus":"succeeded","Bucket":"reports","MD5Checksum":"%x","Key":"job-1/results/a.csv"}],"ReportSchema":"Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage"}`, md5.Sum([]byte(text)))
	return &bucket{objects: map[string][]byte{
		"job-1/results/a.csv":     []byte(text),
		"job-1/manifest.json":     []byte(index),
		"job-1/manifest.json.md5": fmt.Appendf(nil, "%x\n", md5.Sum([]byte(index))),
	}}, "job-1/manifest.json"
}

func TestRowsOfOthers(t *testing.T) {
	for _, test := range []struct {
		name, text string
		status     int
		code       string
	}{
		{"the real order", "b,k,,failed,404,NoSuchKey,gone\n", 404, "NoSuchKey"},
		{"the published order", "b,k,,failed,NoSuchKey,404,gone\n", 404, "NoSuchKey"},
		{"no code", "b,k,,succeeded,200,,\n", 200, ""},
		{"no code, published order", "b,k,,succeeded,,200,\n", 200, ""},
		{"a code that is a number", "b,k,,failed,200,404,\n", 200, "404"},
		{"neither", "b,k,,failed,,,\n", 0, ""},
		{"a code and no status", "b,k,,failed,Oops,,\n", 0, "Oops"},
		{"no newline at the end", "b,k,,failed,403,AccessDenied,no", 403, "AccessDenied"},
		{"CRLF", "b,k,,failed,403,AccessDenied,no\r\n", 403, "AccessDenied"},
		{"everything quoted", "\"b\",\"k\",\"\",\"failed\",\"403\",\"AccessDenied\",\"no\"\r\n", 403, "AccessDenied"},
	} {
		t.Run(test.name, func(t *testing.T) {
			rows, err := read(t, must(foreign(test.text)), "job-1/manifest.json")
			if err != nil || len(rows) != 1 {
				t.Fatal(rows, err)
			}
			if r := rows[0]; r.HTTPStatus != test.status || r.ErrorCode != test.code || r.RawKey != "k" || strings.ContainsAny(r.Message, "\r\n") {
				t.Errorf("%+v", r)
			}
		})
	}
}

func must(b *bucket, _ string) *bucket { return b }

func TestDamagedReports(t *testing.T) {
	good := "b,k,,succeeded,200,,\n"
	for _, test := range []struct {
		name   string
		text   string
		change func(*bucket)
		code   transship.Code
		rows   int
	}{
		{"a file that changed", good, func(b *bucket) { b.objects["job-1/results/a.csv"] = []byte("b,x,,succeeded,200,,\n") }, transship.Damaged, 1},
		{"a manifest.json that changed", good, func(b *bucket) { b.objects["job-1/manifest.json"] = []byte("{}") }, transship.Damaged, 0},
		{"a missing MD5", good, func(b *bucket) { delete(b.objects, "job-1/manifest.json.md5") }, transship.NotFound, 0},
		{"a missing file", good, func(b *bucket) { delete(b.objects, "job-1/results/a.csv") }, transship.NotFound, 0},
		{"too few columns", good + "b,k\n", func(*bucket) {}, transship.Damaged, 1},
		{"too many columns", "b,k,,failed,404,NoSuchKey,a,b\n", func(*bucket) {}, transship.Damaged, 0},
		{"an open quote", "b,\"k,,failed,404,NoSuchKey,a\n", func(*bucket) {}, transship.Damaged, 0},
		{"a stray quote", "b,k\"k,,failed,404,NoSuchKey,a\n", func(*bucket) {}, transship.Damaged, 0},
		{"a row without end", strings.Repeat("x", longestRow+1), func(*bucket) {}, transship.Damaged, 0},
		{"another format", good, func(b *bucket) {
			text := `{"Format":"Report_CSV_2099"}`
			b.objects["job-1/manifest.json"] = []byte(text)
			b.objects["job-1/manifest.json.md5"] = fmt.Appendf(nil, "%x\n", md5.Sum([]byte(text)))
		}, transship.Damaged, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			b, key := foreign(test.text)
			test.change(b)
			rows, err := read(t, b, key)
			if transship.CodeOf(err) != test.code || len(rows) != test.rows {
				t.Errorf("%d rows, %v; want %d, %s", len(rows), err, test.rows, test.code)
			}
			if err != nil && !strings.Contains(err.Error(), "reports/job-1/") {
				t.Errorf("%v does not name the object", err)
			}
		})
	}
}

func FuzzRow(f *testing.F) {
	for _, r := range outcomes {
		f.Add(r.Bucket, r.RawKey, r.RawVersion, r.ErrorCode, r.Message)
	}
	f.Add("", "\r", "\"", "\n\"\"", "\r\n")
	f.Fuzz(func(t *testing.T, bucket, key, version, code, message string) {
		if len(bucket)+len(key)+len(version)+len(code)+len(message) > longestRow/4 {
			t.Skip("longer than any row")
		}
		want := []string{bucket, key, version, "failed", "404", code, message}
		if !utf8.ValidString(message) {
			want[6] = strings.ToValidUTF8(message, "\uFFFD")
		}
		line := appendRow(nil, transship.Result{Bucket: bucket, RawKey: key, RawVersion: version, HTTPStatus: 404, ErrorCode: code, Message: message})
		p := &parser{from: bufio.NewReader(bytes.NewReader(append(line, line...)))}
		for range 2 {
			got, err := p.next()
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("%q, %v; want %q", got, err, want)
			}
		}
		if _, err := p.next(); err != io.EOF {
			t.Fatalf("after the last row: %v", err)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("b,k,,failed,404,NoSuchKey,gone\n")
	f.Add("\"a\"\"b\",,,,,,\r\n")
	f.Add("\"")
	f.Fuzz(func(t *testing.T, text string) {
		p := &parser{from: bufio.NewReader(strings.NewReader(text))}
		for {
			fields, err := p.next()
			if err == io.EOF {
				return
			}
			if err != nil {
				if !errors.Is(err, errRow) {
					t.Fatalf("error %v", err)
				}
				return
			}
			if len(fields) != columns {
				t.Fatalf("%q", fields)
			}
			_ = result(fields)
		}
	})
}

func FuzzIndex(f *testing.F) {
	_, key := foreign("")
	b, _ := foreign("")
	f.Add(b.objects[key])
	f.Add([]byte(`{"Format":1}`))
	f.Fuzz(func(t *testing.T, text []byte) { _, _ = parseIndex(text) })
}
