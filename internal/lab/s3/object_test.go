package s3_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func versioning(status string) *types.VersioningConfiguration {
	return &types.VersioningConfiguration{Status: types.BucketVersioningStatus(status)}
}

func oddKeys() []string {
	return []string{"a", "a/", "a/b", "a//b", "a/../b", "../x", "./y", "/lead", "//", "trailing/", " blank ", "plus+plus", "pct%41", "ü/ñ/日本", "😀",
		"q?x=1&y=2", "h#h", "tab\tnl\n", "\x01\x02", "quote\"'<>&", "a\x00b", "a\x00", "a\x01", "\u00a0", "e\u0301", "é", strings.Repeat("k", 1024), "uploads", "?versions", "a;b,c:d=e@f$", "*", "~", "\ufffd", "\U0010ffff", "\x7f"}
}

func TestOddKeysAreKeptAsTheyAre(t *testing.T) {
	c := newCloud(t)
	c.bucket("source", "odd")
	ctx := context.Background()
	for _, k := range oddKeys() {
		c.put("source", "odd", k, "body of "+k)
	}
	for _, k := range oddKeys() {
		c.wantBody("source", "odd", k, "", "body of "+k)
	}
	var listed []string
	p := sdk.NewListObjectsV2Paginator(c.as("source"), &sdk.ListObjectsV2Input{Bucket: aws.String("odd"), EncodingType: "url", MaxKeys: aws.Int32(7)})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page.Contents {
			listed = append(listed, unescape(*o.Key))
		}
	}
	want := sorted(oddKeys())
	if fmt.Sprintf("%q", listed) != fmt.Sprintf("%q", want) {
		t.Errorf("listed %q\nwant   %q", listed, want)
	}
	for _, k := range oddKeys() {
		if _, err := c.as("source").DeleteObject(ctx, &sdk.DeleteObjectInput{Bucket: aws.String("odd"), Key: &k}); err != nil {
			t.Errorf("delete %q: %v", k, err)
		}
	}
	if _, err := c.as("source").DeleteBucket(ctx, &sdk.DeleteBucketInput{Bucket: aws.String("odd")}); err != nil {
		t.Error(err)
	}
}

func TestIllegalKeysAreRefused(t *testing.T) {
	c := newCloud(t)
	c.bucket("source", "odd")
	for key, code := range map[string]string{strings.Repeat("k", 1025): "KeyTooLongError", "bad\xff": "InvalidURI"} {
		_, err := c.as("source").PutObject(context.Background(), &sdk.PutObjectInput{Bucket: aws.String("odd"), Key: &key, Body: strings.NewReader("")})
		wantCode(t, err, 400, code)
	}
}

func TestBodiesOfEverySize(t *testing.T) {
	c := newCloud(t)
	c.bucket("source", "sizes")
	random := rand.New(rand.NewSource(1))
	for _, n := range []int{0, 1, 4095, 4096, 4097, 128<<10 - 1, 128 << 10, 128<<10 + 1, 3 << 20} {
		b := make([]byte, n)
		random.Read(b)
		key := fmt.Sprint("size-", n)
		out, err := c.as("source").PutObject(context.Background(), &sdk.PutObjectInput{Bucket: aws.String("sizes"), Key: &key, Body: bytes.NewReader(b),
			Metadata: map[string]string{"n": fmt.Sprint(n)}, ContentType: aws.String("text/x"), CacheControl: aws.String("no-cache"), StorageClass: "STANDARD_IA"})
		if err != nil {
			t.Fatal(err)
		}
		if aws.ToString(out.ChecksumCRC32)+aws.ToString(out.ChecksumCRC64NVME) == "" || out.ChecksumType != "FULL_OBJECT" {
			t.Errorf("answer of the put has checksum %v %v", aws.ToString(out.ChecksumCRC32), out.ChecksumType)
			t.Logf("%+v", out)
		}
		c.wantBody("source", "sizes", key, "", string(b))
		h, err := c.as("source").HeadObject(context.Background(), &sdk.HeadObjectInput{Bucket: aws.String("sizes"), Key: &key, ChecksumMode: "ENABLED"})
		if err != nil {
			t.Fatal(err)
		}
		if *h.ContentLength != int64(n) || h.Metadata["n"] != fmt.Sprint(n) || *h.ContentType != "text/x" || *h.CacheControl != "no-cache" ||
			h.StorageClass != "STANDARD_IA" || *h.ETag != *out.ETag || aws.ToString(h.ChecksumCRC64NVME) != aws.ToString(out.ChecksumCRC64NVME) || aws.ToString(h.ChecksumCRC32) != aws.ToString(out.ChecksumCRC32) {
			t.Errorf("head of %s: %+v", key, h)
		}
	}
}

