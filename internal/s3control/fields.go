package s3control

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// setter takes over the content of an element; path names it for messages.
type setter func(el *element, path string) error

// structure hands each child to the setter of its name. Any order is right; a
// name that is not known, or comes twice, is refused.
func structure(el *element, path string, known map[string]setter) error {
	if strings.TrimSpace(el.text) != "" {
		return badRequest("%s holds text instead of elements", orBody(path))
	}
	seen := map[string]bool{}
	for _, kid := range el.kids {
		at := kid.name
		if path != "" {
			at = path + "." + kid.name
		}
		set, ok := known[kid.name]
		switch {
		case !ok:
			return badRequest("%s is not known here; transship refuses what it does not understand", short(at))
		case seen[kid.name]:
			return badRequest("%s is given twice", at)
		}
		seen[kid.name] = true
		if err := set(kid, at); err != nil {
			return err
		}
	}
	return nil
}

// list hands each child to set, whatever the child's name is (reference 1.3).
func list(set setter) setter {
	return func(el *element, path string) error {
		if strings.TrimSpace(el.text) != "" {
			return badRequest("%s holds text instead of a list", path)
		}
		for _, kid := range el.kids {
			if err := set(kid, path); err != nil {
				return err
			}
		}
		return nil
	}
}

// leaf is the text of an element that has no children.
func leaf(el *element, path string) (string, error) {
	if len(el.kids) > 0 {
		return "", badRequest("%s holds elements instead of text", path)
	}
	return el.text, nil
}

// text takes a string of at least one character.
func text(to *string) setter {
	return func(el *element, path string) error {
		s, err := leaf(el, path)
		if err == nil && s == "" {
			err = badRequest("%s must not be empty", path)
		}
		*to = s
		return err
	}
}

// maybeEmpty takes any string.
func maybeEmpty(to *string) setter {
	return func(el *element, path string) (err error) {
		*to, err = leaf(el, path)
		return err
	}
}

// word takes a string without the white space around it.
func word[T ~string](to *T) setter {
	return func(el *element, path string) error {
		s, err := leaf(el, path)
		s = strings.TrimSpace(s)
		if err == nil && s == "" {
			err = badRequest("%s must not be empty", path)
		}
		*to = T(s)
		return err
	}
}

func boolean(to *bool) setter {
	return func(el *element, path string) error {
		s, err := leaf(el, path)
		if err != nil {
			return err
		}
		switch strings.TrimSpace(s) {
		case "true":
			*to = true
		case "false":
			*to = false
		default:
			return badRequest("%s must be true or false, not %q", path, short(s))
		}
		return nil
	}
}

func number(to *int64) setter {
	return func(el *element, path string) error {
		s, err := leaf(el, path)
		if err != nil {
			return err
		}
		if *to, err = strconv.ParseInt(strings.TrimSpace(s), 10, 64); err != nil {
			return badRequest("%s must be a whole number, not %q", path, short(s))
		}
		return nil
	}
}

// stampText is what [parseStamp] takes: 0 to 9 digits of a second's fraction,
// and a zone.
var stampText = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$`)

func parseStamp(s string) (time.Time, bool) {
	if !stampText.MatchString(s) {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	return t.UTC(), err == nil
}

func stamp(to **time.Time) setter {
	return func(el *element, path string) error {
		s, err := leaf(el, path)
		if err != nil {
			return err
		}
		t, ok := parseStamp(strings.TrimSpace(s))
		if !ok {
			return badRequest("%s must be a time such as 2026-11-24T20:00:00Z, not %q", path, short(s))
		}
		*to = &t
		return nil
	}
}

// ignored takes an element that the API declares to have no effect.
func ignored(el *element, path string) error {
	_, err := leaf(el, path)
	return err
}

func orBody(path string) string {
	if path == "" {
		return "the request's root element"
	}
	return path
}
