package iampolicy

import (
	"strings"
	"unicode/utf8"
)

// glob is a compiled pattern: the literal parts between stars. A part may hold
// single-character marks and variables. Leftmost matching of each part in turn
// is exact for such patterns, so no choice is ever taken back: a part without
// "?" costs one substring search, one with it a search by bits.
type glob struct {
	parts []part // n stars separate n+1 parts
	vars  bool   // some part holds a variable
	text  string // as written
}

// part is a run of atoms between two stars.
type part struct {
	atoms []atom
	plain string // the whole part where it is one literal
	lone  bool   // plain is valid
}

// atom is a literal, any one character, or a variable.
type atom struct {
	literal string
	one     bool
	key     string // variable's context key, lower case
	deflt   string
	hasDef  bool
}

// compileGlob reads s. Stars and question marks count only where wild is set,
// ${...} only where vars is. It fails on a variable that is not understood.
func compileGlob(s string, wild, vars bool) (glob, string) {
	g := glob{text: s}
	var cur part
	var lit strings.Builder
	flush := func() {
		if lit.Len() > 0 {
			cur.atoms = append(cur.atoms, atom{literal: lit.String()})
			lit.Reset()
		}
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '*' && wild:
			flush()
			g.parts = append(g.parts, cur.seal())
			cur = part{}
		case c == '?' && wild:
			flush()
			cur.atoms = append(cur.atoms, atom{one: true})
		case c == '$' && vars && strings.HasPrefix(s[i:], "${"):
			end := strings.IndexByte(s[i:], '}')
			if end < 0 {
				return g, "a policy variable in " + s + " has no closing brace"
			}
			a, problem := compileVariable(s[i+2 : i+end])
			if problem != "" {
				return g, problem
			}
			if a.key == "" {
				lit.WriteString(a.literal)
			} else {
				flush()
				cur.atoms = append(cur.atoms, a)
				g.vars = true
			}
			i += end
		default:
			lit.WriteByte(c)
		}
	}
	flush()
	g.parts = append(g.parts, cur.seal())
	return g, ""
}

// compileVariable reads what stands between the braces (AM-62, AM-70, AM-72).
func compileVariable(s string) (atom, string) {
	if s == "*" || s == "?" || s == "$" {
		return atom{literal: s}, ""
	}
	key, rest, hasDefault := strings.Cut(s, ",")
	a := atom{key: strings.ToLower(strings.TrimSpace(key))}
	if hasDefault {
		rest = strings.TrimSpace(rest)
		if len(rest) < 2 || rest[0] != '\'' || rest[len(rest)-1] != '\'' {
			return a, "the default in policy variable ${" + s + "} is not between single quotes"
		}
		a.deflt, a.hasDef = rest[1:len(rest)-1], true
	}
	if !validKey(a.key) {
		return a, "policy variable ${" + s + "} is not understood"
	}
	return a, ""
}

func (p part) seal() part {
	switch {
	case len(p.atoms) == 0:
		p.lone = true
	case len(p.atoms) == 1 && !p.atoms[0].one && p.atoms[0].key == "":
		p.plain, p.lone = p.atoms[0].literal, true
	}
	return p
}

// resolve puts the context's values in place of variables. Their content is
// literal: a star in a tag's value is no wildcard (AM-73). False: a variable
// has no single value, and then nothing matches (AM-71).
func (g glob) resolve(ctx Context) (glob, bool) {
	if !g.vars {
		return g, true
	}
	out := glob{text: g.text, parts: make([]part, len(g.parts))}
	for i, p := range g.parts {
		q := part{}
		for _, a := range p.atoms {
			if a.key != "" {
				switch values := ctx[a.key]; {
				case len(values) == 1:
					a = atom{literal: values[0]}
				case len(values) == 0 && a.hasDef:
					a = atom{literal: a.deflt}
				default:
					return out, false
				}
			}
			if last := len(q.atoms) - 1; last >= 0 && !a.one && !q.atoms[last].one {
				q.atoms[last].literal += a.literal
				continue
			}
			q.atoms = append(q.atoms, a)
		}
		out.parts[i] = q.seal()
	}
	return out, true
}

// match reports whether the whole of s fits.
func (g *glob) match(s string, ctx Context) bool {
	if g.vars {
		resolved, ok := g.resolve(ctx)
		if !ok {
			return false
		}
		g = &resolved
	}
	first, last := &g.parts[0], &g.parts[len(g.parts)-1]
	n, ok := first.prefix(s)
	if !ok {
		return false
	}
	if len(g.parts) == 1 {
		return n == len(s)
	}
	s = s[n:]
	for i := 1; i < len(g.parts)-1; i++ {
		if s, ok = g.parts[i].after(s); !ok {
			return false
		}
	}
	return last.suffix(s)
}

// prefix is the length of the text at s's beginning that fits p.
func (p *part) prefix(s string) (int, bool) {
	if p.lone {
		return len(p.plain), strings.HasPrefix(s, p.plain)
	}
	at := 0
	for _, a := range p.atoms {
		if a.one {
			if at == len(s) {
				return 0, false
			}
			_, size := utf8.DecodeRuneInString(s[at:])
			at += size
			continue
		}
		if !strings.HasPrefix(s[at:], a.literal) {
			return 0, false
		}
		at += len(a.literal)
	}
	return at, true
}

// after is what follows p's leftmost occurrence in s.
func (p *part) after(s string) (string, bool) {
	if p.lone {
		i := strings.Index(s, p.plain)
		if i < 0 {
			return "", false
		}
		return s[i+len(p.plain):], true
	}
	if p.length()*len(s) > costly {
		return p.search(s)
	}
	for {
		if n, ok := p.prefix(s); ok {
			return s[n:], true
		}
		if s == "" {
			return "", false
		}
		_, size := utf8.DecodeRuneInString(s)
		s = s[size:]
	}
}

// length is about how many characters p has.
func (p *part) length() int {
	n := len(p.atoms)
	for i := range p.atoms {
		n += len(p.atoms[i].literal)
	}
	return n
}

// suffix reports whether s ends in a text that fits p.
func (p *part) suffix(s string) bool {
	if p.lone {
		return strings.HasSuffix(s, p.plain)
	}
	for i := len(p.atoms) - 1; i >= 0; i-- {
		a := p.atoms[i]
		if a.one {
			if s == "" {
				return false
			}
			_, size := utf8.DecodeLastRuneInString(s)
			s = s[:len(s)-size]
			continue
		}
		if !strings.HasSuffix(s, a.literal) {
			return false
		}
		s = s[:len(s)-len(a.literal)]
	}
	return true
}

// literal is the text of a pattern without wildcards whose variables are resolved.
func (g glob) literal() string { return g.parts[0].text() }

func (p part) text() string {
	if p.lone {
		return p.plain
	}
	var b strings.Builder
	for _, a := range p.atoms {
		b.WriteString(a.literal)
	}
	return b.String()
}

// keys are the context keys of the pattern's variables.
func (g glob) keys() []string {
	var out []string
	for _, p := range g.parts {
		for _, a := range p.atoms {
			if a.key != "" {
				out = append(out, a.key)
			}
		}
	}
	return out
}
