package iampolicy

import (
	"encoding/base64"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// test compares one request value with one policy value.
type test func(value string, ctx Context) bool

// compileValue makes the test for one policy value of a positive operator. A
// value that its operator cannot read is a problem, not a condition that never
// holds.
func (c *condition) compileValue(kind, text string, variables bool) (test, string) {
	family, compare := kind, ""
	for _, f := range []string{"Numeric", "Date"} {
		if rest, ok := strings.CutPrefix(kind, f); ok {
			family, compare = f, rest
		}
	}
	switch family {
	case "Bool":
		// Documents disagree on variables here (AM-70), so none are taken.
		want, ok := readBool(text)
		c.readable = func(v string) bool { _, ok := readBool(v); return ok }
		return func(v string, _ Context) bool { return strings.ToLower(v) == want }, unless(ok, kind+" takes true or false, not "+quote(text))
	case "Null":
		want, ok := readBool(text)
		c.null, c.absent = true, want == "true"
		return nil, unless(ok, kind+" takes true or false, not "+quote(text))
	case "ArnLike":
		g, problem := compileARN(text, variables)
		c.keys = append(c.keys, g.tail.keys()...)
		return g.match, problem
	case "StringLike", "StringEquals":
		g, problem := compileGlob(text, kind == "StringLike", variables)
		c.keys = append(c.keys, g.keys()...)
		return g.match, problem
	case "StringEqualsIgnoreCase":
		g, problem := compileGlob(text, false, variables)
		c.keys = append(c.keys, g.keys()...)
		return func(v string, ctx Context) bool {
			r, ok := g.resolve(ctx)
			return ok && strings.EqualFold(v, r.literal())
		}, problem
	case "Numeric":
		want, ok := readNumber(text)
		c.readable = func(v string) bool { _, ok := readNumber(v); return ok }
		return func(v string, _ Context) bool {
			n, ok := readNumber(v)
			return ok && holds(compare, n < want, n == want)
		}, unless(ok, kind+" takes a decimal number, not "+quote(text))
	case "Date":
		want, ok := readDate(text)
		c.readable = func(v string) bool { _, ok := readDate(v); return ok }
		return func(v string, _ Context) bool {
			t, ok := readDate(v)
			return ok && holds(compare, t.Before(want), t.Equal(want))
		}, unless(ok, kind+" takes an ISO 8601 date or seconds since 1970, not "+quote(text))
	case "IpAddress":
		want, ok := readPrefix(text)
		c.readable = func(v string) bool { _, err := netip.ParseAddr(v); return err == nil }
		return func(v string, _ Context) bool {
			a, err := netip.ParseAddr(v)
			return err == nil && want.Contains(a.Unmap())
		}, unless(ok, quote(text)+" is no address range such as 203.0.113.0/24")
	case "BinaryEquals":
		want, err := base64.StdEncoding.DecodeString(text)
		return func(v string, _ Context) bool {
			got, err := base64.StdEncoding.DecodeString(v)
			return err == nil && string(got) == string(want)
		}, unless(err == nil, quote(text)+" is not base64")
	}
	return nil, fmt.Sprintf("operator %s is not understood", kind)
}

func unless(ok bool, problem string) string {
	if ok {
		return ""
	}
	return problem
}

func holds(compare string, less, equal bool) bool {
	switch compare {
	case "Equals":
		return equal
	case "LessThan":
		return less
	case "LessThanEquals":
		return less || equal
	case "GreaterThan":
		return !less && !equal
	}
	return !less // GreaterThanEquals
}

func readBool(s string) (string, bool) {
	s = strings.ToLower(s)
	return s, s == "true" || s == "false"
}

// readNumber takes plain decimals; how AWS reads exponents is not documented.
func readNumber(s string) (float64, bool) {
	digits := strings.TrimPrefix(s, "-")
	whole, fraction, dot := strings.Cut(digits, ".")
	if len(s) > 30 || !allDigits(whole) || dot && !allDigits(fraction) {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil
}

func allDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// readDate takes the W3C profile of ISO 8601, and seconds since 1970.
func readDate(s string) (time.Time, bool) {
	if len(s) <= 12 && allDigits(s) && len(s) != 4 {
		n, err := strconv.ParseInt(s, 10, 64)
		return time.Unix(n, 0), err == nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02", "2006-01", "2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// readPrefix takes a CIDR range; a bare address is a range of one.
func readPrefix(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked(), true
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}
