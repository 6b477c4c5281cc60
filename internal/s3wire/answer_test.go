package s3wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

func TestARefusalSaysWhatTheStoreSaid(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		body   string
		code   transship.Code
		s3code string
		hint   string
	}{
		{"no such key", 404, "<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>", transship.NotFound, "NoSuchKey", ""},
		{"denied", 403, "<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code><Message>gone</Message></Error>", transship.Denied, "AccessDenied", ""},
		{"a condition unmet", 412, "<Error><Code>PreconditionFailed</Code><Message>gone</Message></Error>", transship.Precondition, "PreconditionFailed", ""},
		{"a conflict", 409, "<Error><Code>ConditionalRequestConflict</Code><Message>gone</Message></Error>", transship.Conflict, "ConditionalRequestConflict", ""},
		{"slow down", 503, "<Error><Code>SlowDown</Code><Message>gone</Message></Error>", transship.Throttled, "SlowDown", ""},
		{"too many requests without a document", 429, "gone", transship.Throttled, "TooManyRequests", ""},
		{"an internal error", 500, "<Error><Code>InternalError</Code><Message>gone</Message></Error>", transship.Unavailable, "InternalError", ""},
		{"a gateway", 502, "<html><body>gone</body></html>", transship.Unavailable, "BadGateway", ""},
		{"a gateway's time-out", 504, "", transship.Unavailable, "GatewayTimeout", ""},
		{"a slow sender", 400, "<Error><Code>RequestTimeout</Code><Message>gone</Message></Error>", transship.Unavailable, "RequestTimeout", ""},
		{"a wrong argument", 400, "<Error><Code>InvalidArgument</Code><Message>gone</Message></Error>", transship.Invalid, "InvalidArgument", ""},
		{"not implemented", 501, "<Error><Code>NotImplemented</Code><Message>gone</Message></Error>", transship.Unsupported, "NotImplemented", ""},
		{"another Region", 301, "<Error><Code>PermanentRedirect</Code><Message>gone</Message></Error>", transship.Invalid, "PermanentRedirect", "eu-west-3"},
		{"another Region in the signature", 400, "<Error><Code>AuthorizationHeaderMalformed</Code><Message>gone</Message><Region>eu-west-3</Region></Error>", transship.Invalid, "AuthorizationHeaderMalformed", "eu-west-3"},
		{"a document that broke off", 403, "<Error><Code>Acc", transship.Denied, "Forbidden", ""},
		{"a namespace", 403, `<s:Error xmlns:s="x>y"><s:Code>AccessDenied</s:Code><!-- > --><s:Message><![CDATA[a & b]]> &lt;c&gt;</s:Message></s:Error>`, transship.Denied, "AccessDenied", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStore(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("X-Amz-Bucket-Region", "eu-west-3")
				w.Header().Set("Location", "http://127.0.0.1:1/elsewhere")
				w.WriteHeader(c.status)
				io.WriteString(w, c.body)
			})
			_, err := s.client().PutObject(context.Background(), aPut)
			var e *transship.Error
			if !errors.As(err, &e) {
				t.Fatal(err)
			}
			if e.Code != c.code || e.S3Code != c.s3code || e.Status != c.status || e.Op != "PutObject" || e.Bucket != "bucket" || e.Key != "k" {
				t.Errorf("%+v", e)
			}
			if !strings.Contains(e.Hint, c.hint) {
				t.Errorf("hint %q", e.Hint)
			}
			if strings.Contains(c.body, "<Message>gone") && e.Message != "gone" {
				t.Errorf("message %q", e.Message)
			}
			if c.name == "a namespace" && e.Message != "a & b <c>" {
				t.Errorf("message %q", e.Message)
			}
		})
	}
}

func copyOnce(t *testing.T, answer string) (s3call.Copied, error) {
	t.Helper()
	s := newStore(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Amz-Version-Id", "new")
		w.Header().Set("X-Amz-Copy-Source-Version-Id", "old")
		io.WriteString(w, answer)
	})
	return s.client().CopyObject(context.Background(), s3call.Copy{Source: s3call.Ref{Bucket: "source", Key: "k"}, Bucket: "bucket", Key: "k"})
}

