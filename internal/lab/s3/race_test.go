package s3_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
)

// TestReadersSeeWholeObjects overwrites, copies and deletes one key while
// others read it: each body that is read is one that was written, whole.
func TestReadersSeeWholeObjects(t *testing.T) {
	c := newCloud(t)
	c.bucket("source", "data")
	ctx := context.Background()
	body := func(n int) string { return strings.Repeat(fmt.Sprint(n%10), 3000+n%3*4000) }
	c.put("source", "data", "k", body(0))
	var writers, readers sync.WaitGroup
	stop := make(chan struct{})
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				got, err := c.get("source", "data", "k", "")
				if err != nil {
					wantCode(t, err, 404, "NoSuchKey")
					continue
				}
				n := int(got[0] - '0')
				if got != strings.Repeat(got[:1], len(got)) || len(got) != 3000 && len(got) != 7000 && len(got) != 11000 {
					t.Errorf("a body of %d bytes, beginning with %d, is mixed", len(got), n)
				}
			}
		})
	}
	for w := range 3 {
		writers.Go(func() {
			for i := range 30 {
				switch i % 5 {
				case 3:
					c.as("source").DeleteObject(ctx, &sdk.DeleteObjectInput{Bucket: aws.String("data"), Key: aws.String("k")})
				case 4:
					_, err := c.copy("source", "data/k", "data", "k", func(in *sdk.CopyObjectInput) { in.MetadataDirective = "REPLACE" })
					if err != nil {
						wantCode(t, err, 404, "NoSuchKey")
					}
				default:
					c.put("source", "data", "k", body(w*100+i))
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
}

// TestACompletedWriteIsSeenAtOnce writes and lists from many sides.
func TestACompletedWriteIsSeenAtOnce(t *testing.T) {
	c := newCloud(t)
	c.bucket("source", "data")
	ctx := context.Background()
	var all sync.WaitGroup
	for w := range 6 {
		all.Go(func() {
			for i := range 10 {
				key := fmt.Sprintf("%d/%d", w, i)
				c.put("source", "data", key, "x")
				out, err := c.as("source").ListObjectsV2(ctx, &sdk.ListObjectsV2Input{Bucket: aws.String("data"), Prefix: aws.String(fmt.Sprint(w, "/"))})
				if err != nil || len(out.Contents) != i+1 {
					t.Errorf("after %s the listing has %d keys, %v", key, len(out.Contents), err)
				}
			}
		})
	}
	all.Wait()
}
