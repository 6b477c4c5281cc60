package lab

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/transship/transship"
)

const accountsText = `
accounts:
  - id: 012345678901
    name: prod
    users:
      - name: admin
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}
      - name: reader
        profile: prod-reading
        policies:
          read: |
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}
    roles:
      - name: BatchCopy
        trust:
          Version: "2012-10-17"
          Statement:
            - {Effect: Allow, Action: sts:AssumeRole, Principal: {Service: batchoperations.s3.amazonaws.com}}
  - id: "222222222222"
    name: next
    users:
      - name: admin
      - name: reader
      - name: carrier
buckets:
  - name: photos
    account: prod
    versioning: Enabled
    ownership: ObjectWriter
    policy: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::photos/*"}]}
  - {name: manifests, account: 222222222222}
`

func TestAnAccountsFileIsReadWhole(t *testing.T) {
	f, err := ParseAccounts("team.yaml", []byte(accountsText))
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Accounts[0].ID; got != "012345678901" {
		t.Errorf("an unquoted id keeps its zero: got %q", got)
	}
	if got := f.Buckets[1].Account; got != "222222222222" {
		t.Errorf("account of manifests: got %q", got)
	}
	var trust struct{ Statement []struct{ Action string } }
	if err := json.Unmarshal([]byte(f.Accounts[0].Roles[0].Trust.JSON), &trust); err != nil || trust.Statement[0].Action != "sts:AssumeRole" {
		t.Errorf("trust policy %s: %v", f.Accounts[0].Roles[0].Trust.JSON, err)
	}
	b := f.Buckets[0]
	if b.Versioning != "Enabled" || b.Ownership != "ObjectWriter" || b.Policy.JSON == "" || b.Policy.Line != 31 {
		t.Errorf("bucket photos: %+v", b)
	}
	var names []string
	for _, p := range f.profiles() {
		names = append(names, p.Name)
	}
	if got := strings.Join(names, " "); got != "prod prod-reading next next-reader carrier" {
		t.Errorf("profiles: %s", got)
	}
}

func TestAWrongAccountsFileIsNamedByLineAndField(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"an unknown field", "accounts:\n  - id: 111111111111\n    nmae: x\n", `x.yaml:3: an account has no field "nmae"`},
		{"an id that is too short", "accounts:\n  - id: 1111\n    name: x\n", `x.yaml:2: id: "1111" is not an account id`},
		{"no account at all", "buckets: []\n", "declares no account"},
		{"an empty file", "", "one YAML document"},
		{"a list instead of fields", "- a\n", "x.yaml:1: the file must be written as fields"},
		{"fields instead of a list", "accounts:\n  id: 1\n", "x.yaml:2: accounts must be a list"},
		{"a role without a trust policy", "accounts:\n- id: 111111111111\n  name: x\n  roles:\n  - name: r\n", "x.yaml:5: role r of account 111111111111 has no trust policy"},
		{"a bucket of nobody", "accounts:\n- {id: 111111111111, name: x}\nbuckets:\n- {name: b, account: y}\n", `x.yaml:4: bucket b: account "y" is not declared`},
		{"a versioning that S3 does not have", "accounts:\n- {id: 111111111111, name: x}\nbuckets:\n- name: b\n  account: x\n  versioning: on\n", "x.yaml:6: versioning"},
		{"a policy that is text and no JSON", "accounts:\n- {id: 111111111111, name: x}\nbuckets:\n- name: b\n  account: x\n  policy: allow everybody\n", "x.yaml:6: a policy that is given as text must be JSON"},
		{"an account that is there twice", "accounts:\n- {id: 111111111111, name: x}\n- {id: 111111111111, name: y}\n", "x.yaml:3: account 111111111111 (y) is declared twice"},
		{"users whose names differ by case", "accounts:\n- id: 111111111111\n  name: x\n  users:\n  - name: ann\n  - name: Ann\n", "x.yaml:6: user Ann"},
		{"a profile that would break the file", "accounts:\n- id: 111111111111\n  name: x\n  users:\n  - name: ann\n    profile: a]b\n", "x.yaml:6: profile"},
		{"no YAML", "accounts: [\n", "x.yaml:1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseAccounts("x.yaml", []byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) || transship.CodeOf(err) != transship.Invalid {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func FuzzParseAccounts(f *testing.F) {
	f.Add([]byte(accountsText))
	f.Add([]byte("accounts: [{id: 1, name: &a x, users: *a}]"))
	f.Add([]byte("a: |\n b\n? c\n: - d"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := ParseAccounts("x.yaml", data)
		if err == nil && len(got.Accounts) == 0 {
			t.Error("no error and no account")
		}
	})
}