func TestACopysAnswerIsReadWhole(t *testing.T) {
	got, err := copyOnce(t, `<?xml version="1.0" encoding="UTF-8"?>`+strings.Repeat(" \n", 1000)+
		`<CopyObjectResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LastModified>2026-11-24T22:00:01.500Z</LastModified><ETag>&quot;9b2cf535f27731c974343645a3985328&quot;</ETag><ChecksumType>FULL_OBJECT</ChecksumType><ChecksumCRC64NVME>AAAAAAAAAAA=</ChecksumCRC64NVME></CopyObjectResult>`)
	want := s3call.Copied{Written: s3call.Written{ETag: "9b2cf535f27731c974343645a3985328", VersionID: "new",
		Checksum: transship.Checksum{Algorithm: "CRC64NVME", Value: "AAAAAAAAAAA=", Type: "FULL_OBJECT"}},
		LastModified: time.Date(2026, 11, 24, 22, 0, 1, 5e8, time.UTC), SourceVersionID: "old"}
	if err != nil || got != want {
		t.Fatalf("%+v, %v", got, err)
	}
}

func TestAnErrorInsideA200IsAnError(t *testing.T) {
	for s3code, code := range map[string]transship.Code{"InternalError": transship.Unavailable, "SlowDown": transship.Throttled, "AccessDenied": transship.Denied, "NoSuchKey": transship.NotFound} {
		_, err := copyOnce(t, "<?xml version=\"1.0\"?>\n\n   <Error><Code>"+s3code+"</Code><Message>m</Message></Error>")
		var e *transship.Error
		if !errors.As(err, &e) || e.Code != code || e.S3Code != s3code || e.Status < 400 {
			t.Errorf("%s: %+v", s3code, e)
		}
	}
}

func TestACopysAnswerThatBreaksOffLeavesTheOutcomeUnknown(t *testing.T) {
	const whole = `<CopyObjectResult><ETag>"e"</ETag></CopyObjectResult>`
	n := 0
	s := newStore(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, whole[:n]) })
	c := s.client()
	for n = range len(whole) {
		_, err := c.CopyObject(context.Background(), s3call.Copy{Source: aHead.Ref, Bucket: "bucket", Key: "k"})
		wantUnknown(t, err)
	}
	_, err := copyOnce(t, "<html></html>")
	wantUnknown(t, err)
}

func TestHeadersOfAnObjectComeBackAsTheyAre(t *testing.T) {
	s := newStore(t, func(w http.ResponseWriter, r *http.Request) {
		for k, v := range map[string]string{"Cache-Control": "no-store", "Content-Disposition": "attachment", "Content-Encoding": "aws-chunked,gzip", "Content-Language": "de",
			"Content-Type": "text/plain", "Expires": "whenever", "ETag": `"abc-2"`, "Last-Modified": "Tue, 24 Nov 2026 22:00:00 GMT", "Date": "Tue, 24 Nov 2026 22:00:01 GMT",
			"Content-Length": "5", "x-amz-version-id": "v", "x-amz-tagging-count": "3", "x-amz-storage-class": "GLACIER_IR", "x-amz-server-side-encryption": "aws:kms",
			"x-amz-server-side-encryption-aws-kms-key-id": "arn:k", "x-amz-server-side-encryption-bucket-key-enabled": "true", "x-amz-website-redirect-location": "/x",
			"x-amz-object-lock-legal-hold": "ON", "x-amz-object-lock-mode": "GOVERNANCE", "x-amz-object-lock-retain-until-date": "2027-01-01T00:00:00Z",
			"x-amz-checksum-crc32": "AAAAAA==-2", "x-amz-checksum-sha256": "x", "x-amz-meta-One": "=?UTF-8?B?w6Q=?=", "X-AMZ-META-TWO": ""} {
			w.Header()[k] = []string{v}
		}
		if r.Method == "GET" {
			io.WriteString(w, "hello")
		}
	})
	until := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	want := s3call.Head{Size: 5, ETag: "abc-2", VersionID: "v", TagCount: 3, LastModified: time.Date(2026, 11, 24, 22, 0, 0, 0, time.UTC), Date: time.Date(2026, 11, 24, 22, 0, 1, 0, time.UTC),
		Attributes: s3call.Attributes{CacheControl: "no-store", ContentDisposition: "attachment", ContentEncoding: "gzip", ContentLanguage: "de", ContentType: "text/plain", Expires: "whenever",
			StorageClass: "GLACIER_IR", SSE: "aws:kms", SSEKMSKeyID: "arn:k", BucketKeyEnabled: true, RedirectLocation: "/x", LegalHold: "ON", LockMode: "GOVERNANCE", RetainUntil: &until,
			UserMetadata: map[string]string{"one": "=?UTF-8?B?w6Q=?=", "two": ""}},
		Checksums: []transship.Checksum{{Algorithm: "CRC32", Value: "AAAAAA==-2", Type: "COMPOSITE"}, {Algorithm: "SHA256", Value: "x", Type: "FULL_OBJECT"}}}
	get := s3call.Get{Ref: s3call.Ref{Bucket: "bucket", Key: "k", VersionID: "v"}, IfMatch: "abc-2", RequesterPays: true, ExpectedOwner: "111111111111", Checksum: true}
	c := s.client()
	got, err := c.HeadObject(context.Background(), get)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("head %v\n%+v\n%+v", err, got, want)
	}
	r := <-s.seen
	for k, v := range map[string]string{"If-Match": `"abc-2"`, "X-Amz-Request-Payer": "requester", "X-Amz-Checksum-Mode": "ENABLED", "X-Amz-Expected-Bucket-Owner": "111111111111"} {
		if r.Header.Get(k) != v {
			t.Errorf("%s: %q", k, r.Header.Get(k))
		}
	}
	if r.URL.RawQuery != "versionId=v" {
		t.Error(r.URL.RawQuery)
	}
	body, err := c.GetObject(context.Background(), get)
	if err != nil || !reflect.DeepEqual(body.Head, want) || body.Length != 5 {
		t.Fatalf("get %v %+v", err, body)
	}
	body.Close()
}

