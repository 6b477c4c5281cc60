package iampolicy_test

import (
	"fmt"

	"github.com/transship/transship/iampolicy"
)

// A bucket policy lets a role of another account read, but only over TLS.
func Example() {
	policy, err := iampolicy.Parse([]byte(`{
		"Version": "2012-10-17",
		"Statement": [
			{
				"Sid": "LetTheCopierRead",
				"Effect": "Allow",
				"Principal": {"AWS": "arn:aws:iam::222222222222:role/BatchCopy"},
				"Action": ["s3:GetObject", "s3:GetObjectVersion"],
				"Resource": "arn:aws:s3:::photos/*"
			},
			{
				"Sid": "OnlyOverTLS",
				"Effect": "Deny",
				"Principal": "*",
				"Action": "s3:*",
				"Resource": ["arn:aws:s3:::photos", "arn:aws:s3:::photos/*"],
				"Condition": {"Bool": {"aws:SecureTransport": "false"}}
			}
		]
	}`), iampolicy.Resource)
	if err != nil {
		fmt.Println(err)
		return
	}
	request := iampolicy.Request{
		Principal: iampolicy.Principal{
			Account: "222222222222",
			ARN:     "arn:aws:sts::222222222222:assumed-role/BatchCopy/job-1",
			RoleARN: "arn:aws:iam::222222222222:role/BatchCopy",
		},
		Action:   "s3:GetObject",
		Resource: "arn:aws:s3:::photos/a.jpg",
	}
	for _, secure := range []string{"true", "false"} {
		request.Context = iampolicy.Context{"aws:securetransport": {secure}}
		outcome := policy.Evaluate(request)
		fmt.Println(outcome.Effect, "by", outcome.Statement.Name())
	}
	// Output:
	// Allow by LetTheCopierRead
	// Deny by OnlyOverTLS
}

// A document that is not understood is refused, with its place.
func ExampleParse() {
	_, err := iampolicy.Parse([]byte(`{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Conditions": {}}]
}`), iampolicy.Identity)
	fmt.Println(err)
	// Output:
	// Syntax errors in policy. (line 3, column 72): "Conditions" is no element of a statement; names are case-sensitive
}
