package iampolicy

import "unicode/utf8"

// costly is the product of lengths above which a part with "?" is looked for
// bit by bit. Below it, trying every place is faster.
const costly = 1 << 16

// search finds the leftmost text that fits p, and answers what follows it. All
// places of p are advanced at once, 64 to a word (the shift-and algorithm), so a
// part such as "a???...b" costs its length over 64 for each character of s,
// however often its beginning occurs.
func (p *part) search(s string) (string, bool) {
	var pattern []rune
	const one = -1
	for _, a := range p.atoms {
		if a.one {
			pattern = append(pattern, one)
			continue
		}
		for l := a.literal; l != ""; {
			r, size := decode(l)
			pattern, l = append(pattern, r), l[size:]
		}
	}
	words := (len(pattern) + 63) / 64
	wild := make([]uint64, words) // places of "?"
	fits := map[rune][]uint64{}   // places of each character, and of "?"
	for i, r := range pattern {
		if r == one {
			wild[i/64] |= 1 << (i % 64)
		}
	}
	for i, r := range pattern {
		if r == one {
			continue
		}
		if fits[r] == nil {
			fits[r] = append([]uint64(nil), wild...)
		}
		fits[r][i/64] |= 1 << (i % 64)
	}
	state := make([]uint64, words)
	last, bit := words-1, uint64(1)<<((len(pattern)-1)%64)
	for s != "" {
		r, size := decode(s)
		s = s[size:]
		mask := fits[r]
		if mask == nil {
			mask = wild
		}
		carry := uint64(1)
		for i := range state {
			next := state[i]<<1 | carry
			carry, state[i] = state[i]>>63, next&mask[i]
		}
		if state[last]&bit != 0 {
			return s, true
		}
	}
	return "", false
}

// decode is one character, or one byte that is none, told apart from all others.
func decode(s string) (rune, int) {
	r, size := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && size == 1 {
		return utf8.MaxRune + 1 + rune(s[0]), 1
	}
	return r, size
}
