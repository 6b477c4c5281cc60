package s3_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/transship/transship/internal/lab/s3"
)

func (c *cloud) copy(caller, from, bucket, key string, change func(*sdk.CopyObjectInput)) (*sdk.CopyObjectOutput, error) {
	in := &sdk.CopyObjectInput{Bucket: &bucket, Key: &key, CopySource: &from}
	if change != nil {
		change(in)
	}
	return c.as(caller).CopyObject(context.Background(), in)
}

func TestCopyTakesMetadataAndTagsUnlessToldOtherwise(t *testing.T) {
	c := newCloud(t)
	c.bucket("source", "from")
	c.bucket("source", "into")
	ctx := context.Background()
	s := c.as("source")
	put, err := s.PutObject(ctx, &sdk.PutObjectInput{Bucket: aws.String("from"), Key: aws.String("k"), Body: strings.NewReader(strings.Repeat("x", 10_000)),
		Metadata: map[string]string{"a": "1"}, ContentType: aws.String("text/a"), Tagging: aws.String("t=1&u=2"), StorageClass: "STANDARD_IA", WebsiteRedirectLocation: aws.String("/x")})
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.copy("source", "from/k", "into", "plain", nil)
	if err != nil || *out.CopyObjectResult.ETag != *put.ETag {
		t.Fatal(out, err)
	}
	c.wantBody("source", "into", "plain", "", strings.Repeat("x", 10_000))
	h, err := s.HeadObject(ctx, &sdk.HeadObjectInput{Bucket: aws.String("into"), Key: aws.String("plain")})
	if err != nil || h.Metadata["a"] != "1" || *h.ContentType != "text/a" || aws.ToInt32(h.TagCount) != 2 || h.StorageClass != "" || h.WebsiteRedirectLocation != nil {
		t.Errorf("%+v %v", h, err)
	}
	_, err = c.copy("source", "/from/k", "into", "changed", func(in *sdk.CopyObjectInput) {
		in.MetadataDirective, in.TaggingDirective = "REPLACE", "REPLACE"
		in.Metadata, in.Tagging, in.StorageClass = map[string]string{"b": "2"}, aws.String("v=3"), "GLACIER_IR"
		in.ChecksumAlgorithm = "SHA256"
	})
	if err != nil {
		t.Fatal(err)
	}
	h, err = s.HeadObject(ctx, &sdk.HeadObjectInput{Bucket: aws.String("into"), Key: aws.String("changed"), ChecksumMode: "ENABLED"})
	if err != nil || h.Metadata["b"] != "2" || h.Metadata["a"] != "" || *h.ContentType == "text/a" || aws.ToInt32(h.TagCount) != 1 || h.StorageClass != "GLACIER_IR" || h.ChecksumSHA256 == nil {
		t.Errorf("%+v %v", h, err)
	}
	_, err = c.copy("source", "from/k", "from", "k", nil)
	wantCode(t, err, 400, "InvalidRequest")
	if _, err = c.copy("source", "from/k", "from", "k", func(in *sdk.CopyObjectInput) { in.MetadataDirective = "REPLACE" }); err != nil {
		t.Error(err)
	}
	c.wantBody("source", "from", "k", "", strings.Repeat("x", 10_000))
	if _, err := s.DeleteObject(ctx, &sdk.DeleteObjectInput{Bucket: aws.String("from"), Key: aws.String("k")}); err != nil {
		t.Fatal(err)
	}
	c.wantBody("source", "into", "plain", "", strings.Repeat("x", 10_000)) // shares the body of what is gone
}

