package s3_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func (c *cloud) policy(owner, bucket, statement string) error {
	doc := `{"Version":"2012-10-17","Statement":[` + statement + `]}`
	_, err := c.as(owner).PutBucketPolicy(context.Background(), &sdk.PutBucketPolicyInput{Bucket: &bucket, Policy: &doc})
	return err
}

func (c *cloud) mustPolicy(owner, bucket, statement string) {
	c.t.Helper()
	if err := c.policy(owner, bucket, statement); err != nil {
		c.t.Fatal(err)
	}
}

func allow(account, action, resource string) string {
	return `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + account + `:root"},"Action":"` + action + `","Resource":"arn:aws:s3:::` + resource + `"}`
}

func TestAnotherAccountNeedsBothSides(t *testing.T) {
	c := newCloud(t)
	c.user("nobody", dest, "")
	c.bucket("source", "data")
	c.put("source", "data", "k", "x")
	_, err := c.get("dest", "data", "k", "")
	wantCode(t, err, 403, "AccessDenied")
	if err != nil && !strings.Contains(err.Error(), "api error AccessDenied: Access Denied") { // AM-291
		t.Errorf("another account is told more than AWS tells: %v", err)
	}
	c.mustPolicy("source", "data", allow(dest, "s3:GetObject", "data/*"))
	c.wantBody("dest", "data", "k", "", "x")
	_, err = c.get("nobody", "data", "k", "")
	wantCode(t, err, 403, "AccessDenied")
	_, err = c.get("dest", "data", "missing", "")
	wantCode(t, err, 403, "AccessDenied") // AM-150
	c.mustPolicy("source", "data", allow(dest, "s3:GetObject", "data/*")+","+allow(dest, "s3:ListBucket", "data"))
	_, err = c.get("dest", "data", "missing", "")
	wantCode(t, err, 404, "NoSuchKey")
	_, err = c.get("dest", "nobody-has-this", "k", "")
	wantCode(t, err, 404, "NoSuchBucket") // AM-154
	c.user("reader", source, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`)
	_, err = c.get("reader", "data", "missing", "")
	wantCode(t, err, 403, "AccessDenied")
	if err != nil && !strings.Contains(err.Error(), `not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::data" because no identity-based policy allows the s3:ListBucket action`) {
		t.Error(err)
	}
}

func TestVersionActions(t *testing.T) { // AM-141
	c := newCloud(t)
	c.versioned("source", "data")
	id := *c.put("source", "data", "k", "x").VersionId
	c.user("plain", source, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`)
	c.user("exact", source, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObjectVersion","Resource":"*"}]}`)
	c.wantBody("plain", "data", "k", "", "x")
	_, err := c.get("plain", "data", "k", id)
	wantCode(t, err, 403, "AccessDenied")
	c.wantBody("exact", "data", "k", id, "x")
	_, err = c.get("exact", "data", "k", "")
	wantCode(t, err, 403, "AccessDenied")
}

