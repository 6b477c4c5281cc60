package s3_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func TestDeleteObjects(t *testing.T) {
	c := newCloud(t)
	c.bucket("source", "data")
	ctx := context.Background()
	var ids []types.ObjectIdentifier
	for i := range 5 {
		key := fmt.Sprintf("k&%d", i)
		c.put("source", "data", key, "x")
		ids = append(ids, types.ObjectIdentifier{Key: &key})
	}
	ids = append(ids, types.ObjectIdentifier{Key: aws.String("never there")})
	c.user("careful", source, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:DeleteObject","Resource":"*"},{"Effect":"Deny","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::data/k&3"}]}`)
	out, err := c.as("careful").DeleteObjects(ctx, &sdk.DeleteObjectsInput{Bucket: aws.String("data"), Delete: &types.Delete{Objects: ids}})
	if err != nil || len(out.Deleted) != 5 || len(out.Errors) != 1 || *out.Errors[0].Key != "k&3" || *out.Errors[0].Code != "AccessDenied" {
		t.Fatalf("%+v %v", out, err)
	}
	c.wantBody("source", "data", "k&3", "", "x")
	_, err = c.get("source", "data", "k&0", "")
	wantCode(t, err, 404, "NoSuchKey")
}

func TestTagging(t *testing.T) {
	c := newCloud(t)
	c.versioned("source", "data")
	ctx := context.Background()
	s := c.as("source")
	old := *c.put("source", "data", "k", "x").VersionId
	c.put("source", "data", "k", "y")
	set := func(version *string, tags ...types.Tag) error {
		_, err := s.PutObjectTagging(ctx, &sdk.PutObjectTaggingInput{Bucket: aws.String("data"), Key: aws.String("k"), VersionId: version, Tagging: &types.Tagging{TagSet: tags}})
		return err
	}
	tag := func(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }
	wantCode(t, set(&old, tag("colour", "rot & grün")), 400, "InvalidTag")
	if err := set(&old, tag("colour", "rot + grün"), tag("n", "")); err != nil {
		t.Fatal(err)
	}
	got, err := s.GetObjectTagging(ctx, &sdk.GetObjectTaggingInput{Bucket: aws.String("data"), Key: aws.String("k"), VersionId: &old})
	if err != nil || len(got.TagSet) != 2 || *got.TagSet[0].Value != "rot + grün" {
		t.Errorf("%+v %v", got, err)
	}
	wantCode(t, set(nil, tag("a", "1"), tag("a", "2")), 400, "InvalidTag")
	wantCode(t, set(nil, tag("aws:x", "1")), 400, "InvalidTag")
	var many []types.Tag
	for i := range 11 {
		many = append(many, tag(fmt.Sprint("t", i), "x"))
	}
	wantCode(t, set(nil, many...), 400, "BadRequest")
	if err := set(nil, many[:10]...); err != nil {
		t.Error(err)
	}
	h, err := s.HeadObject(ctx, &sdk.HeadObjectInput{Bucket: aws.String("data"), Key: aws.String("k")})
	if err != nil || aws.ToInt32(h.TagCount) != 10 {
		t.Errorf("%+v %v", h, err)
	}
	if _, err := s.DeleteObjectTagging(ctx, &sdk.DeleteObjectTaggingInput{Bucket: aws.String("data"), Key: aws.String("k")}); err != nil {
		t.Error(err)
	}
	got, err = s.GetObjectTagging(ctx, &sdk.GetObjectTaggingInput{Bucket: aws.String("data"), Key: aws.String("k")})
	if err != nil || len(got.TagSet) != 0 {
		t.Errorf("%+v %v", got, err)
	}
}

func TestDigestsThatDoNotFit(t *testing.T) {
	c := newCloud(t)
	c.bucket("source", "data")
	ctx := context.Background()
	put := func(change func(*sdk.PutObjectInput)) error {
		in := &sdk.PutObjectInput{Bucket: aws.String("data"), Key: aws.String("k"), Body: strings.NewReader("x")}
		change(in)
		_, err := c.as("source").PutObject(ctx, in)
		return err
	}
	wantCode(t, put(func(in *sdk.PutObjectInput) {
		in.ChecksumSHA256 = aws.String("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
	}), 400, "BadDigest")
	wantCode(t, put(func(in *sdk.PutObjectInput) { in.ChecksumCRC32 = aws.String("AAA=") }), 400, "InvalidRequest")
	wantCode(t, put(func(in *sdk.PutObjectInput) { in.ContentMD5 = aws.String("rL0Y20zC+Fzt72VPzMSk2A==") }), 400, "BadDigest")
	wantCode(t, put(func(in *sdk.PutObjectInput) { in.ContentMD5 = aws.String("nonsense") }), 400, "InvalidDigest")
	wantCode(t, put(func(in *sdk.PutObjectInput) { in.StorageClass = "SILVER" }), 400, "InvalidStorageClass")
	wantCode(t, put(func(in *sdk.PutObjectInput) { in.ServerSideEncryption = "aws:kms" }), 501, "NotImplemented")
	wantCode(t, put(func(in *sdk.PutObjectInput) { in.Metadata = map[string]string{"a": strings.Repeat("x", 2048)} }), 400, "MetadataTooLarge")
	_, err := c.get("source", "data", "k", "")
	wantCode(t, err, 404, "NoSuchKey")
	for algorithm, value := range map[types.ChecksumAlgorithm]func(*sdk.HeadObjectOutput) *string{
		"CRC32":     func(h *sdk.HeadObjectOutput) *string { return h.ChecksumCRC32 },
		"CRC32C":    func(h *sdk.HeadObjectOutput) *string { return h.ChecksumCRC32C },
		"CRC64NVME": func(h *sdk.HeadObjectOutput) *string { return h.ChecksumCRC64NVME },
		"SHA1":      func(h *sdk.HeadObjectOutput) *string { return h.ChecksumSHA1 },
		"SHA256":    func(h *sdk.HeadObjectOutput) *string { return h.ChecksumSHA256 },
	} {
		if err := put(func(in *sdk.PutObjectInput) { in.ChecksumAlgorithm = algorithm }); err != nil {
			t.Errorf("%s: %v", algorithm, err)
		}
		h, err := c.as("source").HeadObject(ctx, &sdk.HeadObjectInput{Bucket: aws.String("data"), Key: aws.String("k"), ChecksumMode: "ENABLED"})
		if err != nil || aws.ToString(value(h)) == "" {
			t.Errorf("%s is not kept: %+v %v", algorithm, h, err)
		}
	}
}

func TestPresignedAndHostedRequests(t *testing.T) {
	c := newCloud(t)
	c.bucket("source", "data")
	c.put("source", "data", "k/ü", "hello")
	url, err := sdk.NewPresignClient(c.as("source")).PresignGetObject(context.Background(), &sdk.GetObjectInput{Bucket: aws.String("data"), Key: aws.String("k/ü"), ResponseContentType: aws.String("text/z")})
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.Get(url.URL)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/z" || res.ContentLength != 5 {
		t.Errorf("HTTP %d %v", res.StatusCode, res.Header)
	}
	c.mustPolicy("source", "data", `{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::data/*"}`)
	for _, host := range []string{"data.localhost:9400", "data.s3.us-east-1.amazonaws.com", "data.s3.localhost"} {
		req, _ := http.NewRequest("GET", c.web.URL+"/k/%C3%BC", nil)
		req.Host = host
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != 200 {
			t.Errorf("%s answers HTTP %d", host, res.StatusCode)
		}
	}
}

func TestObjectAttributes(t *testing.T) {
	c := newCloud(t)
	c.bucket("source", "data")
	c.put("source", "data", "k", "hello")
	out, err := c.as("source").GetObjectAttributes(context.Background(), &sdk.GetObjectAttributesInput{Bucket: aws.String("data"), Key: aws.String("k"),
		ObjectAttributes: []types.ObjectAttributes{"ETag", "Checksum", "StorageClass", "ObjectSize", "ObjectParts"}})
	if err != nil || *out.ObjectSize != 5 || out.StorageClass != "STANDARD" || *out.ETag != "5d41402abc4b2a76b9719d911017c592" || out.Checksum == nil || out.ObjectParts != nil {
		t.Errorf("%+v %v", out, err)
	}
}
