package iampolicy_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/transship/transship/iampolicy"
)

const head = `{"Version":"2012-10-17","Statement":[`

func TestParseRefusesWhatItDoesNotUnderstand(t *testing.T) {
	cases := []struct {
		name string
		kind iampolicy.Kind
		doc  string
		says string // part of the error
	}{
		{"AM-55 an Effect given twice", iampolicy.Identity, head + `{"Effect":"Allow","Effect":"Deny","Action":"*","Resource":"*"}]}`, `(line 1, column 56): "Effect" is given twice`},
		{"AM-55 element names in other case", iampolicy.Identity, head + `{"effect":"Allow","Action":"*","Resource":"*"}]}`, `"effect" is no element`},
		{"AM-55 effect in lower case", iampolicy.Identity, head + `{"Effect":"allow","Action":"*","Resource":"*"}]}`, "Invalid effect"},
		{"AM-51 an element that does not exist", iampolicy.Resource, `{"Foo":1,"Statement":[]}`, "Unknown field Foo"},
		{"AM-51 an element that does not exist in a statement", iampolicy.Resource, head + `{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*","Resources":"*"}]}`, "Unknown field Resources"},
		{"AM-50 a version as a number", iampolicy.Identity, `{"Version":2012,"Statement":[]}`, "valid version string"},
		{"AM-50 a version that does not exist", iampolicy.Identity, `{"Version":"2020-01-01","Statement":[]}`, "valid version string"},
		{"AM-52 no statement", iampolicy.Resource, `{"Version":"2012-10-17"}`, "Missing required field Statement"},
		{"AM-52 an empty list of statements", iampolicy.Resource, head + `]}`, "Missing required field Statement"},
		{"AM-52 a list with a number among actions", iampolicy.Identity, head + `{"Effect":"Allow","Action":["s3:*",1],"Resource":"*"}]}`, "invalid action"},
		{"AM-52 an empty list of actions", iampolicy.Identity, head + `{"Effect":"Allow","Action":[],"Resource":"*"}]}`, "invalid action"},
		{"AM-53 Action and NotAction", iampolicy.Identity, head + `{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}]}`, "not both"},
		{"AM-53 neither Action nor NotAction", iampolicy.Resource, head + `{"Effect":"Allow","Principal":"*","Resource":"*"}]}`, "Missing required field Action"},
		{"AM-53 Resource and NotResource", iampolicy.Identity, head + `{"Effect":"Allow","Action":"*","Resource":"*","NotResource":"*"}]}`, "not both"},
		{"AM-53 no Resource in an identity policy", iampolicy.Identity, head + `{"Effect":"Allow","Action":"*"}]}`, "Missing required field Resource"},
		{"AM-53 a Principal in an identity policy", iampolicy.Identity, head + `{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`, "should not specify a principal"},
		{"AM-53 no Principal in a bucket policy", iampolicy.Resource, head + `{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`, "Missing required field Principal"},
		{"AM-53 a Resource in a trust policy", iampolicy.Trust, head + `{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}]}`, "prohibited field Resource"},
		{"a trust policy about something else", iampolicy.Trust, head + `{"Effect":"Allow","Principal":"*","Action":"s3:*"}]}`, "only specify STS AssumeRole actions"},
		{"AM-54 a Sid used twice", iampolicy.Identity, head + `{"Sid":"A","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"A","Effect":"Allow","Action":"*","Resource":"*"}]}`, "must be unique"},
		{"AM-54 a Sid with a space in IAM", iampolicy.Identity, head + `{"Sid":"A b","Effect":"Allow","Action":"*","Resource":"*"}]}`, "only contain the characters"},
		{"AM-57 a wildcard in the service", iampolicy.Identity, head + `{"Effect":"Allow","Action":"s*:GetObject","Resource":"*"}]}`, "invalid action"},
		{"AM-57 an action without service", iampolicy.Identity, head + `{"Effect":"Allow","Action":"GetObject","Resource":"*"}]}`, "invalid action"},
		{"a resource that is no ARN", iampolicy.Identity, head + `{"Effect":"Allow","Action":"*","Resource":"bkt/*"}]}`, "must be in ARN format"},
		{"AM-13 a wildcard in a principal", iampolicy.Resource, bucketPolicy(`{"AWS":"arn:aws:iam::111111111111:role/Batch*"}`), "Invalid principal in policy"},
		{"AM-14 a group as principal", iampolicy.Resource, bucketPolicy(`{"AWS":"arn:aws:iam::111111111111:group/x"}`), "Invalid principal in policy"},
		{"AM-31 a wildcard in a session's name", iampolicy.Resource, bucketPolicy(`{"AWS":"arn:aws:sts::111111111111:assumed-role/R/*"}`), "Invalid principal in policy"},
		{"a placeholder for an account", iampolicy.Resource, bucketPolicy(`{"AWS":"arn:aws:iam::DestinationAccountNumber:root"}`), "Invalid principal in policy"},
		{"a bare ARN as Principal", iampolicy.Resource, bucketPolicy(`"arn:aws:iam::111111111111:root"`), "Invalid principal in policy"},
		{"a kind of principal that does not exist", iampolicy.Resource, bucketPolicy(`{"IAM":"*"}`), "Invalid principal in policy"},
		{"an empty principal", iampolicy.Resource, bucketPolicy(`{}`), "Invalid principal in policy"},
		{"a canonical id of 63 digits", iampolicy.Resource, bucketPolicy(`{"CanonicalUser":"` + strings.Repeat("a", 63) + `"}`), "Invalid principal in policy"},
		{"AM-39 NotPrincipal with Allow", iampolicy.Resource, head + `{"Effect":"Allow","NotPrincipal":{"AWS":"111111111111"},"Action":"s3:*","Resource":"*"}]}`, "NotPrincipal"},
		{"an operator that does not exist", iampolicy.Identity, conditional(`{"StringMatches":{"aws:username":"x"}}`), "Invalid Condition type : StringMatches"},
		{"AM-84 Null with IfExists", iampolicy.Identity, conditional(`{"NullIfExists":{"aws:username":"true"}}`), "Invalid Condition type"},
		{"Bool with a word", iampolicy.Identity, conditional(`{"Bool":{"aws:SecureTransport":"yes"}}`), "true or false"},
		{"a number that is none", iampolicy.Identity, conditional(`{"NumericEquals":{"s3:max-keys":"ten"}}`), "decimal number"},
		{"an address that is none", iampolicy.Identity, conditional(`{"IpAddress":{"aws:SourceIp":"203.0.113.0/33"}}`), "no address range"},
		{"a date that is none", iampolicy.Identity, conditional(`{"DateLessThan":{"aws:CurrentTime":"yesterday"}}`), "ISO 8601"},
		{"a key without service", iampolicy.Identity, conditional(`{"StringEquals":{"username":"x"}}`), "invalid condition key"},
		{"AM-81 one key in two cases", iampolicy.Identity, conditional(`{"StringEquals":{"aws:username":"x","aws:UserName":"y"}}`), "given twice"},
		{"a key without value", iampolicy.Identity, conditional(`{"StringEquals":{"aws:username":[]}}`), "has no value"},
		{"a variable that is not closed", iampolicy.Identity, head + `{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/${aws:username"}]}`, "no closing brace"},
		{"a variable that is not understood", iampolicy.Identity, head + `{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/${name}"}]}`, "not understood"},
		{"text after the end", iampolicy.Identity, head + `{"Effect":"Allow","Action":"*","Resource":"*"}]} x`, "Syntax errors in policy."},
		{"a comma after the last element", iampolicy.Identity, head + `{"Effect":"Allow","Action":"*","Resource":"*",}]}`, "Syntax errors in policy."},
		{"a comma after the last statement", iampolicy.Identity, head + `{"Effect":"Allow","Action":"*","Resource":"*"},]}`, "Syntax errors in policy."},
		{"a comma before the first", iampolicy.Identity, head + `,{"Effect":"Allow","Action":"*","Resource":"*"}]}`, "Syntax errors in policy."},
		{"no comma between elements", iampolicy.Identity, head + `{"Effect":"Allow" "Action":"*","Resource":"*"}]}`, "Syntax errors in policy."},
		{"no colon", iampolicy.Identity, head + `{"Effect" "Allow","Action":"*","Resource":"*"}]}`, "Syntax errors in policy."},
		{"a list closed by a brace", iampolicy.Identity, head + `{"Effect":"Allow","Action":["*"},"Resource":"*"}]}`, "Syntax errors in policy."},
		{"no name before a value", iampolicy.Identity, head + `{"Effect":"Allow",:"*","Resource":"*"}]}`, "Syntax errors in policy."},
		{"smart quotes", iampolicy.Identity, "{\u201cVersion\u201d: \u201c2012-10-17\u201d}", "(line 1, column 2): \u201c is not a quotation mark"},
		{"null as a principal", iampolicy.Resource, bucketPolicy("null"), "Invalid principal in policy"},
		{"a principal of another partition that does not exist", iampolicy.Resource, bucketPolicy(`{"AWS":"arn:aws-moon:iam::111111111111:root"}`), "Invalid principal in policy"},
		{"null as a statement", iampolicy.Resource, head + "null]}", "Policies must be valid JSON"},
		{"a comment", iampolicy.Resource, "{ // no\n}", "(line 1, column 3): JSON has no comments"},
		{"a list", iampolicy.Resource, "[]", "the first byte must be '{'"},
		{"nothing", iampolicy.Resource, "", "Policies must be valid JSON"},
		{"bytes that are not UTF-8", iampolicy.Resource, "{\"Id\":\"\xff\"}", "not UTF-8"},
		{"AM-56 more than 20 KB", iampolicy.Resource, bucketPolicy(`"*"`) + strings.Repeat(" ", 20480), "exceeds the maximum allowed size"},
		{"nested without end", iampolicy.Resource, strings.Repeat(`{"Statement":`, 1000), "Policies must be valid JSON"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := iampolicy.Parse([]byte(c.doc), c.kind)
			var e *iampolicy.Error
			if !errors.As(err, &e) || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("got %v, want an error with %q", err, c.says)
			}
		})
	}
}