func TestCopyConditions(t *testing.T) {
	c := newCloud(t)
	c.versioned("source", "from")
	c.bucket("source", "into")
	first := c.put("source", "from", "k ü", "one")
	second := c.put("source", "from", "k ü", "two")
	const from = "from/k%20%C3%BC"
	cases := []struct {
		name   string
		change func(*sdk.CopyObjectInput)
		status int
		code   string
	}{
		{"the source's ETag matches", func(in *sdk.CopyObjectInput) { in.CopySourceIfMatch = second.ETag }, 200, ""},
		{"the source's ETag does not match", func(in *sdk.CopyObjectInput) { in.CopySourceIfMatch = first.ETag }, 412, "PreconditionFailed"},
		{"the source's ETag is the one not wanted", func(in *sdk.CopyObjectInput) { in.CopySourceIfNoneMatch = second.ETag }, 412, "PreconditionFailed"},
		{"the source is newer than wanted", func(in *sdk.CopyObjectInput) { in.CopySourceIfUnmodifiedSince = aws.Time(time.Unix(1e9, 0)) }, 412, "PreconditionFailed"},
		{"the source is older than wanted", func(in *sdk.CopyObjectInput) { in.CopySourceIfModifiedSince = aws.Time(time.Now().Add(time.Hour)) }, 412, "PreconditionFailed"},
		{"the destination is there already", func(in *sdk.CopyObjectInput) { in.IfNoneMatch = aws.String("*") }, 412, "PreconditionFailed"},
		{"the destination's owner is another", func(in *sdk.CopyObjectInput) { in.ExpectedBucketOwner = aws.String(dest) }, 403, "AccessDenied"},
		{"the source's owner is another", func(in *sdk.CopyObjectInput) { in.ExpectedSourceBucketOwner = aws.String(dest) }, 403, "AccessDenied"},
		{"both owners are the expected ones", func(in *sdk.CopyObjectInput) {
			in.ExpectedBucketOwner, in.ExpectedSourceBucketOwner = aws.String(source), aws.String(source)
		}, 200, ""},
		{"the source's version is named", func(in *sdk.CopyObjectInput) { in.CopySource = aws.String(from + "?versionId=" + *first.VersionId) }, 200, ""},
		{"the source's version is not there", func(in *sdk.CopyObjectInput) {
			in.CopySource = aws.String("from/other?versionId=" + *first.VersionId)
		}, 404, "NoSuchVersion"},
		{"the source's key is not there", func(in *sdk.CopyObjectInput) { in.CopySource = aws.String("from/none") }, 404, "NoSuchKey"},
		{"the source's bucket is not there", func(in *sdk.CopyObjectInput) { in.CopySource = aws.String("nobody-has-it/none") }, 404, "NoSuchBucket"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			out, err := c.copy("source", from, "into", "k", tc.change)
			if tc.status != 200 {
				wantCode(t, err, tc.status, tc.code)
			} else if err != nil {
				t.Error(err)
			} else if aws.ToString(out.CopySourceVersionId) == "" {
				t.Error("the answer does not name the source's version")
			}
		})
	}
	c.wantBody("source", "into", "k", "", "one")
}