func TestVersionsAndMarkers(t *testing.T) {
	c := newCloud(t)
	c.bucket("source", "vers")
	ctx := context.Background()
	s := c.as("source")
	c.put("source", "vers", "k", "null one")
	c.setVersioning("source", "vers", "Enabled")
	v1 := *c.put("source", "vers", "k", "one").VersionId
	v2 := *c.put("source", "vers", "k", "two").VersionId
	del, err := s.DeleteObject(ctx, &sdk.DeleteObjectInput{Bucket: aws.String("vers"), Key: aws.String("k")})
	if err != nil || !aws.ToBool(del.DeleteMarker) {
		t.Fatal(del, err)
	}
	_, err = c.get("source", "vers", "k", "")
	wantCode(t, err, 404, "NoSuchKey")
	_, err = c.get("source", "vers", "k", *del.VersionId)
	wantCode(t, err, 405, "MethodNotAllowed") // AM-153
	c.wantBody("source", "vers", "k", v1, "one")
	c.wantBody("source", "vers", "k", v2, "two")
	c.wantBody("source", "vers", "k", "null", "null one")
	list, err := s.ListObjectVersions(ctx, &sdk.ListObjectVersionsInput{Bucket: aws.String("vers")})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Versions) != 3 || len(list.DeleteMarkers) != 1 || *list.Versions[0].VersionId != v2 || *list.Versions[2].VersionId != "null" || !*list.DeleteMarkers[0].IsLatest || *list.Versions[0].IsLatest {
		t.Errorf("%+v %+v", list.Versions, list.DeleteMarkers)
	}
	if _, err := s.DeleteObject(ctx, &sdk.DeleteObjectInput{Bucket: aws.String("vers"), Key: aws.String("k"), VersionId: del.VersionId}); err != nil {
		t.Fatal(err)
	}
	c.wantBody("source", "vers", "k", "", "two")
	c.setVersioning("source", "vers", "Suspended")
	if id := aws.ToString(c.put("source", "vers", "k", "null two").VersionId); id != "null" {
		t.Errorf("a put while suspended makes version %q", id)
	}
	c.wantBody("source", "vers", "k", "null", "null two")
	_, err = c.get("source", "vers", "k", "nonsense")
	wantCode(t, err, 400, "InvalidArgument")
	_, err = c.get("source", "vers", "other", v1)
	wantCode(t, err, 404, "NoSuchVersion")
	_, err = s.DeleteBucket(ctx, &sdk.DeleteBucketInput{Bucket: aws.String("vers")})
	wantCode(t, err, 409, "BucketNotEmpty")
}

func TestRangesAndConditions(t *testing.T) {
	c := newCloud(t)
	c.bucket("source", "range")
	etag := *c.put("source", "range", "k", "0123456789").ETag
	ctx := context.Background()
	for r, want := range map[string]string{"bytes=0-0": "0", "bytes=3-5": "345", "bytes=7-": "789", "bytes=-2": "89", "bytes=5-99": "56789", "bytes=-99": "0123456789", "bytes=5-3": "0123456789", "lines=1": "0123456789", "bytes=0-1,3-4": "0123456789"} {
		out, err := c.as("source").GetObject(ctx, &sdk.GetObjectInput{Bucket: aws.String("range"), Key: aws.String("k"), Range: &r})
		if err != nil {
			t.Errorf("%s: %v", r, err)
			continue
		}
		var b bytes.Buffer
		b.ReadFrom(out.Body)
		if b.String() != want {
			t.Errorf("%s gives %q, want %q", r, b.String(), want)
		}
	}
	_, err := c.as("source").GetObject(ctx, &sdk.GetObjectInput{Bucket: aws.String("range"), Key: aws.String("k"), Range: aws.String("bytes=10-")})
	wantCode(t, err, 416, "InvalidRange")
	get := func(change func(*sdk.GetObjectInput)) error {
		in := &sdk.GetObjectInput{Bucket: aws.String("range"), Key: aws.String("k")}
		change(in)
		out, err := c.as("source").GetObject(ctx, in)
		if err == nil {
			out.Body.Close()
		}
		return err
	}
	wantCode(t, get(func(in *sdk.GetObjectInput) { in.IfMatch = aws.String(`"no"`) }), 412, "PreconditionFailed")
	wantCode(t, get(func(in *sdk.GetObjectInput) { in.IfNoneMatch = &etag }), 304, "")
	if err := get(func(in *sdk.GetObjectInput) { in.IfMatch = &etag }); err != nil {
		t.Error(err)
	}
}

func TestConditionalWrites(t *testing.T) {
	c := newCloud(t)
	c.bucket("source", "cond")
	ctx := context.Background()
	const racers = 16
	won := make(chan bool, racers)
	for i := range racers {
		go func() {
			_, err := c.as("source").PutObject(ctx, &sdk.PutObjectInput{Bucket: aws.String("cond"), Key: aws.String("k"), Body: strings.NewReader(fmt.Sprint(i)), IfNoneMatch: aws.String("*")})
			if err != nil {
				wantCode(t, err, 412, "PreconditionFailed")
			}
			won <- err == nil
		}()
	}
	winners := 0
	for range racers {
		if <-won {
			winners++
		}
	}
	if winners != 1 {
		t.Errorf("%d of %d writers that asked for a free key won", winners, racers)
	}
	_, err := c.as("source").PutObject(ctx, &sdk.PutObjectInput{Bucket: aws.String("cond"), Key: aws.String("none"), Body: strings.NewReader(""), IfMatch: aws.String("x")})
	wantCode(t, err, 404, "NoSuchKey")
	_, err = c.as("source").PutObject(ctx, &sdk.PutObjectInput{Bucket: aws.String("cond"), Key: aws.String("k"), Body: strings.NewReader(""), IfMatch: aws.String("x")})
	wantCode(t, err, 412, "PreconditionFailed")
}
