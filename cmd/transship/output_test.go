package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/transship/transship"
)

func TestRowsInEachFormat(t *testing.T) {
	rows := [][]string{{"a\tb\x1b[31m", "1"}, {"Straße\u202e", "22"}}
	value := []struct {
		Key string `json:"key"`
	}{{"a<b>&c"}}
	for f, want := range map[format]string{
		formatTable: "KEY                 SIZE\na\\u0009b\\u001b[31m  1\nStraße\\u202e        22\n",
		formatText:  "a\\u0009b\\u001b[31m\t1\nStraße\\u202e\t22\n",
		formatJSON:  "[\n  {\n    \"key\": \"a<b>&c\"\n  }\n]\n",
	} {
		var out bytes.Buffer
		e := &env{stdout: &out, format: f}
		if err := e.printRows(value, []string{"KEY", "SIZE"}, rows); err != nil {
			t.Fatal(err)
		}
		if out.String() != want {
			t.Errorf("%s: got\n%swant\n%s", f, out.String(), want)
		}
	}
}

func TestOtherPeoplesBytesCannotCommandATerminal(t *testing.T) {
	for in, want := range map[string]string{
		"plain/ä/日本": "plain/ä/日本", "\x00": `\u0000`, "a\nb": `a\u000ab`, "\xff": `\xff`, "\uFFFD": "\uFFFD", "\u0085": `\u0085`,
	} {
		if got := printable(in); got != want {
			t.Errorf("printable(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestErrorsBecomeLinesAndExitCodes(t *testing.T) {
	denied := &transship.Error{Code: transship.Denied, Op: "copy", Bucket: "photos", Key: "a.jpg", Message: "refused", Hint: "ask the owner",
		Err: &transship.Error{Message: "cause", Hint: "second"}}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, c := range []struct {
		name string
		ctx  context.Context
		err  error
		code int
		want string
	}{
		{"no error", context.Background(), nil, 0, ""},
		{"an error with hints", context.Background(), denied, 1, "error: copy photos/a.jpg: refused: cause\nhint: ask the owner\nhint: second\n"},
		{"wrong usage", context.Background(), usageError(errors.New("what?")), 2, "error: what?\nhint: transship --help lists the commands; each has its own --help\n"},
		{"failed tasks", context.Background(), failedTasks(errors.New("3 of 10 tasks failed")), 3, "error: 3 of 10 tasks failed\n"},
		{"differences, wrapped", context.Background(), fmt.Errorf("verify: %w", foundDifferences(errors.New("2 differ"))), 5, "error: verify: 2 differ\n"},
		{"a signal", cancelled, fmt.Errorf("list: %w", context.Canceled), 1, "error: interrupted\n"},
		{"an error of several lines", context.Background(), errors.Join(errors.New("a"), errors.New("b")), 1, "error: a\n  b\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			e := &env{stderr: &out}
			if code := e.report(c.ctx, c.err); code != c.code || out.String() != c.want {
				t.Errorf("code %d, want %d; got\n%swant\n%s", code, c.code, out.String(), c.want)
			}
		})
	}
}

func TestPlacesInS3(t *testing.T) {
	for in, want := range map[string]place{
		"s3://b": {"b", ""}, "s3://b/": {"b", ""}, "s3://b/a/": {"b", "a/"}, "s3://b//a": {"b", "/a"}, "s3://b/50%/?#": {"b", "50%/?#"},
	} {
		if got, err := parsePlace(in); err != nil || got != want {
			t.Errorf("parsePlace(%q) = %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "b", "s3:/b", "s3://", "s3:///a", "S3://b"} {
		if _, err := parsePlace(in); exitCode(err) != exitUsage {
			t.Errorf("parsePlace(%q): %v, want an error of usage", in, err)
		}
	}
}

func TestAShellReadsBackWhatWasQuoted(t *testing.T) {
	for in, want := range map[string]string{"/tmp/lab": "/tmp/lab", "/a b": "'/a b'", "it's": `'it'\''s'`, "": "''", "$(x)": "'$(x)'"} {
		if got := shellQuote(in); got != want {
			t.Errorf("shellQuote(%q) = %s, want %s", in, got, want)
		}
	}
}