func TestADeleteMarkerIsShownWithTheRefusal(t *testing.T) {
	s := newStore(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Amz-Delete-Marker", "true")
		w.Header().Set("X-Amz-Version-Id", "m")
		w.WriteHeader(404)
	})
	head, err := s.client().HeadObject(context.Background(), aHead)
	if transship.CodeOf(err) != transship.NotFound || !head.DeleteMarker || head.VersionID != "m" {
		t.Fatalf("%+v %v", head, err)
	}
}

func TestRangesAreAskedForAndChecked(t *testing.T) {
	answer := "bytes 2-4/10"
	s := newStore(t, func(w http.ResponseWriter, r *http.Request) {
		if answer != "" {
			w.Header().Set("Content-Range", answer)
			w.Header().Set("Content-Length", "3")
			w.WriteHeader(206)
		}
		io.WriteString(w, "abc")
	})
	get := aHead
	get.First, get.Length = 2, 3
	body, err := s.client().GetObject(context.Background(), get)
	if err != nil || body.Size != 10 || body.Length != 3 {
		t.Fatalf("%+v %v", body, err)
	}
	body.Close()
	if r := <-s.seen; r.Header.Get("Range") != "bytes=2-4" {
		t.Error(r.Header)
	}
	for _, answer = range []string{"", "bytes 0-2/10", "x"} {
		if _, err := s.client().GetObject(context.Background(), get); transship.CodeOf(err) != transship.Damaged {
			t.Errorf("%q: %v", answer, err)
		}
	}
}

const listing = `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name><Prefix></Prefix><NextContinuationToken>t+/=</NextContinuationToken><KeyCount>2</KeyCount><MaxKeys>2</MaxKeys><IsTruncated>true</IsTruncated>
<Contents><Key>a+b%2Bc%25%C3%A4</Key><LastModified>2026-11-24T22:00:00.000Z</LastModified><ETag>&quot;e1&quot;</ETag><ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>7</Size><StorageClass>STANDARD</StorageClass></Contents>
<Contents><Key>plain</Key><LastModified>2026-11-24T22:00:00Z</LastModified><ETag>"e2"</ETag><Size>0</Size><Owner><ID>o</ID></Owner><StorageClass>GLACIER</StorageClass></Contents>
<CommonPrefixes><Prefix>p%2F</Prefix></CommonPrefixes><EncodingType>url</EncodingType></ListBucketResult>`

func TestAListingIsDecodedWhereverItSaysSo(t *testing.T) {
	text := listing
	s := newStore(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, text) })
	c := s.client()
	at := time.Date(2026, 11, 24, 22, 0, 0, 0, time.UTC)
	got, err := c.ListObjectsV2(context.Background(), s3call.List{Bucket: "bucket", Prefix: "a b", StartAfter: "a+b", Token: "x=", Delimiter: "/", MaxKeys: 2, RequesterPays: true})
	want := s3call.Page{Truncated: true, Token: "t+/=", Prefixes: []string{"p/"}, Objects: []transship.Object{
		{Bucket: "bucket", Key: "a b+c%ä", Size: 7, ETag: "e1", LastModified: at, StorageClass: "STANDARD", Checksum: transship.Checksum{Algorithm: "CRC32", Type: "FULL_OBJECT"}},
		{Bucket: "bucket", Key: "plain", ETag: "e2", LastModified: at, StorageClass: "GLACIER", Owner: "o"}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%v\n%+v\n%+v", err, got, want)
	}
	if q := (<-s.seen).URL.RawQuery; q != "continuation-token=x%3D&delimiter=%2F&encoding-type=url&list-type=2&max-keys=2&prefix=a%20b&start-after=a%2Bb" {
		t.Error(q)
	}
	text = strings.Replace(listing, "<EncodingType>url</EncodingType>", "", 1)
	if got, err := c.ListObjectsV2(context.Background(), s3call.List{Bucket: "bucket"}); err != nil || got.Objects[0].Key != "a+b%2Bc%25%C3%A4" || got.Prefixes[0] != "p%2F" {
		t.Errorf("%v %+v", err, got)
	}
}

