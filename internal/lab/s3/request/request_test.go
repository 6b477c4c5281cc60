package request

import (
	"net/http"
	"testing"
	"time"

	"github.com/transship/transship/internal/lab/s3/reply"
)

func TestTargets(t *testing.T) {
	for _, tc := range []struct {
		name, host, path, bucket, key string
	}{
		{"path style", "localhost:9400", "/b/k", "b", "k"},
		{"a bucket with a slash behind", "localhost", "/b/", "b", ""},
		{"the service", "localhost", "/", "", ""},
		{"an empty folder in the key", "localhost", "/b//k", "b", "/k"},
		{"dots are no folders", "localhost", "/b/../k", "b", "../k"},
		{"an escaped slash is a slash", "localhost", "/b/a%2Fb", "b", "a/b"},
		{"a plus is a plus", "localhost", "/b/a+b", "b", "a+b"},
		{"virtual-hosted on localhost", "b.localhost:9400", "/k", "b", "k"},
		{"virtual-hosted as AWS has it", "my.bucket.s3.us-east-1.amazonaws.com", "/k", "my.bucket", "k"},
		{"virtual-hosted, old form", "b.s3-eu-west-1.amazonaws.com", "/k", "b", "k"},
		{"AWS's path style", "s3.us-east-1.amazonaws.com", "/b/k", "b", "k"},
		{"a key that begins with a slash, hosted", "b.localhost", "//k", "b", "/k"},
		{"an address is no bucket", "127.0.0.1:80", "/b/k", "b", "k"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := ParseTarget(tc.host, tc.path)
			if err != nil || got != (Target{tc.bucket, tc.key}) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestConditionsInTheirOrder(t *testing.T) {
	then := time.Date(2026, 11, 24, 12, 0, 0, 500, time.UTC)
	before, after := then.Add(-time.Hour).Format(http.TimeFormat), then.Add(time.Hour).Format(http.TimeFormat)
	for _, tc := range []struct {
		name   string
		header http.Header
		code   string
	}{
		{"no condition", http.Header{}, ""},
		{"a matching tag outranks a date that failed", http.Header{"If-Match": {`"e"`}, "If-Unmodified-Since": {before}}, ""},
		{"a tag of several matches", http.Header{"If-Match": {`"x", "e"`}}, ""},
		{"no tag matches", http.Header{"If-Match": {`"x"`}}, "PreconditionFailed"},
		{"changed since", http.Header{"If-Unmodified-Since": {before}}, "PreconditionFailed"},
		{"unchanged since", http.Header{"If-Unmodified-Since": {after}}, ""},
		{"the tag that is known already", http.Header{"If-None-Match": {`"e"`}, "If-Modified-Since": {before}}, "NotModified"},
		{"another tag outranks a date that failed", http.Header{"If-None-Match": {`"x"`}, "If-Modified-Since": {after}}, ""},
		{"not changed since", http.Header{"If-Modified-Since": {after}}, "NotModified"},
		{"not changed since its own date", http.Header{"If-Modified-Since": {then.Format(http.TimeFormat)}}, "NotModified"},
		{"a broken date is no condition", http.Header{"If-Modified-Since": {"yesterday"}}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			code := ""
			if err := ParseConditions(tc.header, "").Check("e", then); err != nil {
				code = reply.From(err).Code
			}
			if code != tc.code {
				t.Errorf("got %q, want %q", code, tc.code)
			}
		})
	}
}
