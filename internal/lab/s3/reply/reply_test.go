package reply

import (
	"encoding/xml"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/transship/transship"
)

func TestControlCharactersAreReferences(t *testing.T) {
	got := string(BeginPlain("a").Chars("x<>&\"\x01\r\t\n\x7fü\xff").Bytes())
	want := "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>x&lt;&gt;&amp;&quot;&#x1;&#xd;\t\n&#x7f;ü\uFFFD</a>"
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func FuzzTextComesBack(f *testing.F) {
	for _, s := range []string{"", "a&b", "]]>", "ü\u2028", "<x/>", "\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		legal := strings.Map(func(r rune) rune {
			if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
				return -1
			}
			return r
		}, strings.ToValidUTF8(s, ""))
		var got struct {
			B string `xml:"b"`
		}
		if err := xml.Unmarshal(Begin("a").Text("b", legal).Bytes(), &got); err != nil || got.B != legal {
			t.Errorf("%q comes back as %q, %v", legal, got.B, err)
		}
		if back, err := url.QueryUnescape(EncodeURL(s)); err != nil || back != s {
			t.Errorf("%q, URL-encoded, comes back as %q, %v", s, back, err)
		}
	})
}

func TestErrorsAreAnsweredByTheirCode(t *testing.T) {
	for _, tc := range []struct {
		name   string
		err    error
		code   string
		status int
	}{
		{"a fault is itself", New("NoSuchKey"), "NoSuchKey", 404},
		{"a store's error by its code", &transship.Error{S3Code: "NoSuchBucket", Bucket: "b"}, "NoSuchBucket", 404},
		{"a signature's error by its own status", &transship.Error{S3Code: "InvalidAccessKeyId", Status: 403, Message: "m"}, "InvalidAccessKeyId", 403},
		{"anything else is internal, and not told", errors.New("secret path"), "InternalError", 500},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := From(tc.err)
			if f.Code != tc.code || f.Status != tc.status || strings.Contains(f.Message, "secret") {
				t.Errorf("%+v", f)
			}
		})
	}
}
