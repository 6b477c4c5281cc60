package inventory

import (
	"fmt"
	"unicode/utf8"

	"github.com/transship/transship"
)

// MaxKey is the longest object key in bytes (S3 user guide, object keys).
const MaxKey = 1024

const upperHex = "0123456789ABCDEF"

// EncodeKey writes key as inventories and completion reports have it: letters,
// digits and -_.*/ stay, a space becomes "+", every other byte %XX
// (reference 7.4).
func EncodeKey(key string) string { return string(AppendKey(nil, key)) }

// AppendKey appends the encoded key to dst.
func AppendKey(dst []byte, key string) []byte {
	for i := range len(key) {
		switch c := key[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9',
			c == '-', c == '_', c == '.', c == '*', c == '/':
			dst = append(dst, c)
		case c == ' ':
			dst = append(dst, '+')
		default:
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return dst
}

// DecodeKey reads a key as a manifest has it: %XX is a byte and "+" a space
// (reference 4.2). A broken escape, text that is not UTF-8, an empty key and
// one over [MaxKey] bytes are refused with code Invalid.
func DecodeKey(raw []byte) (string, error) {
	plain := true
	for _, c := range raw {
		if c == '%' || c == '+' {
			plain = false
			break
		}
	}
	text := raw
	if !plain {
		text = make([]byte, 0, len(raw))
		for i := 0; i < len(raw); i++ {
			switch c := raw[i]; c {
			case '+':
				text = append(text, ' ')
			case '%':
				if i+2 >= len(raw) || !isHex(raw[i+1]) || !isHex(raw[i+2]) {
					return "", badKey("has a %% at byte %d that is not followed by two hexadecimal digits (a literal %% is written %%25)", i+1)
				}
				text = append(text, unhex(raw[i+1])<<4|unhex(raw[i+2]))
				i += 2
			default:
				text = append(text, c)
			}
		}
	}
	switch {
	case len(text) == 0:
		return "", badKey("is empty")
	case len(text) > MaxKey:
		return "", badKey("is %d bytes long, over the limit of %d", len(text), MaxKey)
	case !utf8.Valid(text):
		return "", badKey("is not UTF-8")
	}
	return string(text), nil
}

func badKey(format string, args ...any) error {
	return &transship.Error{Code: transship.Invalid, Message: "the key " + fmt.Sprintf(format, args...)}
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	default:
		return c - '0'
	}
}
