package lab

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/transship/transship"
)

// Region is the lab's only one.
const Region = "us-east-1"

// Profile is how one principal of the lab appears in the AWS files.
type Profile struct {
	Name      string // source
	Account   string // 111111111111
	User      string // admin
	Region    string // empty: the lab's
	AccessKey string
	Secret    string
}

// AWSFiles are the two files that AWS_CONFIG_FILE and
// AWS_SHARED_CREDENTIALS_FILE name.
func AWSFiles(dir string) (config, credentials string) {
	return filepath.Join(dir, "aws", "config"), filepath.Join(dir, "aws", "credentials")
}

// WriteProfiles writes both files, readable for their owner alone. An endpoint
// that is empty is not set: clients then call AWS.
func WriteProfiles(dir string, profiles []Profile, e Endpoints) error {
	config, credentials := AWSFiles(dir)
	if err := os.MkdirAll(filepath.Dir(config), 0o700); err != nil {
		return err
	}
	err := replaceFile(credentials, []byte(credentialsText(profiles)))
	if err == nil {
		err = replaceFile(config, []byte(configText(profiles, e)))
	}
	if err != nil {
		return &transship.Error{Code: transship.Internal, Op: "write the AWS profiles", Message: filepath.Dir(config), Err: err}
	}
	return nil
}

func credentialsText(profiles []Profile) string {
	var b strings.Builder
	b.WriteString("# Written by transship. These keys are worth nothing outside of it.\n")
	for _, p := range profiles {
		fmt.Fprintf(&b, "\n[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n", p.Name, p.AccessKey, p.Secret)
	}
	return b.String()
}

// configText sets the endpoint for all services on each profile, and those
// that differ in a section of services. The key for S3 Control is s3_control;
// s3control would be ignored silently (reference 1.2).
func configText(profiles []Profile, e Endpoints) string {
	var b strings.Builder
	b.WriteString("# Written by transship.\n")
	for _, p := range profiles {
		fmt.Fprintf(&b, "\n# %s in account %s\n[profile %s]\nregion = %s\naws_account_id = %s\noutput = json\nservices = transship\n",
			p.User, p.Account, p.Name, cmp.Or(p.Region, Region), p.Account)
		if e.S3 != "" {
			fmt.Fprintf(&b, "endpoint_url = %s\n", e.S3)
		}
	}
	b.WriteString("\n[services transship]\n")
	for _, s := range []struct{ key, url string }{
		{"s3", e.S3}, {"s3_control", localName(e.Control)}, {"sts", e.S3}, {"iam", e.S3},
	} {
		if s.url != "" {
			fmt.Fprintf(&b, "%s =\n  endpoint_url = %s\n", s.key, s.url)
		}
	}
	return b.String()
}

// localName is a loopback address by the name localhost: SDKs put the account
// id before the host of an S3 Control endpoint, and before a name that can
// resolve (222222222222.localhost), before an address never (reference 1.2).
func localName(base string) string {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return base
	}
	if ip := net.ParseIP(u.Hostname()); ip != nil && ip.IsLoopback() && ip.To4() != nil {
		u.Host = net.JoinHostPort("localhost", u.Port())
	}
	return u.String()
}

// ControlName is the control endpoint as the AWS files have it.
func (e Endpoints) ControlName() string { return localName(e.Control) }
