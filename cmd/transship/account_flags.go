package main

import (
	"github.com/spf13/pflag"
)

// accountFlags say with whose credentials and where S3 is called. Empty fields
// are what the AWS environment and configuration files say.
type accountFlags struct {
	profile  string
	region   string
	endpoint string
}

// add defines --PREFIXprofile, --PREFIXregion and --PREFIXendpoint-url; who
// says in the help what the account does.
func (a *accountFlags) add(f *pflag.FlagSet, prefix, who string) {
	f.StringVar(&a.profile, prefix+"profile", "", "AWS profile that "+who)
	f.StringVar(&a.region, prefix+"region", "", "AWS Region of the one that "+who)
	f.StringVar(&a.endpoint, prefix+"endpoint-url", "", "S3 endpoint of the one that "+who)
}

// orElse is b where nothing at all is said of a. Nothing is mixed: an endpoint
// of one account is no business of another's profile.
func (a accountFlags) orElse(b accountFlags) accountFlags {
	if a == (accountFlags{}) {
		return b
	}
	return a
}
