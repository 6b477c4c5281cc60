package request

import (
	"io"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/lab/s3/reply"
)

const maxTags = 10 // of an object

// ParseTagHeader reads x-amz-tagging, which has the form of a query.
func ParseTagHeader(value string) ([]transship.Tag, error) {
	if value == "" {
		return nil, nil
	}
	var tags []transship.Tag
	for pair := range strings.SplitSeq(value, "&") {
		k, v, _ := strings.Cut(pair, "=")
		key, err1 := url.QueryUnescape(k)
		val, err2 := url.QueryUnescape(v)
		if err1 != nil || err2 != nil {
			return nil, reply.Argument("x-amz-tagging", value, "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.")
		}
		for _, t := range tags {
			if t.Key == key {
				return nil, reply.Argument("x-amz-tagging", value, "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.")
			}
		}
		tags = append(tags, transship.Tag{Key: key, Value: val})
	}
	return tags, CheckTags(tags)
}

// ReadTags reads the body of PutObjectTagging.
func ReadTags(body io.Reader) ([]transship.Tag, error) {
	var doc struct {
		TagSet *struct {
			Tag []struct{ Key, Value string }
		}
	}
	if err := readXML(body, "Tagging", &doc); err != nil {
		return nil, err
	}
	if doc.TagSet == nil {
		return nil, reply.New("MalformedXML")
	}
	var tags []transship.Tag
	for _, t := range doc.TagSet.Tag {
		tags = append(tags, transship.Tag{Key: t.Key, Value: t.Value})
	}
	return tags, CheckTags(tags)
}

// CheckTags says whether an object may have these tags: at most ten, keys of 1
// to 128 and values of at most 256 characters, none twice, none of AWS's own.
func CheckTags(tags []transship.Tag) error {
	if len(tags) > maxTags {
		return reply.Say("BadRequest", "Object tags cannot be greater than 10")
	}
	seen := map[string]bool{}
	for _, t := range tags {
		invalid := func(message string) error {
			return reply.Say("InvalidTag", message).With("TagKey", t.Key)
		}
		switch {
		case seen[t.Key]:
			return invalid("Cannot provide multiple Tags with the same key")
		case t.Key == "" || utf8.RuneCountInString(t.Key) > 128 || !tagText(t.Key):
			return invalid("The TagKey you have provided is invalid")
		case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
			return invalid("System tags cannot be added/updated by requester")
		case utf8.RuneCountInString(t.Value) > 256 || !tagText(t.Value):
			return reply.Say("InvalidTag", "The TagValue you have provided is invalid").With("TagKey", t.Key).With("TagValue", t.Value)
		}
		seen[t.Key] = true
	}
	return nil
}

// tagText: letters, digits and blanks of any script, and + - = . _ : / @.
func tagText(s string) bool {
	for _, r := range s {
		if !unicode.In(r, unicode.L, unicode.Z, unicode.N) && !strings.ContainsRune("+-=._:/@", r) {
			return false
		}
	}
	return utf8.ValidString(s)
}
