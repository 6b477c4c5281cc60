package s3_test

import (
	"net/url"
	"sort"
)

func sorted(keys []string) []string {
	out := append([]string(nil), keys...)
	sort.Strings(out)
	return out
}

// unescape reads a key of a listing with encoding-type=url.
func unescape(s string) string {
	k, err := url.QueryUnescape(s)
	if err != nil {
		return "broken: " + s
	}
	return k
}