func TestACopyAsksForTagsAndACL(t *testing.T) { // AM-142, AM-143
	c := newCloud(t)
	c.bucket("source", "data")
	ctx := context.Background()
	c.put("source", "data", "bare", "x")
	if _, err := c.as("source").PutObject(ctx, &sdk.PutObjectInput{Bucket: aws.String("data"), Key: aws.String("tagged"), Body: strings.NewReader("x"), Tagging: aws.String("a=b")}); err != nil {
		t.Fatal(err)
	}
	c.user("copier", source, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"*"}]}`)
	if _, err := c.copy("copier", "data/bare", "data", "x", nil); err != nil {
		t.Error(err)
	}
	_, err := c.copy("copier", "data/tagged", "data", "x", nil)
	wantCode(t, err, 403, "AccessDenied")
	if err != nil && !strings.Contains(err.Error(), "s3:GetObjectTagging") {
		t.Error(err)
	}
	if _, err := c.copy("copier", "data/tagged", "data", "x", func(in *sdk.CopyObjectInput) { in.TaggingDirective = "REPLACE" }); err != nil {
		t.Error(err)
	}
	_, err = c.copy("copier", "data/bare", "data", "x", func(in *sdk.CopyObjectInput) { in.ACL = "bucket-owner-full-control" })
	wantCode(t, err, 403, "AccessDenied")
	if err != nil && !strings.Contains(err.Error(), "s3:PutObjectAcl") {
		t.Error(err)
	}
}

func TestOwnership(t *testing.T) {
	c := newCloud(t)
	c.bucket("source", "data")
	ctx := context.Background()
	own := func(setting types.ObjectOwnership) {
		t.Helper()
		_, err := c.as("source").PutBucketOwnershipControls(ctx, &sdk.PutBucketOwnershipControlsInput{Bucket: aws.String("data"),
			OwnershipControls: &types.OwnershipControls{Rules: []types.OwnershipControlsRule{{ObjectOwnership: setting}}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	got, err := c.as("source").GetBucketOwnershipControls(ctx, &sdk.GetBucketOwnershipControlsInput{Bucket: aws.String("data")})
	if err != nil || got.OwnershipControls.Rules[0].ObjectOwnership != "BucketOwnerEnforced" { // AM-162
		t.Fatal(got, err)
	}
	put := func(key string, acl types.ObjectCannedACL) error {
		_, err := c.as("dest").PutObject(ctx, &sdk.PutObjectInput{Bucket: aws.String("data"), Key: &key, Body: strings.NewReader("x"), ACL: acl})
		return err
	}
	c.mustPolicy("source", "data", allow(dest, "s3:*", "data/*")+","+allow(source, "s3:*", "data/*"))
	wantCode(t, put("enforced", "public-read"), 400, "AccessControlListNotSupported") // AM-169
	if err := put("enforced", "bucket-owner-full-control"); err != nil {
		t.Error(err)
	}
	own("BucketOwnerPreferred")
	if err := put("preferred", ""); err != nil {
		t.Error(err)
	}
	if err := put("given", "bucket-owner-full-control"); err != nil { // AM-161
		t.Error(err)
	}
	own("ObjectWriter")
	if err := put("writer", ""); err != nil {
		t.Error(err)
	}
	read := func(key string, ok bool) {
		t.Helper()
		_, err := c.get("source", "data", key, "")
		if ok && err != nil {
			t.Errorf("the bucket's owner cannot read %s: %v", key, err)
		} else if !ok {
			wantCode(t, err, 403, "AccessDenied") // AM-163, AM-165
		}
	}
	read("enforced", true)
	read("preferred", false)
	read("given", true)
	read("writer", false)
	own("BucketOwnerEnforced")
	read("writer", true) // AM-167
	own("ObjectWriter")
	read("writer", false)
	if _, err := c.as("source").DeleteObject(ctx, &sdk.DeleteObjectInput{Bucket: aws.String("data"), Key: aws.String("writer")}); err != nil {
		t.Errorf("the bucket's owner cannot delete a foreign object: %v", err) // AM-165
	}
	if _, err := c.as("source").DeleteBucketOwnershipControls(ctx, &sdk.DeleteBucketOwnershipControlsInput{Bucket: aws.String("data")}); err != nil {
		t.Error(err)
	}
	_, err = c.as("source").GetBucketOwnershipControls(ctx, &sdk.GetBucketOwnershipControlsInput{Bucket: aws.String("data")})
	wantCode(t, err, 404, "OwnershipControlsNotFoundError")
}

func TestPoliciesThatAreNotUnderstoodAreRefused(t *testing.T) {
	c := newCloud(t)
	c.bucket("source", "data")
	for name, statement := range map[string]string{
		"another bucket's resource (AM-63)": allow(dest, "s3:GetObject", "other/*"),
		"a bucket whose name begins alike":  allow(dest, "s3:GetObject", "data2/*"),
		"an unknown condition key":          `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::data/*","Condition":{"StringEquals":{"s3:Colour":"red"}}}`,
		"an unknown operator":               `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::data/*","Condition":{"StringResembles":{"s3:prefix":"red"}}}`,
		"an account that is not there":      allow("999999999999", "s3:GetObject", "data/*"),
		"an unknown element":                `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::data/*","When":"now"}`,
	} {
		t.Run(name, func(t *testing.T) {
			wantCode(t, c.policy("source", "data", statement), 400, "MalformedPolicy")
		})
	}
	_, err := c.as("source").GetBucketPolicy(context.Background(), &sdk.GetBucketPolicyInput{Bucket: aws.String("data")})
	wantCode(t, err, 404, "NoSuchBucketPolicy")
	c.mustPolicy("source", "data", allow(dest, "s3:*", "data*"))
	_, err = c.as("dest").GetBucketPolicy(context.Background(), &sdk.GetBucketPolicyInput{Bucket: aws.String("data")})
	wantCode(t, err, 405, "MethodNotAllowed") // AM-20
}

func TestListingIsJudgedByPrefix(t *testing.T) { // AM-271
	c := newCloud(t)
	c.bucket("source", "data")
	c.user("lister", source, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*","Condition":{"StringLike":{"s3:prefix":"p/*"}}}]}`)
	list := func(prefix *string) error {
		_, err := c.as("lister").ListObjectsV2(context.Background(), &sdk.ListObjectsV2Input{Bucket: aws.String("data"), Prefix: prefix})
		return err
	}
	if err := list(aws.String("p/x")); err != nil {
		t.Error(err)
	}
	wantCode(t, list(nil), 403, "AccessDenied")
	wantCode(t, list(aws.String("q")), 403, "AccessDenied")
}

func TestAnonymousCallsNeedABucketPolicy(t *testing.T) {
	c := newCloud(t)
	c.bucket("source", "data")
	c.put("source", "data", "k", "x")
	status := func(method, path string) int {
		req, _ := http.NewRequest(method, c.web.URL+path, nil)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.Header.Get("X-Amz-Request-Id") == "" || res.Header.Get("X-Amz-Id-2") == "" {
			t.Errorf("%s %s: the answer has no ids", method, path)
		}
		return res.StatusCode
	}
	if got := status("GET", "/data/k"); got != 403 {
		t.Errorf("HTTP %d", got)
	}
	c.mustPolicy("source", "data", `{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::data/*"}`)
	if got := status("GET", "/data/k"); got != 200 {
		t.Errorf("HTTP %d", got)
	}
	for path, want := range map[string]int{"/": 403, "/data?cors": 501, "/data/k?acl": 501, "/none/k": 404} {
		if got := status("GET", path); got != want {
			t.Errorf("GET %s answers HTTP %d, want %d", path, got, want)
		}
	}
}

func TestBucketsBelongToTheirMakers(t *testing.T) {
	c := newCloud(t)
	c.bucket("source", "mine")
	ctx := context.Background()
	_, err := c.as("dest").CreateBucket(ctx, &sdk.CreateBucketInput{Bucket: aws.String("mine")})
	wantCode(t, err, 409, "BucketAlreadyExists")
	for _, bad := range []string{"ab", "Upper", "under_score", "192.168.1.1", "dot..dot", "-edge"} {
		_, err := c.as("dest").CreateBucket(ctx, &sdk.CreateBucketInput{Bucket: &bad})
		wantCode(t, err, 400, "InvalidBucketName")
	}
	list, err := c.as("source").ListBuckets(ctx, &sdk.ListBucketsInput{})
	if err != nil || len(list.Buckets) != 1 || *list.Buckets[0].Name != "mine" {
		t.Errorf("%+v %v", list, err)
	}
	h, err := c.as("source").HeadBucket(ctx, &sdk.HeadBucketInput{Bucket: aws.String("mine")})
	if err != nil || aws.ToString(h.BucketRegion) != "us-east-1" {
		t.Errorf("%+v %v", h, err)
	}
	_, err = c.as("dest").DeleteBucket(ctx, &sdk.DeleteBucketInput{Bucket: aws.String("mine")})
	wantCode(t, err, 403, "AccessDenied")
	_, err = c.as("source").HeadBucket(ctx, &sdk.HeadBucketInput{Bucket: aws.String("mine"), ExpectedBucketOwner: aws.String(dest)})
	wantCode(t, err, 403, "") // AM-221
}

func TestConditionsOnACopysSource(t *testing.T) {
	c := newCloud(t)
	c.bucket("source", "data")
	c.bucket("source", "into")
	c.put("source", "data", "public/ü", "x")
	c.put("source", "data", "secret/k", "x")
	c.mustPolicy("source", "into", `{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::into/*","Condition":{"StringNotLike":{"s3:x-amz-copy-source":"data/public/*"}}}`)
	for _, from := range []string{"data/public/%C3%BC", "/data/public/%C3%BC"} {
		if _, err := c.copy("source", from, "into", "k", nil); err != nil {
			t.Errorf("%s: %v", from, err)
		}
	}
	_, err := c.copy("source", "data/secret/k", "into", "k", nil)
	wantCode(t, err, 403, "AccessDenied")
}

func TestTagsDecide(t *testing.T) {
	c := newCloud(t)
	c.bucket("source", "data")
	ctx := context.Background()
	for key, tags := range map[string]string{"open": "Class=open", "shut": "Class=shut", "bare": ""} {
		if _, err := c.as("source").PutObject(ctx, &sdk.PutObjectInput{Bucket: aws.String("data"), Key: &key, Body: strings.NewReader("x"), Tagging: &tags}); err != nil {
			t.Fatal(err)
		}
	}
	c.user("tagged", source, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"s3:ExistingObjectTag/Class":"open"}}},
		{"Effect":"Allow","Action":["s3:PutObject","s3:PutObjectTagging"],"Resource":"*","Condition":{"StringEquals":{"s3:RequestObjectTag/Class":"open"}}}]}`)
	c.wantBody("tagged", "data", "open", "", "x")
	for _, key := range []string{"shut", "bare"} {
		_, err := c.get("tagged", "data", key, "")
		wantCode(t, err, 403, "AccessDenied")
	}
	for tags, ok := range map[string]bool{"Class=open": true, "Class=shut": false, "": false} {
		_, err := c.as("tagged").PutObject(ctx, &sdk.PutObjectInput{Bucket: aws.String("data"), Key: aws.String("new"), Body: strings.NewReader("x"), Tagging: &tags})
		if ok && err != nil {
			t.Errorf("%q: %v", tags, err)
		} else if !ok {
			wantCode(t, err, 403, "AccessDenied")
		}
	}
}
