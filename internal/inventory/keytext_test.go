package inventory

import (
	"net/url"
	"strings"
	"testing"

	"github.com/transship/transship"
)

func TestKeyText(t *testing.T) {
	tests := []struct{ name, key, text string }{
		{"plain", "raw/a.jpg", "raw/a.jpg"},
		{"a space is a plus", "a b", "a+b"},
		{"a plus is %2B", "raw/a+b.jpg", "raw/a%2Bb.jpg"},
		{"a percent sign is %25", "100%", "100%25"},
		{"a key that looks encoded is encoded once more", "pct%20literal", "pct%2520literal"},
		{"quotes and commas", `a"b,c`, "a%22b%2Cc"},
		{"line ends", "a\nb\r", "a%0Ab%0D"},
		{"Unicode", "Zürich/日本", "Z%C3%BCrich/%E6%97%A5%E6%9C%AC"},
		{"slashes and dots stay", "a//b/../c/", "a//b/../c/"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := EncodeKey(test.key); got != test.text {
				t.Errorf("EncodeKey(%q) = %q, want %q", test.key, got, test.text)
			}
			if got, err := DecodeKey([]byte(test.text)); err != nil || got != test.key {
				t.Errorf("DecodeKey(%q) = %q, %v, want %q", test.text, got, err, test.key)
			}
		})
	}
}

func TestDecodeKeyTakes(t *testing.T) {
	for text, want := range map[string]string{
		"object%20key": "object key", "a%2fb": "a/b", "a%2Bb": "a+b", "%25": "%", "Zürich": "Zürich",
		strings.Repeat("%61", MaxKey): strings.Repeat("a", MaxKey),
	} {
		if got, err := DecodeKey([]byte(text)); err != nil || got != want {
			t.Errorf("DecodeKey(%q) = %q, %v, want %q", text, got, err, want)
		}
	}
}

func TestDecodeKeyRefuses(t *testing.T) {
	for text, says := range map[string]string{
		"": "empty", "100%": "followed by two", "a%2": "followed by two", "a%zz": "followed by two",
		strings.Repeat("a", MaxKey+1): "1025 bytes", "%ff": "not UTF-8", "a\xc3": "not UTF-8",
	} {
		if _, err := DecodeKey([]byte(text)); transship.CodeOf(err) != transship.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("DecodeKey(%q): %v, want %q", text, err, says)
		}
	}
}

func FuzzKeyText(f *testing.F) {
	for _, seed := range []string{"a", "a+b", "100%25", "%zz", "a b", "日本", "%C3%BC"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		key, err := DecodeKey([]byte(text))
		if err != nil {
			return
		}
		if want, err := url.QueryUnescape(text); err != nil || want != key {
			t.Fatalf("DecodeKey(%q) = %q; net/url says %q, %v", text, key, want, err)
		}
		if again, err := DecodeKey([]byte(EncodeKey(key))); err != nil || again != key {
			t.Fatalf("%q came back as %q, %v", key, again, err)
		}
	})
}