// SEED of promise 2: a failed listing is never an empty bucket.
func TestAListingThatBreaksOffIsNeverAPage(t *testing.T) {
	text := ""
	s := newStore(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, text) })
	c := s.client()
	check := func(name string) {
		t.Helper()
		page, err := c.ListObjectsV2(context.Background(), s3call.List{Bucket: "bucket"})
		if err == nil || len(page.Objects) > 0 {
			t.Errorf("%s: %d objects, no error", name, len(page.Objects))
		}
	}
	for n := 0; n < len(listing); n += 7 {
		text = listing[:n]
		check(fmt.Sprintf("cut at %d", n))
	}
	for name, change := range map[string][2]string{
		"no word about the end":  {"<IsTruncated>true</IsTruncated>", ""},
		"no token":               {"<NextContinuationToken>t+/=</NextContinuationToken>", ""},
		"a key that is no URL":   {"a+b%2Bc", "a+b%zz"},
		"no key":                 {"<Key>plain</Key>", ""},
		"a size that is no size": {"<Size>7</Size>", "<Size>x</Size>"},
		"another root":           {"ListBucketResult", "Other"},
	} {
		text = strings.ReplaceAll(listing, change[0], change[1])
		check(name)
	}
	text = "<Error><Code>SlowDown</Code></Error>"
	check("an error inside")
}

