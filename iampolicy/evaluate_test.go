package iampolicy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/transship/transship/iampolicy"
)

var (
	alice   = iampolicy.Principal{Account: "111111111111", ARN: "arn:aws:iam::111111111111:user/Alice"}
	rootA   = iampolicy.Principal{Account: "111111111111", ARN: "arn:aws:iam::111111111111:root"}
	session = iampolicy.Principal{Account: "111111111111", ARN: "arn:aws:sts::111111111111:assumed-role/R/s", RoleARN: "arn:aws:iam::111111111111:role/team/R"}
	service = iampolicy.Principal{Service: "s3.amazonaws.com"}
	nobody  = iampolicy.Principal{}
)

func TestPrincipalsMatchAsTheModelSays(t *testing.T) {
	canonical := strings.Repeat("ab", 32)
	cases := []struct {
		name      string
		principal string
		caller    iampolicy.Principal
		want      iampolicy.Named
	}{
		{"AM-10 an account id means the account", `{"AWS":"111111111111"}`, alice, iampolicy.ByAccount},
		{"AM-10 and so does its root ARN", `{"AWS":"arn:aws:iam::111111111111:root"}`, session, iampolicy.ByAccount},
		{"AM-33 and its root user is in it", `{"AWS":"arn:aws:iam::111111111111:root"}`, rootA, iampolicy.ByAccount},
		{"another account is not meant", `{"AWS":"222222222222"}`, alice, iampolicy.NotNamed},
		{"AM-11 everybody is everybody", `"*"`, nobody, iampolicy.ByEveryone},
		{"AM-11 in the other spelling as well", `{"AWS":"*"}`, nobody, iampolicy.ByEveryone},
		{"AM-40 a star covers services", `"*"`, service, iampolicy.ByEveryone},
		{"AM-12 the other spelling does not grant to them", `{"AWS":"*"}`, service, iampolicy.NotNamed},
		{"AM-40 a service by its exact name", `{"Service":["logging.s3.amazonaws.com","s3.amazonaws.com"]}`, service, iampolicy.ByService},
		{"AM-40 another service", `{"Service":"logging.s3.amazonaws.com"}`, service, iampolicy.NotNamed},
		{"AM-30 a role means its sessions, path included", `{"AWS":"arn:aws:iam::111111111111:role/team/R"}`, session, iampolicy.ByRole},
		{"AM-32 without its path it is another role", `{"AWS":"arn:aws:iam::111111111111:role/R"}`, session, iampolicy.NotNamed},
		{"AM-31 a session by name", `{"AWS":"arn:aws:sts::111111111111:assumed-role/R/s"}`, session, iampolicy.BySession},
		{"AM-31 another session of the same role", `{"AWS":"arn:aws:sts::111111111111:assumed-role/R/x"}`, session, iampolicy.NotNamed},
		{"AM-34 a user who switched roles is the role", `{"AWS":"arn:aws:iam::111111111111:user/Alice"}`, session, iampolicy.NotNamed},
		{"a user by name", `{"AWS":"arn:aws:iam::111111111111:user/Alice"}`, alice, iampolicy.ByUser},
		{"user names have case", `{"AWS":"arn:aws:iam::111111111111:user/alice"}`, alice, iampolicy.NotNamed},
		{"the strongest name counts", `{"AWS":["111111111111","arn:aws:iam::111111111111:user/Alice"]}`, alice, iampolicy.ByUser},
		{"AM-22 a canonical id is the account", `{"CanonicalUser":"` + canonical + `"}`, iampolicy.Principal{Account: "1", ARN: "x", CanonicalID: canonical}, iampolicy.ByAccount},
		{"AM-118 nobody is in no account", `{"AWS":"111111111111"}`, nobody, iampolicy.NotNamed},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			out := evaluate(t, iampolicy.Resource, bucketPolicy(c.principal), iampolicy.Request{Principal: c.caller, Action: "s3:GetObject", Resource: "arn:aws:s3:::bkt/k"})
			if out.Named != c.want || (out.Effect == iampolicy.Allow) != (c.want != iampolicy.NotNamed) {
				t.Fatalf("%+v, want %d", out, c.want)
			}
		})
	}
}