func TestMultipart(t *testing.T) {
	c := newCloud(t, func(cfg *s3.Config) { cfg.MinPartSize = 1000 })
	c.bucket("source", "multi")
	ctx := context.Background()
	s := c.as("source")
	for _, tc := range []struct {
		name      string
		algorithm types.ChecksumAlgorithm
		kind      types.ChecksumType
	}{{"crc32 composite", "CRC32", ""}, {"crc32c full object", "CRC32C", "FULL_OBJECT"}, {"crc64nvme", "CRC64NVME", ""}, {"sha256", "SHA256", ""}, {"none asked for", "", ""}} {
		t.Run(tc.name, func(t *testing.T) {
			key := tc.name
			up, err := s.CreateMultipartUpload(ctx, &sdk.CreateMultipartUploadInput{Bucket: aws.String("multi"), Key: &key, ChecksumAlgorithm: tc.algorithm, ChecksumType: tc.kind, Tagging: aws.String("a=b"), Metadata: map[string]string{"m": "1"}})
			if err != nil {
				t.Fatal(err)
			}
			var parts []types.CompletedPart
			var whole strings.Builder
			for i, n := range []int{5000, 1000, 3} {
				body := strings.Repeat(fmt.Sprint(i), n)
				whole.WriteString(body)
				out, err := s.UploadPart(ctx, &sdk.UploadPartInput{Bucket: aws.String("multi"), Key: &key, UploadId: up.UploadId, PartNumber: aws.Int32(int32(i*2 + 1)), Body: strings.NewReader(body), ChecksumAlgorithm: tc.algorithm})
				if err != nil {
					t.Fatal(err)
				}
				parts = append(parts, types.CompletedPart{PartNumber: aws.Int32(int32(i*2 + 1)), ETag: out.ETag, ChecksumCRC32: out.ChecksumCRC32, ChecksumCRC32C: out.ChecksumCRC32C, ChecksumCRC64NVME: out.ChecksumCRC64NVME, ChecksumSHA256: out.ChecksumSHA256})
			}
			list, err := s.ListParts(ctx, &sdk.ListPartsInput{Bucket: aws.String("multi"), Key: &key, UploadId: up.UploadId, MaxParts: aws.Int32(2)})
			if err != nil || len(list.Parts) != 2 || !*list.IsTruncated || *list.NextPartNumberMarker != "3" {
				t.Errorf("%+v %v", list, err)
			}
			complete := func(parts []types.CompletedPart) (*sdk.CompleteMultipartUploadOutput, error) {
				return s.CompleteMultipartUpload(ctx, &sdk.CompleteMultipartUploadInput{Bucket: aws.String("multi"), Key: &key, UploadId: up.UploadId, IfNoneMatch: aws.String("*"), MultipartUpload: &types.CompletedMultipartUpload{Parts: parts}})
			}
			_, err = complete([]types.CompletedPart{parts[1], parts[0]})
			wantCode(t, err, 400, "InvalidPartOrder")
			_, err = complete([]types.CompletedPart{parts[2], {PartNumber: aws.Int32(7), ETag: aws.String("x"), ChecksumCRC32: parts[2].ChecksumCRC32}})
			wantCode(t, err, 400, "")
			out, err := complete(parts)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(*out.ETag, `-3"`) {
				t.Errorf("ETag %s", *out.ETag)
			}
			c.wantBody("source", "multi", key, "", whole.String())
			p, err := s.GetObject(ctx, &sdk.GetObjectInput{Bucket: aws.String("multi"), Key: &key, PartNumber: aws.Int32(2)})
			if err != nil || *p.ContentLength != 1000 || *p.ContentRange != "bytes 5000-5999/6003" || *p.PartsCount != 3 {
				t.Errorf("%+v %v", p, err)
			}
			copied, err := c.copy("source", "multi/"+strings.ReplaceAll(key, " ", "%20"), "multi", key+" copy", nil)
			if err != nil || strings.Contains(*copied.CopyObjectResult.ETag, "-") {
				t.Errorf("%+v %v", copied, err)
			}
			c.wantBody("source", "multi", key+" copy", "", whole.String())
			h, err := s.HeadObject(ctx, &sdk.HeadObjectInput{Bucket: aws.String("multi"), Key: aws.String(key + " copy"), ChecksumMode: "ENABLED"})
			if err != nil || aws.ToInt32(h.TagCount) != 1 || h.Metadata["m"] != "1" || h.ChecksumType != "FULL_OBJECT" {
				t.Errorf("%+v %v", h, err)
			}
			attr, err := s.GetObjectAttributes(ctx, &sdk.GetObjectAttributesInput{Bucket: aws.String("multi"), Key: &key, ObjectAttributes: []types.ObjectAttributes{"ObjectParts"}})
			if err != nil || attr.ObjectParts == nil || aws.ToInt32(attr.ObjectParts.TotalPartsCount) != 3 {
				t.Errorf("%+v %v", attr, err)
			}
			_, err = complete(parts)
			wantCode(t, err, 404, "NoSuchUpload")
		})
	}
}