func TestVersionsComeInTheOrderOfTheAnswer(t *testing.T) {
	s := newStore(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k%2B</NextKeyMarker><NextVersionIdMarker>v1</NextVersionIdMarker><EncodingType>url</EncodingType>
<DeleteMarker><Key>k</Key><VersionId>v3</VersionId><IsLatest>true</IsLatest><LastModified>2026-11-24T22:00:00Z</LastModified></DeleteMarker>
<Version><Key>k</Key><VersionId>null</VersionId><IsLatest>false</IsLatest><ETag>"e"</ETag><Size>3</Size></Version></ListVersionsResult>`)
	})
	page, err := s.client().ListObjectVersions(context.Background(), s3call.ListVersions{Bucket: "bucket", KeyMarker: "k", VersionMarker: "v4"})
	if err != nil || len(page.Objects) != 2 || !page.Objects[0].IsDeleteMarker || !page.Objects[0].IsLatest || page.Objects[1].IsDeleteMarker || page.Objects[1].VersionID != "null" || page.NextKeyMarker != "k+" || page.NextVersionMarker != "v1" {
		t.Fatalf("%+v %v", page, err)
	}
}

func TestReadsAreRepeatedAndWritesOnlyWhenAskedAndRefused(t *testing.T) {
	var mu sync.Mutex
	var left, status, seen int
	s := newStore(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen++
		if left > 0 {
			left--
			w.WriteHeader(status)
		}
	})
	for _, c := range []struct {
		name   string
		status int
		write  bool
		ask    bool
		want   int
	}{
		{"a throttled read", 503, false, false, 4},
		{"a read that met a fault", 500, false, false, 4},
		{"a denied read", 403, false, false, 1},
		{"a throttled write, not asked", 503, true, false, 1},
		{"a throttled write, asked", 503, true, true, 4},
		{"a denied write, asked", 403, true, true, 1},
	} {
		left, status, seen = 3, c.status, 0
		client := s.client(func(cfg *Config) { cfg.Retry = always{}; cfg.RetryWrites = c.ask })
		var err error
		if c.write {
			_, err = client.PutObject(context.Background(), aPut)
		} else {
			_, err = client.HeadObject(context.Background(), aHead)
		}
		if seen != c.want || (err == nil) != (c.want == 4) {
			t.Errorf("%s: %d requests, %v", c.name, seen, err)
		}
	}
}

// gate remembers what it was told.
type gate struct{ told []string }

func (g *gate) Enter(context.Context) (func(bool, bool, time.Duration), error) {
	return func(throttled, failed bool, d time.Duration) {
		g.told = append(g.told, fmt.Sprint(throttled, failed, d > 0))
	}, nil
}

func TestTheGateLearnsOfEachAnswer(t *testing.T) {
	statuses := []int{200, 503, 500, 404}
	s := newStore(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(statuses[0]); statuses = statuses[1:] })
	g := &gate{}
	c := s.client(func(c *Config) { c.Gate = g })
	for range 4 {
		c.PutObject(context.Background(), aPut)
	}
	if got := strings.Join(g.told, ", "); got != "false false true, true false true, false true true, false false true" {
		t.Error(got)
	}
}

func TestAHeaderCannotMakeAnotherHeader(t *testing.T) {
	c := plain(t, "http://127.0.0.1:1")
	p := aPut
	p.ContentType = "a\r\nX-Amz-Acl: public-read"
	if _, err := c.PutObject(context.Background(), p); transship.CodeOf(err) != transship.Invalid {
		t.Error(err)
	}
	for _, g := range []s3call.Ref{{Bucket: "", Key: "k"}, {Bucket: "b", Key: ""}, {Bucket: "b/c", Key: "k"}, {Bucket: "b?acl", Key: "k"}} {
		if err := c.DeleteObject(context.Background(), g); transship.CodeOf(err) != transship.Invalid {
			t.Errorf("%+v: %v", g, err)
		}
	}
}

func TestWhereABucketIsAskedFor(t *testing.T) {
	for _, c := range []struct {
		endpoint, region, bucket string
		pathStyle                bool
		host, path               string
	}{
		{"", "eu-central-1", "bucket", false, "bucket.s3.eu-central-1.amazonaws.com", "/k"},
		{"", "cn-north-1", "bucket", false, "bucket.s3.cn-north-1.amazonaws.com.cn", "/k"},
		{"", "eu-central-1", "with.dots", false, "s3.eu-central-1.amazonaws.com", "/with.dots/k"},
		{"", "eu-central-1", "Upper_Case", false, "s3.eu-central-1.amazonaws.com", "/Upper_Case/k"},
		{"http://store:80", "", "bucket", true, "store", "/bucket/k"},
		{"https://store:443/", "", "bucket", true, "store", "/bucket/k"},
		{"http://127.0.0.1:9000", "", "bucket", false, "127.0.0.1:9000", "/bucket/k"},
		{"http://[::1]:9000", "", "bucket", false, "[::1]:9000", "/bucket/k"},
	} {
		client, err := New(Config{Endpoint: c.endpoint, Region: c.region, PathStyle: c.pathStyle})
		if err != nil {
			t.Fatal(err)
		}
		if host, path := client.place(c.bucket, "k"); host != c.host || string(path) != c.path {
			t.Errorf("%+v: %s %s", c, host, path)
		}
	}
	for _, endpoint := range []string{"store:9000", "ftp://store", "http://", "http://store/base", "http://u:secret@store"} {
		if _, err := New(Config{Endpoint: endpoint}); transship.CodeOf(err) != transship.Invalid || strings.Contains(fmt.Sprint(err), "secret") {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
}

// gofakes3 1.2 does not look at ?tagging and answers with the object.
func TestAnObjectIsNoListOfTags(t *testing.T) {
	for _, size := range []int{5, maxAnswer + 1} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("ETag", `"5d41402abc4b2a76b9719d911017c592"`)
			w.Header().Set("Last-Modified", "Tue, 24 Nov 2026 23:18:24 GMT")
			w.Write(make([]byte, size))
		}))
		defer server.Close()
		_, err := plain(t, server.URL).GetObjectTagging(context.Background(), s3call.Ref{Bucket: "b", Key: "k"})
		var e *transship.Error
		if !errors.As(err, &e) || e.S3Code != "NotImplemented" || e.Status != 501 {
			t.Errorf("an object of %d bytes: got %v, want NotImplemented", size, err)
		}
	}
}

func TestAnUploadBeginsUnderEitherName(t *testing.T) {
	for _, root := range []string{"InitiateMultipartUploadResult", "InitiateMultipartUpload"} { // the second is rclone's
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, "<%s><Bucket>b</Bucket><Key>k</Key><UploadId>id-1</UploadId></%s>", root, root)
		}))
		defer server.Close()
		up, err := plain(t, server.URL).CreateMultipartUpload(context.Background(), s3call.CreateUpload{Bucket: "b", Key: "k"})
		if err != nil || up.ID != "id-1" {
			t.Errorf("%s: %+v, %v", root, up, err)
		}
	}
}
