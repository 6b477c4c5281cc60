package request

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzParseTarget(f *testing.F) {
	for _, seed := range [][2]string{{"localhost:9400", "/b/k"}, {"b.localhost", "//k"}, {"b.s3.us-east-1.amazonaws.com", "/a%2Fb"}, {"s3.localhost", "/b/%ff"}, {"[::1]:1", "/%zz"}, {"127.0.0.1", "/"}, {"my.bucket.s3-eu.x", "/../y"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, host, path string) {
		got, err := ParseTarget(host, path)
		if err == nil && (len(got.Key) > MaxKey || !utf8.ValidString(got.Key)) {
			t.Errorf("%q %q gives the illegal key %q", host, path, got.Key)
		}
	})
}

func FuzzParseCopySource(f *testing.F) {
	for _, seed := range []string{"b/k", "/b/k?versionId=x", "b/%C3%BC", "b/k?versionId=", "arn:aws:s3:::b/k", "b", "/", "b/k?x=1", "b/a%3Fb?versionId=null"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		got, err := ParseCopySource(value)
		if err == nil && (got.Bucket == "" || got.Key == "" || strings.Contains(got.Bucket, "/")) {
			t.Errorf("%q gives %+v", value, got)
		}
	})
}

func FuzzParseRange(f *testing.F) {
	for _, seed := range []string{"bytes=0-0", "bytes=-5", "bytes=5-", "bytes=9-3", "bytes=-0", "bytes=0-1,2-3", "bytes=99999999999999999999-", "bytes=-", "bytes= 1-2"} {
		f.Add(seed, int64(10))
	}
	f.Fuzz(func(t *testing.T, header string, size int64) {
		if size < 0 {
			return
		}
		for _, parse := range []func() (Range, bool, error){
			func() (Range, bool, error) { return ParseRange(header, size) },
			func() (Range, bool, error) { r, err := ParseCopyRange(header, size); return r, err == nil, err },
		} {
			r, ok, err := parse()
			if ok && err == nil && (r.First < 0 || r.Length < 1 || r.First+r.Length > size) {
				t.Errorf("%q of %d bytes gives %+v", header, size, r)
			}
		}
	})
}

func FuzzBodies(f *testing.F) {
	for _, seed := range []string{
		`<Delete><Object><Key>a</Key></Object><Quiet>true</Quiet></Delete>`,
		`<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Part><PartNumber>1</PartNumber><ETag>"x"</ETag></Part></CompleteMultipartUpload>`,
		`<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>`,
		`<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>`,
		`<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>`,
		`<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>`,
		`<!DOCTYPE x [<!ENTITY a "b">]><Delete>&a;</Delete>`, `<Delete`, ``, `<a/>`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		if list, _, err := ReadDelete(bytes.NewReader(doc)); err == nil && (len(list) == 0 || len(list) > 1000) {
			t.Errorf("%d keys", len(list))
		}
		if parts, err := ReadComplete(bytes.NewReader(doc)); err == nil {
			for i, p := range parts {
				if i > 0 && p.Number <= parts[i-1].Number {
					t.Errorf("parts out of order: %v", parts)
				}
			}
		}
		if tags, err := ReadTags(bytes.NewReader(doc)); err == nil && len(tags) > maxTags {
			t.Errorf("%d tags", len(tags))
		}
		ReadVersioning(bytes.NewReader(doc))
		ReadOwnership(bytes.NewReader(doc))
		ReadLocation(bytes.NewReader(doc))
	})
}

func FuzzHeaders(f *testing.F) {
	for _, seed := range [][3]string{{"X-Amz-Tagging", "a=b&c=d", "STANDARD"}, {"X-Amz-Meta-A", "ü\xff", ""}, {"X-Amz-Checksum-Crc32", "AAAAAA==", "GLACIER"}, {"X-Amz-Trailer", "x-amz-checksum-sha256", ""}, {"If-Modified-Since", "Tue, 24 Nov 2026 22:00:00 GMT", ""}, {"Content-Md5", "x", ""}} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, name, value, class string) {
		h := http.Header{http.CanonicalHeaderKey(name): {value}, "X-Amz-Storage-Class": {class}}
		if a, err := ParseAttributes(h); err == nil {
			for k, v := range a.UserMetadata {
				if !utf8.ValidString(v) {
					t.Errorf("metadata %s is not UTF-8: %q", k, v)
				}
			}
		}
		if tags, err := ParseTagHeader(value); err == nil && len(tags) > maxTags {
			t.Errorf("%d tags", len(tags))
		}
		ParseDigest(h)
		ParseAlgorithm(h)
		ParseConditions(h, "")
		MatchETag(value, "x")
	})
}