func TestNotPrincipalWithDenySparesOnlyWhoIsListedInEveryForm(t *testing.T) {
	role, root, ses := `"arn:aws:iam::111111111111:role/team/R"`, `"arn:aws:iam::111111111111:root"`, `"arn:aws:sts::111111111111:assumed-role/R/s"`
	cases := []struct {
		name   string
		listed string
		caller iampolicy.Principal
		deny   bool
	}{
		{"AM-37 role and root, but not the session", role + "," + root, session, true},
		{"AM-37 role, root and session", role + "," + root + "," + ses, session, false},
		{"AM-37 the session alone", ses, session, true},
		{"a user with the account", `"arn:aws:iam::111111111111:user/Alice",` + root, alice, false},
		{"a user without the account", `"arn:aws:iam::111111111111:user/Alice"`, alice, true},
		{"the root user", root, rootA, false},
		{"nobody", root, nobody, true},
		{"a service", root, service, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			doc := head + `{"Effect":"Deny","NotPrincipal":{"AWS":[` + c.listed + `]},"Action":"s3:*","Resource":"arn:aws:s3:::bkt/*"}]}`
			out := evaluate(t, iampolicy.Resource, doc, iampolicy.Request{Principal: c.caller, Action: "s3:GetObject", Resource: "arn:aws:s3:::bkt/k"})
			if (out.Effect == iampolicy.Deny) != c.deny {
				t.Fatalf("%+v", out)
			}
		})
	}
}

