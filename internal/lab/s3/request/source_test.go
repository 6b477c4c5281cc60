package request

import "testing"

func TestACopySourceIsReadAsS3ReadsIt(t *testing.T) {
	for value, want := range map[string]CopySource{
		"bucket/a%20b":                  {Target: Target{"bucket", "a b"}},
		"/bucket/a+b":                   {Target: Target{"bucket", "a b"}},
		"bucket/a%2Bb":                  {Target: Target{"bucket", "a+b"}},
		"bucket%2Fa%2F%2Fb%3Fc":         {Target: Target{"bucket", "a//b?c"}},
		"bucket/%C3%BC?versionId=3%2FL": {Target: Target{"bucket", "ü"}, VersionID: "3/L"},
	} {
		if got, err := ParseCopySource(value); err != nil || got != want {
			t.Errorf("%s: got %+v, %v; want %+v", value, got, err, want)
		}
	}
}
