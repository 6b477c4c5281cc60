package lab

import (
	"os"
	"strings"
	"testing"
)

func TestTheAWSFilesSetEachEndpointAndKeepSecretsApart(t *testing.T) {
	dir := t.TempDir()
	profiles := []Profile{{Name: "source", Account: "111111111111", User: "admin", AccessKey: "AKIAEXAMPLE", Secret: "very-secret"}}
	if err := WriteProfiles(dir, profiles, Endpoints{S3: "http://127.0.0.1:9400", Control: "http://127.0.0.1:9420"}); err != nil {
		t.Fatal(err)
	}
	config, credentials := AWSFiles(dir)
	text := readFile(t, config)
	want := `# Written by transship.

# admin in account 111111111111
[profile source]
region = us-east-1
aws_account_id = 111111111111
output = json
services = transship
endpoint_url = http://127.0.0.1:9400

[services transship]
s3 =
  endpoint_url = http://127.0.0.1:9400
s3_control =
  endpoint_url = http://localhost:9420
sts =
  endpoint_url = http://127.0.0.1:9400
iam =
  endpoint_url = http://127.0.0.1:9400
`
	if text != want {
		t.Errorf("got\n%swant\n%s", text, want)
	}
	if strings.Contains(text, "secret") || !strings.Contains(readFile(t, credentials), "aws_secret_access_key = very-secret") {
		t.Error("a secret stands elsewhere than in the credentials file")
	}
	for _, name := range []string{config, credentials} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}

	// Without a store of its own: only the job service's endpoint is set.
	if err := WriteProfiles(dir, profiles, Endpoints{Control: "http://127.0.0.1:9420"}); err != nil {
		t.Fatal(err)
	}
	if text := readFile(t, config); strings.Contains(text, "s3 =") || !strings.Contains(text, "s3_control =") || strings.Contains(text, "endpoint_url = \n") {
		t.Errorf("got\n%s", text)
	}
}

func TestALoopbackAddressIsCalledLocalhostForControl(t *testing.T) {
	for in, want := range map[string]string{
		"http://127.0.0.1:9420":        "http://localhost:9420",
		"http://192.0.2.1:9420":        "http://192.0.2.1:9420",
		"http://[::1]:9420":            "http://[::1]:9420",
		"https://s3-control.test:8443": "https://s3-control.test:8443",
		"":                             "",
	} {
		if got := localName(in); got != want {
			t.Errorf("localName(%q) = %q, want %q", in, got, want)
		}
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