func TestActionsAndResourcesMatchAsTheModelSays(t *testing.T) {
	cases := []struct {
		name      string
		statement string // after Effect Allow
		action    string
		resource  string
		allow     bool
	}{
		{"AM-57 case of actions does not matter", `"Action":"S3:getobject","Resource":"*"`, "s3:GetObject", "arn:aws:s3:::bkt/k", true},
		{"AM-57 a star in the name", `"Action":"s3:Get*","Resource":"*"`, "s3:GetObject", "arn:aws:s3:::bkt/k", true},
		{"AM-57 a question mark", `"Action":"s3:?etObject","Resource":"*"`, "s3:GetObject", "arn:aws:s3:::bkt/k", true},
		{"AM-58 a star covers versions", `"Action":"s3:GetObject*","Resource":"*"`, "s3:GetObjectVersion", "arn:aws:s3:::bkt/k", true},
		{"AM-58 the plain action does not", `"Action":"s3:GetObject","Resource":"*"`, "s3:GetObjectVersion", "arn:aws:s3:::bkt/k", false},
		{"AM-59 all but one", `"NotAction":"s3:GetObject","Resource":"*"`, "s3:PutObject", "arn:aws:s3:::bkt/k", true},
		{"AM-59 the one itself", `"NotAction":"s3:GetObject","Resource":"*"`, "s3:GetObject", "arn:aws:s3:::bkt/k", false},
		{"AM-60 a star crosses colons and slashes in a key", `"Action":"*","Resource":"arn:aws:s3:::bkt/*"`, "s3:GetObject", "arn:aws:s3:::bkt/a:b/c", true},
		{"AM-60 case of resources matters", `"Action":"*","Resource":"arn:aws:s3:::BKT/*"`, "s3:GetObject", "arn:aws:s3:::bkt/k", false},
		{"AM-60 a question mark is one character, not one byte", `"Action":"*","Resource":"arn:aws:s3:::bkt/?"`, "s3:GetObject", "arn:aws:s3:::bkt/я", true},
		{"AM-60 and not none", `"Action":"*","Resource":"arn:aws:s3:::bkt/?"`, "s3:GetObject", "arn:aws:s3:::bkt/", false},
		{"AM-60 a star does not cross the first colons", `"Action":"*","Resource":"arn:aws:*:::bkt/k"`, "s3:GetObject", "arn:aws:s3:x:y:bkt/k", false},
		{"AM-61 objects are not the bucket", `"Action":"*","Resource":"arn:aws:s3:::bkt/*"`, "s3:ListBucket", "arn:aws:s3:::bkt", false},
		{"AM-61 the bucket is not its objects", `"Action":"*","Resource":"arn:aws:s3:::bkt"`, "s3:GetObject", "arn:aws:s3:::bkt/k", false},
		{"AM-61 a star behind the name covers both", `"Action":"*","Resource":"arn:aws:s3:::bkt*"`, "s3:ListBucket", "arn:aws:s3:::bkt", true},
		{"AM-62 an escaped star is a star", `"Action":"*","Resource":"arn:aws:s3:::bkt/a${*}b"`, "s3:GetObject", "arn:aws:s3:::bkt/a*b", true},
		{"AM-62 and nothing else", `"Action":"*","Resource":"arn:aws:s3:::bkt/a${*}b"`, "s3:GetObject", "arn:aws:s3:::bkt/axb", false},
		{"AM-70 a variable is replaced", `"Action":"*","Resource":"arn:aws:s3:::bkt/${aws:PrincipalTag/team}/*"`, "s3:GetObject", "arn:aws:s3:::bkt/x/1", true},
		{"AM-71 without value nothing matches", `"Action":"*","Resource":"arn:aws:s3:::bkt/${aws:username}/*"`, "s3:GetObject", "arn:aws:s3:::bkt//1", false},
		{"AM-71 and NotResource covers all", `"Action":"*","NotResource":"arn:aws:s3:::bkt/${aws:username}/*"`, "s3:GetObject", "arn:aws:s3:::bkt/x/1", true},
		{"AM-72 a default stands in", `"Action":"*","Resource":"arn:aws:s3:::bkt/${aws:PrincipalTag/none, 'dflt'}/*"`, "s3:GetObject", "arn:aws:s3:::bkt/dflt/1", true},
		{"AM-73 a star in a value is literal", `"Action":"*","Resource":"arn:aws:s3:::bkt/${aws:PrincipalTag/star}/*"`, "s3:GetObject", "arn:aws:s3:::bkt/other/1", false},
		{"AM-73 several values are no variable", `"Action":"*","Resource":"arn:aws:s3:::bkt/${s3:many}/*"`, "s3:GetObject", "arn:aws:s3:::bkt/a/1", false},
		{"stars beside each other", `"Action":"*","Resource":"arn:aws:s3:::bkt/**a**"`, "s3:GetObject", "arn:aws:s3:::bkt/xay", true},
		{"what stands around a star does not overlap", `"Action":"*","Resource":"arn:aws:s3:::bkt/ab*ba"`, "s3:GetObject", "arn:aws:s3:::bkt/aba", false},
		{"a question mark after a star", `"Action":"*","Resource":"arn:aws:s3:::bkt/*?z"`, "s3:GetObject", "arn:aws:s3:::bkt/z", false},
		{"a question mark between stars", `"Action":"*","Resource":"arn:aws:s3:::bkt/*a?c*"`, "s3:GetObject", "arn:aws:s3:::bkt/aabcaxc", true},
	}
	ctx := iampolicy.Context{"aws:principaltag/team": {"x"}, "aws:principaltag/star": {"*"}, "s3:many": {"a", "b"}}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			out := evaluate(t, iampolicy.Identity, head+`{"Effect":"Allow",`+c.statement+`}]}`, iampolicy.Request{Action: c.action, Resource: c.resource, Context: ctx})
			if (out.Effect == iampolicy.Allow) != c.allow {
				t.Fatalf("%+v", out)
			}
		})
	}
	t.Run("AM-50 a policy of 2008 has no variables", func(t *testing.T) {
		doc := `{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::bkt/${aws:username}/*"}}`
		for key, want := range map[string]iampolicy.Effect{"bkt/${aws:username}/1": iampolicy.Allow, "bkt/x/1": ""} {
			out := evaluate(t, iampolicy.Identity, doc, iampolicy.Request{Action: "s3:GetObject", Resource: "arn:aws:s3:::" + key, Context: iampolicy.Context{"aws:username": {"x"}}})
			if out.Effect != want {
				t.Errorf("%s: %+v", key, out)
			}
		}
	})
}