func bucketPolicy(principal string) string {
	return head + `{"Effect":"Allow","Principal":` + principal + `,"Action":"s3:GetObject","Resource":"arn:aws:s3:::bkt/*"}]}`
}

func conditional(condition string) string {
	return head + `{"Effect":"Allow","Action":"*","Resource":"*","Condition":` + condition + `}]}`
}

func TestErrorsNameThePlace(t *testing.T) {
	doc := "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [{\n    \"Effect\": \"Allow\",\n    \"Action\": \"s3:*\",\n    \"Resource\": \"*\",\n    \"Condition\": {\"Bool\": {\"aws:SecureTransport\": \"perhaps\"}}\n  }]\n}"
	_, err := iampolicy.Parse([]byte(doc), iampolicy.Identity)
	var e *iampolicy.Error
	if !errors.As(err, &e) || e.Line != 7 || e.Column != 51 || e.Pointer != "/Statement/0/Condition/Bool/aws:SecureTransport" {
		t.Fatalf("%+v", e)
	}
}

func TestABucketPolicyMustFitItsBucket(t *testing.T) {
	cases := []struct {
		name, action, resource, says string
	}{
		{"AM-63 a foreign bucket", `"s3:GetObject"`, `"arn:aws:s3:::other/*"`, "Policy has invalid resource"},
		{"AM-63 a bucket whose name begins alike", `"s3:GetObject"`, `"arn:aws:s3:::bkt2/*"`, "Policy has invalid resource"},
		{"AM-63 the bucket in capitals", `"s3:GetObject"`, `"arn:aws:s3:::BKT/*"`, "Policy has invalid resource"},
		{"AM-63 another service", `"s3:GetObject"`, `"arn:aws:sqs:us-east-1:111111111111:bkt"`, "Policy has invalid resource"},
		{"AM-63 one good and one foreign", `"s3:GetObject"`, `["arn:aws:s3:::bkt/*","arn:aws:s3:::other/*"]`, "Policy has invalid resource"},
		{"AM-64 listing on objects only", `"s3:ListBucket"`, `"arn:aws:s3:::bkt/*"`, "Action does not apply to any resource(s) in statement"},
		{"AM-64 reading on the bucket only", `"s3:GetObject"`, `"arn:aws:s3:::bkt"`, "Action does not apply to any resource(s) in statement"},
		{"AM-64 both with one resource", `["s3:GetObject","s3:ListBucket"]`, `"arn:aws:s3:::bkt/*"`, "Action does not apply"},
		{"AM-65 a right on keys", `"kms:Decrypt"`, `"arn:aws:s3:::bkt/*"`, "belongs in the key's policy"},
		{"AM-140 an action that does not exist", `"s3:ListObjects"`, `"arn:aws:s3:::bkt"`, "Policy has invalid action"},
		{"AM-146 a job action", `"s3:CreateJob"`, `"arn:aws:s3:::bkt"`, "Policy has invalid action"},
		{"both with both resources", `["s3:GetObject","s3:ListBucket"]`, `["arn:aws:s3:::bkt","arn:aws:s3:::bkt/*"]`, ""},
		{"AM-61 a star that covers both", `["s3:GetObject","s3:ListBucket"]`, `"arn:aws:s3:::bkt*"`, ""},
		{"a star before the end of the name", `["s3:GetObject","s3:ListBucket"]`, `"arn:aws:s3:::b*t"`, ""},
		{"everything on everything", `"*"`, `"*"`, ""},
		{"all of S3 on objects", `"s3:*"`, `"arn:aws:s3:::bkt/*"`, ""},
		{"a prefix", `"s3:PutObject"`, `"arn:aws:s3:::bkt/reports/*"`, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p, err := iampolicy.Parse([]byte(head+`{"Effect":"Deny","Principal":"*","Action":`+c.action+`,"Resource":`+c.resource+`}]}`), iampolicy.Resource)
			if err != nil {
				t.Fatal(err)
			}
			err = p.CheckBucket("bkt")
			if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
				t.Fatalf("got %v, want %q", err, c.says)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		conditional(`{"ForAnyValue:StringLikeIfExists":{"aws:PrincipalTag/a":["*",true,1]},"Null":{"s3:prefix":"true"}}`),
		bucketPolicy(`{"AWS":["111111111111","*"],"Service":"s3.amazonaws.com"}`),
		head + `{"Sid":"x","Effect":"Deny","NotPrincipal":{"AWS":"111111111111"},"NotAction":"s3:?et*","NotResource":"arn:aws:s3:::b/${aws:username, 'x'}/*?*"}]}`,
		`{"Statement":{"Effect":"Allow","Principal":{"Federated":"x.y"},"Action":"sts:AssumeRole"}}`,
		"{", "{}", `{"a":[[[[]]]]}`, `"\ud800"`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		for _, kind := range []iampolicy.Kind{iampolicy.Identity, iampolicy.Resource, iampolicy.Trust} {
			p, err := iampolicy.Parse(doc, kind)
			if err != nil {
				if strings.Contains(err.Error(), "%!") {
					t.Fatalf("a format went wrong: %v", err)
				}
				continue
			}
			_ = p.CheckBucket("bkt")
			_ = fmt.Sprint(p.Principals(), p.ConditionKeys())
			p.Evaluate(iampolicy.Request{Action: "s3:GetObject", Resource: "arn:aws:s3:::bkt/ключ:x", Context: iampolicy.Context{"aws:username": {"*"}}})
		}
	})
}
