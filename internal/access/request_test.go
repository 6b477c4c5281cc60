package access

import (
	"reflect"
	"testing"

	"github.com/transship/transship/iampolicy"
)

func TestRequestsBringTheKeysOfTheirAction(t *testing.T) {
	headers := map[string]string{
		"x-amz-acl": "bucket-owner-full-control", "x-amz-copy-source": "src/a%20b", "x-amz-tagging": "Team=x&cost=",
	}
	query := map[string]string{"prefix": "", "max-keys": "10", "versionId": "v1"}
	r := Request{
		Secure: true, AuthType: "REST-HEADER", VersionID: "v1",
		Header: func(name string) string { return headers[name] },
		Query:  func(name string) (string, bool) { v, ok := query[name]; return v, ok },
	}
	common := iampolicy.Context{"aws:securetransport": {"true"}, "s3:authtype": {"REST-HEADER"}, "s3:signatureversion": {"AWS4-HMAC-SHA256"}}
	cases := []struct {
		name   string
		action string
		more   iampolicy.Context
	}{
		{"AM-271 an empty prefix that was sent is a value, a delimiter that was not is absent", "s3:ListBucket", iampolicy.Context{"s3:prefix": {""}, "s3:max-keys": {"10"}}},
		{"AM-272 reading has none of them", "s3:GetObject", nil},
		{"reading a version has its id", "s3:GetObjectVersion", iampolicy.Context{"s3:versionid": {"v1"}}},
		{"listing versions has no version id", "s3:ListBucketVersions", iampolicy.Context{"s3:prefix": {""}, "s3:max-keys": {"10"}}},
		{"AM-270 writing has the headers and no more", "s3:PutObject", iampolicy.Context{
			"s3:x-amz-acl": {"bucket-owner-full-control"}, "s3:x-amz-copy-source": {"/src/a%20b"},
			"s3:requestobjecttag/team": {"x"}, "s3:requestobjecttag/cost": {""},
		}},
		{"AM-143 an ACL's own permission sees the ACL only", "s3:PutObjectAcl", iampolicy.Context{"s3:x-amz-acl": {"bucket-owner-full-control"}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := r.Context(c.action)
			if keys := got["s3:requestobjecttagkeys"]; c.action == PutObject && len(keys) != 2 {
				t.Errorf("tag keys %v", keys)
			}
			delete(got, "s3:requestobjecttagkeys")
			want := iampolicy.Context{}
			for k, v := range common {
				want[k] = v
			}
			for k, v := range c.more {
				want[k] = v
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %v\nwant %v", got, want)
			}
		})
	}
}

func TestNoHeaderReplacesWhatFollowsFromTheCaller(t *testing.T) {
	ctx := contextOf(Caller{Account: "1", ARN: "arn:a"}, "2", iampolicy.Context{
		"aws:principalarn": {"arn:forged"}, "aws:username": {"forged"}, "s3:resourceaccount": {"forged"}, "aws:principalisawsservice": {"true"},
	})
	want := iampolicy.Context{
		"aws:principalarn": {"arn:a"}, "aws:principalaccount": {"1"}, "aws:principaltype": {"User"}, "aws:principalisawsservice": {"false"},
		"aws:resourceaccount": {"2"}, "s3:resourceaccount": {"2"}, "aws:securetransport": {"false"},
	}
	if !reflect.DeepEqual(ctx, want) {
		t.Errorf("got  %v\nwant %v", ctx, want)
	}
}

func TestKeysThatNobodyFillsAreRefused(t *testing.T) {
	for key, known := range map[string]bool{
		"aws:PrincipalArn": true, "s3:x-amz-acl": true, "s3:prefix": true, "s3:ExistingObjectTag/a b": true, "ec2:Region": true,
		"aws:PrincipalARNs": false, "s3:Prefixes": false, "s3:x-amz-foo": false, "aws:Username2": false,
	} {
		p, err := iampolicy.Parse([]byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"`+key+`":"x"}}}}`), iampolicy.Identity)
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckKeys(p); (err == nil) != known {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestOwnersOfNewObjects(t *testing.T) {
	cases := []struct {
		name string
		mode Ownership
		full bool
		want string
	}{
		{"AM-160 whoever writes owns", ObjectWriter, false, "B"},
		{"AM-160 even with full control for the bucket owner", ObjectWriter, true, "B"},
		{"AM-161 Preferred without the header", BucketOwnerPreferred, false, "B"},
		{"AM-161 Preferred with the header", BucketOwnerPreferred, true, "A"},
		{"AM-161 Enforced", BucketOwnerEnforced, false, "A"},
		{"AM-162 no setting", "", false, "B"},
	}
	for _, c := range cases {
		if got := c.mode.NewObjectOwner("A", "B", c.full); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

func TestCallsAskTheirActions(t *testing.T) {
	got := [][]string{
		Write{}.Actions(), Write{ACL: true, Tags: true, Retention: true, LegalHold: true}.Actions(),
		CopySource(false, false), CopySource(true, true),
	}
	want := [][]string{
		{"s3:PutObject"}, {"s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectTagging", "s3:PutObjectRetention", "s3:PutObjectLegalHold"},
		{"s3:GetObject"}, {"s3:GetObjectVersion", "s3:GetObjectVersionTagging"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("AM-141, AM-142, AM-143: %v", got)
	}
}

func BenchmarkDecideAcrossAccounts(b *testing.B) {
	parse := func(kind iampolicy.Kind, doc string) *iampolicy.Policy {
		p, err := iampolicy.Parse([]byte(doc), kind)
		if err != nil {
			b.Fatal(err)
		}
		return p
	}
	c := Caller{Account: "222222222222", ARN: "arn:aws:sts::222222222222:assumed-role/R/s", RoleARN: "arn:aws:iam::222222222222:role/R"}
	for range 9 {
		c.Identity = append(c.Identity, parse(iampolicy.Identity, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:Put*"],"Resource":"arn:aws:s3:::bkt/*"}]}`))
	}
	bucket := &Bucket{Name: "bkt", Owner: "111111111111", Policy: parse(iampolicy.Resource, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"s3:*","Resource":"arn:aws:s3:::bkt/*"}]}`)}
	q := Question{Action: PutObject, Bucket: bucket, Key: "a/b/c"}
	b.ReportAllocs()
	for b.Loop() {
		Decide(c, q)
	}
}
