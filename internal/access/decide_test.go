package access

import (
	"testing"

	"github.com/transship/transship/iampolicy"
)

func TestMessageNamesCallerActionResourceAndReason(t *testing.T) {
	c := Caller{Account: "222222222222", ARN: "arn:aws:sts::222222222222:assumed-role/R/s", RoleARN: "arn:aws:iam::222222222222:role/R"}
	b := &Bucket{Name: "b", Owner: "222222222222", Ownership: BucketOwnerEnforced}
	d := Decide(c, Question{Action: PutObject, Bucket: b, Key: "k"})
	want := `User: arn:aws:sts::222222222222:assumed-role/R/s is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::b/k" because no identity-based policy allows the s3:PutObject action`
	if d.Allowed || d.Message() != want {
		t.Fatalf("got %q, want %q", d.Message(), want)
	}
}

func TestIdentityAndBucketPolicyTogetherAllowAcrossAccounts(t *testing.T) {
	p, err := iampolicy.Parse([]byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`), iampolicy.Identity)
	if err != nil {
		t.Fatal(err)
	}
	bp, err := iampolicy.Parse([]byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}}`), iampolicy.Resource)
	if err != nil {
		t.Fatal(err)
	}
	c := Caller{Account: "222222222222", ARN: "arn:aws:iam::222222222222:user/u", Identity: []*iampolicy.Policy{p}}
	b := &Bucket{Name: "b", Owner: "111111111111", Policy: bp}
	if d := Decide(c, Question{Action: "s3:GetObject", Bucket: b, Key: "k"}); !d.Allowed {
		t.Fatalf("refused: %s", d.Explain())
	}
	if d := Decide(c, Question{Action: "s3:GetObject", Bucket: b, Key: "k", ObjectOwner: "333333333333"}); d.Allowed || d.Layer != OwnershipLayer {
		t.Fatalf("AM-163: %+v", d)
	}
}