func TestConditionsHoldAsTheModelSays(t *testing.T) {
	ctx := iampolicy.Context{
		"k:one": {"value"}, "k:empty": {""}, "k:many": {"a", "c"}, "k:ab": {"a", "b"}, "k:cd": {"c", "d"}, "k:az": {"a", "z"},
		"k:arn": {"arn:aws:s3:::src-1"}, "k:true": {"true"}, "k:n": {"10"}, "k:x": {"x"}, "k:ip": {"203.0.113.7"}, "k:ip6": {"2001:db8::1"},
		"k:time": {"2026-03-01T12:00:00Z"}, "k:epoch": {"1772366400"}, "aws:username": {"ann"}, "k:owner": {"ann"}, "k:bin": {"AQI="},
	}
	cases := []struct {
		name      string
		condition string
		want      bool
	}{
		{"AM-80 values are alternatives", `{"StringEquals":{"k:one":["other","value"]}}`, true},
		{"AM-80 operators must all hold", `{"StringEquals":{"k:one":"value"},"StringLike":{"k:one":"x*"}}`, false},
		{"AM-80 keys must all hold", `{"StringEquals":{"k:one":"value","k:x":"y"}}`, false},
		{"AM-80 negated, none may match", `{"StringNotEquals":{"k:one":["a","value"]}}`, false},
		{"AM-80 negated and none matches", `{"StringNotEquals":{"k:one":["a","b"]}}`, true},
		{"AM-81 case of keys does not matter", `{"StringEquals":{"K:ONE":"value"}}`, true},
		{"case of values does", `{"StringEquals":{"k:one":"VALUE"}}`, false},
		{"unless told otherwise", `{"StringEqualsIgnoreCase":{"k:one":"VALUE"}}`, true},
		{"and so negated", `{"StringNotEqualsIgnoreCase":{"k:one":"VALUE"}}`, false},
		{"AM-82 a missing key fails", `{"StringEquals":{"k:none":"x"}}`, false},
		{"AM-83 a missing key makes a negated operator true", `{"StringNotEquals":{"k:none":"x"}}`, true},
		{"AM-84 IfExists and missing", `{"StringEqualsIfExists":{"k:none":"x"}}`, true},
		{"AM-84 IfExists and there", `{"StringEqualsIfExists":{"k:one":"x"}}`, false},
		{"AM-84 negated IfExists and missing", `{"StringNotEqualsIfExists":{"k:none":"x"}}`, true},
		{"AM-84 BoolIfExists and missing", `{"BoolIfExists":{"k:none":"false"}}`, true},
		{"AM-85 ForAllValues and missing", `{"ForAllValues:StringEquals":{"k:none":"a"}}`, true},
		{"AM-85 ForAllValues, one is not listed", `{"ForAllValues:StringEquals":{"k:many":"a"}}`, false},
		{"AM-86 ForAnyValue", `{"ForAnyValue:StringEquals":{"k:az":"a"}}`, true},
		{"AM-86 ForAnyValue and missing", `{"ForAnyValue:StringEquals":{"k:none":"a"}}`, false},
		{"AM-87 ForAnyValue negated, one is outside", `{"ForAnyValue:StringNotEquals":{"k:many":["a","b"]}}`, true},
		{"AM-87 ForAnyValue negated, none is outside", `{"ForAnyValue:StringNotEquals":{"k:ab":["a","b"]}}`, false},
		{"AM-87 ForAllValues negated, all outside", `{"ForAllValues:StringNotEquals":{"k:cd":["a","b"]}}`, true},
		{"AM-87 ForAllValues negated, one inside", `{"ForAllValues:StringNotEquals":{"k:many":["a","b"]}}`, false},
		{"AM-88 several values without a set", `{"StringEquals":{"k:many":"a"}}`, false},
		{"AM-89 ForAllValues turns absence into true", `{"ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-1"}}`, true},
		{"AM-90 ArnEquals has wildcards", `{"ArnEquals":{"k:arn":"arn:aws:s3:::src-*"}}`, true},
		{"AM-90 and so has ArnLike", `{"ArnLike":{"k:arn":"arn:aws:s3:::src-?"}}`, true},
		{"AM-90 segment by segment", `{"ArnLike":{"k:arn":"arn:aws:*:*:*:src-1"}}`, true},
		{"AM-90 negated", `{"ArnNotLike":{"k:arn":"arn:aws:s3:::src-*"}}`, false},
		{"AM-133 another bucket whose name begins alike", `{"ArnLike":{"k:arn":"arn:aws:s3:::src"}}`, false},
		{"AM-91 StringLike crosses colons", `{"StringLike":{"k:arn":"arn:aws:*"}}`, true},
		{"AM-92 StringEquals has no wildcards", `{"StringEquals":{"k:arn":"arn:aws:s3:::src-*"}}`, false},
		{"AM-93 a number that cannot be read", `{"NumericLessThan":{"k:x":"10"}}`, false},
		{"AM-93 and so negated", `{"NumericNotEquals":{"k:x":"10"}}`, false},
		{"AM-94 two operators on one key", `{"StringLike":{"k:one":"v*"},"StringNotLike":{"k:one":"va*"}}`, false},
		{"AM-271 an empty value is a value", `{"StringEquals":{"k:empty":""}}`, true},
		{"AM-271 which a missing key is not", `{"StringEquals":{"k:none":""}}`, false},
		{"AM-52 a bare boolean", `{"Bool":{"k:true":true}}`, true},
		{"Bool", `{"Bool":{"k:true":"false"}}`, false},
		{"Bool and missing", `{"Bool":{"k:none":"false"}}`, false},
		{"Null true wants absence", `{"Null":{"k:none":"true"}}`, true},
		{"Null true and there", `{"Null":{"k:one":"true"}}`, false},
		{"Null false wants presence", `{"Null":{"k:one":"false"}}`, true},
		{"AM-70 a variable in a value", `{"StringEquals":{"k:owner":"${aws:username}"}}`, true},
		{"AM-71 without value it fails", `{"StringEquals":{"k:owner":"${aws:nothing}"}}`, false},
		{"AM-71 and negated succeeds", `{"StringNotEquals":{"k:owner":"${aws:nothing}"}}`, true},
		{"numbers", `{"NumericGreaterThan":{"k:n":"9.5"},"NumericLessThanEquals":{"k:n":10}}`, true},
		{"numbers in a row", `{"NumericGreaterThanEquals":{"k:n":"11"}}`, false},
		{"dates", `{"DateLessThan":{"k:time":"2026-03-02"},"DateGreaterThan":{"k:epoch":"2026-03-01T11:59:59Z"}}`, true},
		{"dates as seconds", `{"DateEquals":{"k:time":"1772366400"}}`, true},
		{"a range of addresses", `{"IpAddress":{"k:ip":["10.0.0.0/8","203.0.113.0/24"]}}`, true},
		{"a lone address", `{"IpAddress":{"k:ip":"203.0.113.8"}}`, false},
		{"outside of a range", `{"NotIpAddress":{"k:ip":"203.0.113.0/24"}}`, false},
		{"AM-130 an address that is not known", `{"NotIpAddress":{"k:none":"203.0.113.0/24"}}`, true},
		{"the sixth version", `{"IpAddress":{"k:ip6":"2001:db8::/32"}}`, true},
		{"bytes", `{"BinaryEquals":{"k:bin":"AQI="}}`, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			out := evaluate(t, iampolicy.Identity, conditional(c.condition), iampolicy.Request{Action: "s3:GetObject", Resource: "*", Context: ctx})
			if (out.Effect == iampolicy.Allow) != c.want {
				t.Fatalf("%s: %+v", c.condition, out)
			}
		})
	}
}