func TestSmallPartsAndAbort(t *testing.T) {
	c := newCloud(t)
	c.bucket("source", "multi")
	ctx := context.Background()
	s := c.as("source")
	up, err := s.CreateMultipartUpload(ctx, &sdk.CreateMultipartUploadInput{Bucket: aws.String("multi"), Key: aws.String("k")})
	if err != nil {
		t.Fatal(err)
	}
	var parts []types.CompletedPart
	for i := range int32(2) {
		out, err := s.UploadPart(ctx, &sdk.UploadPartInput{Bucket: aws.String("multi"), Key: aws.String("k"), UploadId: up.UploadId, PartNumber: aws.Int32(i + 1), Body: strings.NewReader("small")})
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, types.CompletedPart{PartNumber: aws.Int32(i + 1), ETag: out.ETag, ChecksumCRC32: out.ChecksumCRC32, ChecksumCRC64NVME: out.ChecksumCRC64NVME})
	}
	_, err = s.CompleteMultipartUpload(ctx, &sdk.CompleteMultipartUploadInput{Bucket: aws.String("multi"), Key: aws.String("k"), UploadId: up.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts}})
	wantCode(t, err, 400, "EntityTooSmall")
	list, err := s.ListMultipartUploads(ctx, &sdk.ListMultipartUploadsInput{Bucket: aws.String("multi")})
	if err != nil || len(list.Uploads) != 1 || *list.Uploads[0].UploadId != *up.UploadId {
		t.Errorf("%+v %v", list, err)
	}
	if _, err := s.AbortMultipartUpload(ctx, &sdk.AbortMultipartUploadInput{Bucket: aws.String("multi"), Key: aws.String("k"), UploadId: up.UploadId}); err != nil {
		t.Fatal(err)
	}
	_, err = s.ListParts(ctx, &sdk.ListPartsInput{Bucket: aws.String("multi"), Key: aws.String("k"), UploadId: up.UploadId})
	wantCode(t, err, 404, "NoSuchUpload")
}

func TestLargeSourcesAreCopiedInParts(t *testing.T) {
	c := newCloud(t, func(cfg *s3.Config) { cfg.MinPartSize, cfg.CopyLimit = 1000, 5000 })
	c.versioned("source", "large")
	body := strings.Repeat("0123456789", 1200)
	put := c.put("source", "large", "k", body)
	_, err := c.copy("source", "large/k", "large", "copy", nil)
	wantCode(t, err, 400, "InvalidRequest") // AM-144
	if err == nil || !strings.Contains(err.Error(), "larger than the maximum allowable size for a copy source: 5000") {
		t.Error(err)
	}
	ctx := context.Background()
	s := c.as("source")
	up, err := s.CreateMultipartUpload(ctx, &sdk.CreateMultipartUploadInput{Bucket: aws.String("large"), Key: aws.String("copy"), ChecksumAlgorithm: "CRC64NVME"})
	if err != nil {
		t.Fatal(err)
	}
	part := func(number int32, r string, match *string) (*sdk.UploadPartCopyOutput, error) {
		return s.UploadPartCopy(ctx, &sdk.UploadPartCopyInput{Bucket: aws.String("large"), Key: aws.String("copy"), UploadId: up.UploadId, PartNumber: &number,
			CopySource: aws.String("large/k?versionId=" + *put.VersionId), CopySourceRange: &r, CopySourceIfMatch: match})
	}
	_, err = part(1, "bytes=0-4999", aws.String("other"))
	wantCode(t, err, 412, "PreconditionFailed")
	_, err = part(1, "bytes=0-12000", nil)
	wantCode(t, err, 400, "InvalidArgument")
	var parts []types.CompletedPart
	for i, r := range []string{"bytes=0-4999", "bytes=5000-9999", "bytes=10000-11999"} {
		out, err := part(int32(i+1), r, put.ETag)
		if err != nil || aws.ToString(out.CopySourceVersionId) != *put.VersionId {
			t.Fatal(out, err)
		}
		parts = append(parts, types.CompletedPart{PartNumber: aws.Int32(int32(i + 1)), ETag: out.CopyPartResult.ETag, ChecksumCRC64NVME: out.CopyPartResult.ChecksumCRC64NVME})
	}
	out, err := s.CompleteMultipartUpload(ctx, &sdk.CompleteMultipartUploadInput{Bucket: aws.String("large"), Key: aws.String("copy"), UploadId: up.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts}})
	if err != nil {
		t.Fatal(err)
	}
	c.wantBody("source", "large", "copy", *out.VersionId, body)
	if aws.ToString(out.ChecksumCRC64NVME) == "" {
		t.Error("the answer has no checksum")
	}
	whole, err := s.HeadObject(ctx, &sdk.HeadObjectInput{Bucket: aws.String("large"), Key: aws.String("k"), ChecksumMode: "ENABLED"})
	if err != nil || aws.ToString(whole.ChecksumCRC64NVME) != "" && *whole.ChecksumCRC64NVME != *out.ChecksumCRC64NVME {
		t.Errorf("checksum of the copy %v differs from its source's %v", aws.ToString(out.ChecksumCRC64NVME), aws.ToString(whole.ChecksumCRC64NVME))
	}
}
