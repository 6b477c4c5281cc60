package iampolicy_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/transship/transship/iampolicy"
)

// Cases that others wrote, from Foorack/iam-rs (MIT). They lie beside the
// project, not in it.
const outside = "../../shared/data/iam-rs/tests"

// outsideFiles fails when the folder is there but holds nothing: a loader that
// finds no case would pass for ever.
func outsideFiles(t *testing.T, folder string) []string {
	t.Helper()
	if _, err := os.Stat(outside); err != nil {
		t.Skipf("the outside cases are not here: %v", err)
	}
	files, err := filepath.Glob(filepath.Join(outside, folder, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no case in %s: %v", folder, err)
	}
	return files
}

func TestOutsidePoliciesAreUnderstood(t *testing.T) {
	files := outsideFiles(t, "policies")
	if len(files) < 64 {
		t.Errorf("%d policies, there were 64", len(files))
	}
	for _, file := range files {
		doc, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := iampolicy.Parse(doc, iampolicy.Identity); err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
		}
	}
}

func TestOutsideARNsAreUnderstoodAndMatchThemselves(t *testing.T) {
	outsideFiles(t, "policies")
	doc, err := os.ReadFile(filepath.Join(outside, "arns.json"))
	if err != nil {
		t.Fatal(err)
	}
	var arns []string
	if err := json.Unmarshal(doc, &arns); err != nil || len(arns) == 0 {
		t.Fatalf("no ARN: %v", err)
	}
	for _, arn := range arns {
		resource, err := json.Marshal(arn)
		if err != nil {
			t.Fatal(err)
		}
		p, err := iampolicy.Parse([]byte(head+`{"Effect":"Allow","Action":"*","Resource":`+string(resource)+`}]}`), iampolicy.Identity)
		if err != nil {
			t.Errorf("%s: %v", arn, err)
			continue
		}
		if strings.Contains(arn, "${") {
			continue // a variable stands for something else than its text
		}
		if out := p.Evaluate(iampolicy.Request{Action: "x:Y", Resource: arn}); out.Effect != iampolicy.Allow {
			t.Errorf("%s does not match itself", arn)
		}
	}
}

func TestOutsideRequestsAreDecidedAlike(t *testing.T) {
	for _, file := range outsideFiles(t, "requests") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var c struct {
			Result  string
			Request struct {
				Action, Resource string
				Context          map[string]string
			}
			Policy json.RawMessage
		}
		if err := json.Unmarshal(text, &c); err != nil {
			t.Fatal(err)
		}
		ctx := iampolicy.Context{}
		for k, v := range c.Request.Context {
			ctx[strings.ToLower(k)] = []string{v}
		}
		want := map[string]iampolicy.Effect{"Allow": iampolicy.Allow, "Deny": iampolicy.Deny, "NotApplicable": ""}[c.Result]
		out := evaluate(t, iampolicy.Identity, string(c.Policy), iampolicy.Request{Action: c.Request.Action, Resource: c.Request.Resource, Context: ctx})
		if out.Effect != want {
			t.Errorf("%s: %q, want %s", filepath.Base(file), out.Effect, c.Result)
		}
	}
}
