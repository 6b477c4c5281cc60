package iampolicy

import (
	"regexp"
	"strings"
	"testing"
)

// FuzzGlob compares the matcher with a regular expression of the same meaning,
// and the search by bits with trying every place.
func FuzzGlob(f *testing.F) {
	for _, seed := range [][2]string{{"a*b", "aXb"}, {"*a?c*", "aabcaxc"}, {"*?я?*", "abяcd"}, {"**", ""}, {"a?*?b", "axyb"}, {"", ""}, {"*ab*ba", "aba"}, {"?" + strings.Repeat("a?", 70) + "*", strings.Repeat("aa", 90)}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 300 || len(text) > 3000 {
			return
		}
		expression := `(?s)\A` + strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(pattern)) + `\z`
		want, err := regexp.Compile(expression)
		if err != nil {
			return // bytes that are no character
		}
		g, problem := compileGlob(pattern, true, false)
		if problem != "" {
			t.Fatal(problem)
		}
		if got := g.match(text, nil); got != want.MatchString(text) {
			t.Errorf("%q on %q: %v", pattern, text, got)
		}
		for i := range g.parts {
			p := &g.parts[i]
			if p.lone {
				continue
			}
			rest, ok := p.search(text)
			slow, found := tryEveryPlace(p, text)
			if ok != found || rest != slow {
				t.Errorf("%q in %q: %q %v, want %q %v", pattern, text, rest, ok, slow, found)
			}
		}
	})
}

func tryEveryPlace(p *part, s string) (string, bool) {
	for {
		if n, ok := p.prefix(s); ok {
			return s[n:], true
		}
		if s == "" {
			return "", false
		}
		_, size := decode(s)
		s = s[size:]
	}
}
