package access

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/transship/transship/iampolicy"
)

// Cases that others wrote, from WithSecureLabs/IAMSpy (Apache-2.0). They lie
// beside the project, not in it.
const outside = "../../../shared/data/iamspy"

// leftOut says why a case is not run, "" when it is. Layers that are not here
// yet are not pretended.
func leftOut(files map[string][]string, u *identity, resource string, arguments int) string {
	switch {
	case u == nil:
		return "asks about a principal that its files do not hold"
	case len(files["scps"]) > 0:
		return "service control policies come later"
	case u.PermissionsBoundary.PermissionsBoundaryArn != "":
		return "permissions boundaries come later"
	case len(files["resources"]) > 0 && !strings.HasPrefix(resource, "arn:aws:s3:::"):
		return "only buckets have a resource policy here"
	case u.conditions && arguments < 4:
		return "asks what could be with values that are not known: unknown comes later"
	}
	return ""
}

// details is what `aws iam get-account-authorization-details` prints.
type details struct {
	UserDetailList, RoleDetailList []*identity
	Policies                       []struct {
		Arn               string
		PolicyVersionList []struct {
			IsDefaultVersion bool
			Document         json.RawMessage
		}
	}
}

type identity struct {
	Arn                            string
	UserPolicyList, RolePolicyList []struct{ PolicyDocument json.RawMessage }
	AttachedManagedPolicies        []struct{ PolicyArn string }
	PermissionsBoundary            struct{ PermissionsBoundaryArn string }
	conditions                     bool
}

func TestOutsideCasesAreDecidedAlike(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(outside, "cases.json"))
	if err != nil {
		t.Skipf("the outside cases are not here: %v", err)
	}
	var suites map[string]struct {
		Cases [][3]json.RawMessage
	}
	if err := json.Unmarshal(text, &suites); err != nil {
		t.Fatal(err)
	}
	ran, out := 0, 0
	for suite, s := range suites {
		for i, c := range s.Cases {
			t.Run(fmt.Sprintf("%s/%d", suite, i+1), func(t *testing.T) {
				if why := runOutside(t, c); why != "" {
					out++
					t.Logf("left out: %s", why)
					return
				}
				ran++
			})
		}
	}
	if ran < 10 {
		t.Errorf("%d cases ran, %d were left out", ran, out)
	}
	t.Logf("%d cases ran, %d were left out", ran, out)
}

func runOutside(t *testing.T, c [3]json.RawMessage) string {
	var files map[string][]string
	var arguments []any
	var want bool
	for i, to := range []any{&files, &arguments, &want} {
		if err := json.Unmarshal(c[i], to); err != nil {
			t.Fatal(err)
		}
	}
	principal, action, resource := arguments[0].(string), arguments[1].(string), arguments[2].(string)
	who, caller := load(t, files["gaads"], principal)
	if why := leftOut(files, who, resource, len(arguments)); why != "" {
		return why
	}
	ctx := iampolicy.Context{}
	if len(arguments) > 3 {
		pairs, _ := arguments[3].([]any)
		for _, pair := range pairs {
			key, value, _ := strings.Cut(pair.(string), "=")
			ctx[strings.ToLower(key)] = []string{value}
		}
	}
	var d Decision
	if name, ok := strings.CutPrefix(resource, "arn:aws:s3:::"); ok {
		d = Decide(caller, Question{Action: action, Bucket: outsideBucket(t, name, files["resources"]), Context: ctx})
	} else {
		d = Ask(caller, action, resource, ctx)
	}
	if d.Allowed != want {
		t.Errorf("%s %s %s: allowed %v, want %v: %s", principal, action, resource, d.Allowed, want, d.Explain())
	}
	return ""
}

func load(t *testing.T, files []string, arn string) (*identity, Caller) {
	for _, name := range files {
		var d details
		read(t, name, &d)
		for _, u := range append(d.UserDetailList, d.RoleDetailList...) {
			if u.Arn != arn {
				continue
			}
			c := Caller{Account: strings.Split(arn, ":")[4], ARN: arn}
			if base, role := strings.CutPrefix(arn, "arn:aws:iam::"+c.Account+":role/"); role {
				c.RoleARN, c.ARN = arn, "arn:aws:sts::"+c.Account+":assumed-role/"+base+"/s"
			}
			for _, p := range append(u.UserPolicyList, u.RolePolicyList...) {
				u.add(t, &c, p.PolicyDocument)
			}
			for _, attached := range u.AttachedManagedPolicies {
				for _, p := range d.Policies {
					for _, v := range p.PolicyVersionList {
						if p.Arn == attached.PolicyArn && v.IsDefaultVersion {
							u.add(t, &c, v.Document)
						}
					}
				}
			}
			return u, c
		}
	}
	return nil, Caller{}
}

func (u *identity) add(t *testing.T, c *Caller, doc []byte) {
	p, err := iampolicy.Parse(doc, iampolicy.Identity)
	if err != nil {
		t.Fatal(err)
	}
	u.conditions = u.conditions || len(p.ConditionKeys()) > 0
	c.Identity = append(c.Identity, p)
}

// outsideBucket reads a bucket with its policy. The files write a bare ARN as
// Principal, which AWS refuses (and so does iampolicy); it is put right here.
func outsideBucket(t *testing.T, name string, files []string) *Bucket {
	b := &Bucket{Name: name, Owner: "111111111111", Ownership: BucketOwnerEnforced}
	for _, file := range files {
		var list []struct {
			Resource, Account string
			Policy            struct {
				Version   string
				Statement []map[string]any
			}
		}
		read(t, file, &list)
		for _, r := range list {
			if r.Resource != "arn:aws:s3:::"+name {
				continue
			}
			for _, s := range r.Policy.Statement {
				if arn, ok := s["Principal"].(string); ok && arn != "*" {
					s["Principal"] = map[string]any{"AWS": arn}
				}
			}
			doc, err := json.Marshal(r.Policy)
			if err == nil {
				b.Policy, err = iampolicy.Parse(doc, iampolicy.Resource)
			}
			if err != nil {
				t.Fatal(err)
			}
			b.Owner = r.Account
		}
	}
	return b
}

func read(t *testing.T, name string, to any) {
	text, err := os.ReadFile(filepath.Join(outside, "tests/files", name))
	if err == nil {
		err = json.Unmarshal(text, to)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}