func TestAnExplicitDenyWinsWhereverItStands(t *testing.T) {
	allow, deny := `{"Sid":"Yes","Effect":"Allow","Action":"s3:*","Resource":"*"}`, `{"Sid":"No","Effect":"Deny","Action":"s3:GetObject","Resource":"*"}`
	for _, order := range []string{allow + "," + deny, deny + "," + allow} {
		out := evaluate(t, iampolicy.Identity, head+order+"]}", iampolicy.Request{Action: "s3:GetObject", Resource: "*"})
		if out.Effect != iampolicy.Deny || out.Statement.Sid != "No" {
			t.Errorf("AM-2: %+v", out)
		}
	}
}

// A pattern full of stars against a text that nearly fits is where matchers
// that try again become exponential.
func TestHostilePatternsCostLittle(t *testing.T) {
	started := time.Now()
	for _, unit := range []string{"*", "?", "*a", "*a?", "*aaaaaaab", "?*", "*?a*"} {
		pattern := strings.Repeat(unit, 19000/len(unit)) + "b"
		doc := head + `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::bkt/` + pattern + `"}]}`
		p, err := iampolicy.Parse([]byte(doc), iampolicy.Resource)
		if err != nil {
			t.Fatal(err)
		}
		_ = p.CheckBucket("bkt")
		_ = p.CheckBucket(strings.Repeat("a", 63))
		for _, n := range []int{1024, 100_000} {
			p.Evaluate(iampolicy.Request{Action: "s3:GetObject", Resource: "arn:aws:s3:::bkt/" + strings.Repeat("a", n)})
		}
	}
	for _, unit := range []string{"*", "*a", "?*"} {
		doc := head + `{"Effect":"Deny","Principal":"*","Action":"s3:` + strings.Repeat(unit, 9000/len(unit)) + `b","Resource":"arn:aws:s3:::` + strings.Repeat(unit, 9000/len(unit)) + `"}]}`
		p, err := iampolicy.Parse([]byte(doc), iampolicy.Resource)
		if err != nil {
			t.Fatal(err)
		}
		_ = p.CheckBucket(strings.Repeat("a", 63))
		p.Evaluate(iampolicy.Request{Action: "s3:" + strings.Repeat("a", 10000), Resource: "arn:aws:s3:::" + strings.Repeat("a", 10000)})
	}
	// A beginning that occurs everywhere, and an end that never comes.
	for _, pattern := range []string{"*a" + strings.Repeat("?", 9000) + "b*", "*" + strings.Repeat("?", 9000) + "b*", "*" + strings.Repeat("a?", 4500) + "b*"} {
		doc := head + `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::bkt/` + pattern + `"}]}`
		out := evaluate(t, iampolicy.Resource, doc, iampolicy.Request{Action: "s3:GetObject", Resource: "arn:aws:s3:::bkt/" + strings.Repeat("a", 200_000)})
		if out.Effect != "" {
			t.Errorf("%.20s: %+v", pattern, out)
		}
	}
	// Linear ways take a fraction of a second, even on a busy machine; trying
	// every place takes minutes.
	if d := time.Since(started); d > 10*time.Second {
		t.Fatalf("took %v", d)
	}
}

func evaluate(t *testing.T, kind iampolicy.Kind, doc string, r iampolicy.Request) iampolicy.Outcome {
	t.Helper()
	p, err := iampolicy.Parse([]byte(doc), kind)
	if err != nil {
		t.Fatal(err)
	}
	return p.Evaluate(r)
}

func BenchmarkEvaluateOnePolicy(b *testing.B) {
	p, err := iampolicy.Parse([]byte(head+`{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::bkt/a/*",
		"Condition":{"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control"}}}]}`), iampolicy.Resource)
	if err != nil {
		b.Fatal(err)
	}
	r := iampolicy.Request{Principal: session, Action: "s3:PutObject", Resource: "arn:aws:s3:::bkt/a/b/c", Context: iampolicy.Context{"s3:x-amz-acl": {"bucket-owner-full-control"}}}
	b.ReportAllocs()
	for b.Loop() {
		p.Evaluate(r)
	}
}
