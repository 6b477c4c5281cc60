//go:build soak

package s3wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"reflect"
	"testing"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
	"github.com/transship/transship/internal/s3wire/payload"
)

// TestAStoreThatNobodyHereWrote makes every call against a real store:
//
//	TRANSSHIP_TEST_S3=http://127.0.0.1:7070 AWS_ACCESS_KEY_ID=... AWS_SECRET_ACCESS_KEY=... go test -run Nobody ./internal/s3wire
func TestAStoreThatNobodyHereWrote(t *testing.T) {
	endpoint := os.Getenv("TRANSSHIP_TEST_S3")
	if endpoint == "" {
		t.Skip("TRANSSHIP_TEST_S3 names no store")
	}
	ctx := context.Background()
	c, err := New(Config{Endpoint: endpoint, PathStyle: true, Region: os.Getenv("AWS_REGION"),
		Credentials: static(Credentials{AccessKey: os.Getenv("AWS_ACCESS_KEY_ID"), Secret: os.Getenv("AWS_SECRET_ACCESS_KEY"), SessionToken: os.Getenv("AWS_SESSION_TOKEN")})})
	if err != nil {
		t.Fatal(err)
	}
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	const bucket = "transship-wire-test"
	var e *transship.Error
	if err := c.CreateBucket(ctx, bucket); err != nil && !(errors.As(err, &e) && e.Code == transship.Conflict) {
		t.Fatal(err)
	}
	_, err = c.HeadBucket(ctx, bucket)
	must("HeadBucket", err)
	if _, err := c.HeadBucket(ctx, "transship-wire-nobody"); transship.CodeOf(err) != transship.NotFound {
		t.Errorf("HeadBucket of none: %v", err)
	}
	status, err := c.GetBucketVersioning(ctx, bucket)
	must("GetBucketVersioning", err)
	t.Logf("versioning %q", status)

	ref := func(key string) s3call.Ref { return s3call.Ref{Bucket: bucket, Key: key} }
	kept := []string{}
	for _, key := range []string{"a b", "a+b", "a%b", "ä/ö", "日本語", "🙂", "a&b=c?d#e", "(x)!*'~-_.", "plain"} {
		if _, err := c.PutObject(ctx, s3call.Put{Bucket: bucket, Key: key, Body: bytes.NewReader([]byte(key)), Size: int64(len(key)), Attributes: s3call.Attributes{UserMetadata: map[string]string{"k": "v"}, ContentType: "text/x"}}); err != nil {
			t.Errorf("put %q: %v", key, err)
			continue
		}
		kept = append(kept, key)
		copied, err := c.CopyObject(ctx, s3call.Copy{Source: ref(key), Bucket: bucket, Key: "copy/" + key})
		if err != nil {
			t.Errorf("copy %q: %v", key, err)
			continue
		}
		head, err := c.HeadObject(ctx, s3call.Get{Ref: ref("copy/" + key)})
		if err != nil || head.ETag != copied.ETag || head.Size != int64(len(key)) || head.UserMetadata["k"] != "v" || head.ContentType != "text/x" {
			t.Errorf("head %q: %v %+v", key, err, head)
		}
	}
	page, err := c.ListObjectsV2(ctx, s3call.List{Bucket: bucket, Prefix: "copy/"})
	must("ListObjectsV2", err)
	if len(page.Objects) != len(kept) {
		t.Errorf("%d listed, %d copied", len(page.Objects), len(kept))
	}
	for _, o := range page.Objects {
		if _, err := c.HeadObject(ctx, s3call.Get{Ref: ref(o.Key)}); err != nil {
			t.Errorf("a listed key: %v", err)
		}
	}
	_, err = c.ListObjectVersions(ctx, s3call.ListVersions{Bucket: bucket, Prefix: "copy/"})
	t.Logf("ListObjectVersions: %v", err)

	for _, size := range []int{payload.Small, payload.Small + 1, 3_000_000} {
		for _, alg := range []string{"", "CRC32", "CRC64NVME", "SHA256"} {
			data := bytes.Repeat([]byte("0123456789"), size/10+1)[:size]
			w, err := c.PutObject(ctx, s3call.Put{Bucket: bucket, Key: "big", Body: bytes.NewReader(data), Size: int64(size), ChecksumAlgorithm: alg})
			if err != nil {
				t.Errorf("put %d bytes, %s: %v", size, alg, err)
				continue
			}
			body, err := c.GetObject(ctx, s3call.Get{Ref: ref("big"), Checksum: true, IfMatch: w.ETag})
			must("GetObject", err)
			got, err := io.ReadAll(body)
			body.Close()
			if err != nil || !bytes.Equal(got, data) || body.ContentEncoding != "" {
				t.Errorf("get %d bytes, %s: %d, %v, encoding %q", size, alg, len(got), err, body.ContentEncoding)
			}
			t.Logf("%d bytes, %q: %v", size, alg, body.Checksums)
		}
	}
	body, err := c.GetObject(ctx, s3call.Get{Ref: ref("big"), First: 10, Length: 5})
	must("GetObject with a range", err)
	if got, _ := io.ReadAll(body); string(got) != "01234" || body.Size != 3_000_000 {
		t.Errorf("range %q of %d", got, body.Size)
	}
	body.Close()
	if _, err := c.GetObject(ctx, s3call.Get{Ref: ref("big"), IfMatch: "00000000000000000000000000000000"}); transship.CodeOf(err) != transship.Precondition {
		t.Errorf("If-Match unmet: %v", err)
	}
	if _, err := c.HeadObject(ctx, s3call.Get{Ref: ref("nobody")}); transship.CodeOf(err) != transship.NotFound {
		t.Errorf("HEAD of none: %v", err)
	}

	tags := []transship.Tag{{Key: "a", Value: "b + c="}, {Key: "ü", Value: ""}}
	must("PutObjectTagging", c.PutObjectTagging(ctx, ref("plain"), tags))
	got, err := c.GetObjectTagging(ctx, ref("plain"))
	must("GetObjectTagging", err)
	if len(got) == 2 && got[0].Key != "a" {
		got[0], got[1] = got[1], got[0]
	}
	if !reflect.DeepEqual(got, tags) {
		t.Errorf("tags %v", got)
	}

	up, err := c.CreateMultipartUpload(ctx, s3call.CreateUpload{Bucket: bucket, Key: "parts ü", Tags: tags[:1], Attributes: s3call.Attributes{ContentType: "text/y"}})
	must("CreateMultipartUpload", err)
	const partSize = 5 << 20
	data := bytes.Repeat([]byte("p"), partSize)
	one, err := c.UploadPart(ctx, s3call.PutPart{Upload: up, Number: 1, Body: bytes.NewReader(data), Size: partSize})
	must("UploadPart", err)
	two, err := c.UploadPartCopy(ctx, s3call.PartCopy{Upload: up, Number: 2, Source: ref("big"), First: 0, Length: 3_000_000})
	must("UploadPartCopy", err)
	open, err := c.ListMultipartUploads(ctx, bucket, "parts", 100)
	must("ListMultipartUploads", err)
	found := false
	for _, o := range open {
		found = found || o.Upload == up
	}
	if !found {
		t.Errorf("uploads %+v, not %+v", open, up)
	}
	_, err = c.CompleteMultipartUpload(ctx, s3call.CompleteUpload{Upload: up, Parts: []s3call.Part{one, two}})
	must("CompleteMultipartUpload", err)
	head, err := c.HeadObject(ctx, s3call.Get{Ref: ref("parts ü")})
	if err != nil || head.Size != partSize+3_000_000 || head.ContentType != "text/y" {
		t.Errorf("%v %+v", err, head)
	}
	up, err = c.CreateMultipartUpload(ctx, s3call.CreateUpload{Bucket: bucket, Key: "given up"})
	must("CreateMultipartUpload", err)
	must("AbortMultipartUpload", c.AbortMultipartUpload(ctx, up))
	if err := c.AbortMultipartUpload(ctx, up); transship.CodeOf(err) != transship.NotFound {
		t.Logf("abort twice: %v", err)
	}
	page, err = c.ListObjectsV2(ctx, s3call.List{Bucket: bucket})
	must("ListObjectsV2", err)
	for _, o := range page.Objects {
		must("DeleteObject", c.DeleteObject(ctx, ref(o.Key)))
	}
}
