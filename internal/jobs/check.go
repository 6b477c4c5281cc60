package jobs

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/transship/transship"
)

// text refuses a value of more than limit characters. Empty means absent.
func text(field, value string, limit int) error {
	if !utf8.ValidString(value) {
		return invalid("%s is not UTF-8", field)
	}
	if n := utf8.RuneCountInString(value); n > limit {
		return invalid("%s has %d characters; at most %d are allowed", field, n, limit)
	}
	return nil
}

// header is text that becomes the value of an HTTP header.
func header(field, value string, limit int) error {
	if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		return invalid("%s has a control character", field)
	}
	return text(field, value, limit)
}

// oneOf refuses a value that is not in allowed. Empty means absent.
func oneOf(field, value string, allowed ...string) error {
	if value == "" || slices.Contains(allowed, value) {
		return nil
	}
	return invalid("%s %q is not one of %s", field, shorten(value), strings.Join(allowed, ", "))
}

func owner(field, id string) error {
	if id == "" {
		return nil
	}
	if err := transship.CheckAccountID(id); err != nil {
		return invalid("%s: %s", field, err)
	}
	return nil
}

// bucketARN refuses what is not the ARN of a general-purpose bucket. Empty
// means absent.
func bucketARN(field, arn string) error {
	if arn == "" {
		return nil
	}
	if service(arn) == "s3express" {
		return &transship.Error{Code: transship.Unsupported, Message: field + " names a directory bucket, which is not supported"}
	}
	if _, err := transship.BucketFromARN(arn); err != nil || len(arn) > 128 {
		return invalid("%s %q is not a bucket's ARN (arn:aws:s3:::BUCKET) of at most 128 characters", field, shorten(arn))
	}
	return nil
}

// service is the third part of an ARN.
func service(arn string) string {
	parts := strings.SplitN(arn, ":", 4)
	if len(parts) < 4 {
		return ""
	}
	return parts[2]
}

func objectARN(field, arn string) error {
	if service(arn) == "s3express" {
		return invalid("%s names a directory bucket, in which a manifest cannot lie", field)
	}
	if _, _, err := transship.ObjectFromARN(arn); err != nil || utf8.RuneCountInString(arn) > 2000 {
		return invalid("%s %q is not an object's ARN (arn:aws:s3:::BUCKET/KEY) of at most 2000 characters", field, shorten(arn))
	}
	return text(field, arn, 2000)
}

// shorten keeps a message readable when somebody sends a page of text.
func shorten(s string) string {
	const limit = 100
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "..."
}
