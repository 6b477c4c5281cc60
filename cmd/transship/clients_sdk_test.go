package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// migrationAccounts is the cloud of a copy between accounts, ready for a job:
// the same as the test of the AWS CLI makes by hand.
const migrationAccounts = `
accounts:
  - id: 111111111111
    name: source
    users:
      - name: admin
        policies: {all: {Version: "2012-10-17", Statement: {Effect: Allow, Action: "*", Resource: "*"}}}
  - id: 222222222222
    name: destination
    users:
      - name: admin
        policies: {all: {Version: "2012-10-17", Statement: {Effect: Allow, Action: "*", Resource: "*"}}}
      - name: operator
    roles:
      - name: BatchCopy
        trust: '` + trustBatch + `'
        policies:
          copy: '` + rolePolicy + `'
buckets:
  - name: old-photos
    account: source
    policy: '` + bucketPolicy + `'
  - {name: new-photos, account: destination}
  - {name: new-reports, account: destination}
`

func startMigrationLab(t *testing.T) *runningLab {
	t.Helper()
	t.Parallel()
	file := filepath.Join(t.TempDir(), "accounts.yaml")
	if err := os.WriteFile(file, []byte(migrationAccounts), 0o600); err != nil {
		t.Fatal(err)
	}
	return startLab(t, "--accounts", file)
}

// The scripts demand everything themselves; their last line says that they
// came to their end.
const wellDone = "all well"

func TestTheSDKForJavaScript(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		without(t, "node")
	}
	scripts, err := filepath.Abs("testdata/clients")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(scripts, "node_modules", "@aws-sdk", "client-s3-control")); err != nil {
		without(t, "the AWS SDK for JavaScript (npm ci in testdata/clients)")
	}
	l := startMigrationLab(t)
	for _, script := range []string{"objects.mjs", "jobs.mjs"} {
		t.Run(script, func(t *testing.T) {
			if out := l.run(t, node, filepath.Join(scripts, script)); !strings.HasSuffix(out, wellDone) {
				t.Errorf("it said %s", out)
			}
		})
	}
}

func TestDebiansBoto3(t *testing.T) {
	const python = "/usr/bin/python3" // Debian's: another one has not Debian's modules
	if packaged("python3-boto3", "/boto3/__init__.py") == "" {
		without(t, "Debian's package python3-boto3")
	}
	l := startMigrationLab(t)
	if out := l.run(t, python, "testdata/clients/boto.py"); !strings.HasSuffix(out, wellDone) {
		t.Errorf("it said %s", out)
	}
}
