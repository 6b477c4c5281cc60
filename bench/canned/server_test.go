package canned

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func open(t *testing.T, objects int) (*s3.Client, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- (&Server{Objects: objects}).Serve(l) }()
	t.Cleanup(func() {
		if err := errors.Join(l.Close(), <-ended); err != nil {
			t.Error(err)
		}
	})
	url := "http://" + l.Addr().String()
	return s3.New(s3.Options{Region: "us-east-1", BaseEndpoint: &url, UsePathStyle: true, Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", "")}), url
}

// all lists everything below a prefix, folders with a / at their end.
func all(t *testing.T, c *s3.Client, in s3.ListObjectsV2Input) (keys []string) {
	t.Helper()
	in.Bucket = aws.String("source")
	pages := s3.NewListObjectsV2Paginator(c, &in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page.Contents {
			keys = append(keys, *o.Key)
		}
		for _, p := range page.CommonPrefixes {
			keys = append(keys, *p.Prefix)
		}
	}
	return keys
}

func TestTheSDKListsEveryMadeUpKeyOnce(t *testing.T) {
	c, _ := open(t, 3456)
	var want []string
	for i := range 3456 {
		want = append(want, Key(i))
	}
	folders := []string{"photos/00000/", "photos/00001/", "photos/00002/", "photos/00003/"}
	for name, test := range map[string]struct {
		in   s3.ListObjectsV2Input
		want []string
	}{
		"a whole bucket":          {s3.ListObjectsV2Input{}, want},
		"small pages":             {s3.ListObjectsV2Input{MaxKeys: aws.Int32(7)}, want},
		"from a key on":           {s3.ListObjectsV2Input{StartAfter: aws.String(Key(2000))}, want[2001:]},
		"below a prefix":          {s3.ListObjectsV2Input{Prefix: aws.String("photos/00001/")}, want[1000:2000]},
		"below no prefix there":   {s3.ListObjectsV2Input{Prefix: aws.String("videos")}, nil},
		"folders":                 {s3.ListObjectsV2Input{Prefix: aws.String("photos/"), Delimiter: aws.String("/")}, folders},
		"folders, one a page":     {s3.ListObjectsV2Input{Prefix: aws.String("photos/"), Delimiter: aws.String("/"), MaxKeys: aws.Int32(1)}, folders},
		"the one folder on top":   {s3.ListObjectsV2Input{Delimiter: aws.String("/")}, []string{"photos/"}},
		"a folder's keys, by two": {s3.ListObjectsV2Input{Prefix: aws.String("photos/00003/"), Delimiter: aws.String("/"), MaxKeys: aws.Int32(2)}, want[3000:]},
	} {
		t.Run(name, func(t *testing.T) {
			if got := all(t, c, test.in); !slices.Equal(got, test.want) {
				t.Errorf("got %d keys, want %d", len(got), len(test.want))
			}
		})
	}
}

func TestTheSDKCopiesPutsAndReads(t *testing.T) {
	c, url := open(t, 10)
	ctx := t.Context()
	key := Key(3)
	if out, err := c.CopyObject(ctx, &s3.CopyObjectInput{Bucket: aws.String(Empty), Key: &key, CopySource: aws.String("source/" + key)}); err != nil || aws.ToString(out.CopyObjectResult.ETag) != plainETag {
		t.Error(out, err)
	}
	if out, err := c.HeadObject(ctx, &s3.HeadObjectInput{Bucket: aws.String("source"), Key: &key}); err != nil || aws.ToInt64(out.ContentLength) != Size {
		t.Error(out, err)
	}
	if _, err := c.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("source"), Key: &key, Body: strings.NewReader("text")}); err != nil {
		t.Error(err)
	}
	res, err := http.Get(url + "/lists/" + ManifestKey("source", 2))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if want := fmt.Sprintf("source,%s\nsource,%s\n", Key(0), Key(1)); err != nil || string(text) != want {
		t.Errorf("the manifest is %q, %v", text, err)
	}
}
