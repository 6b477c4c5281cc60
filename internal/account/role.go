package account

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/transship/transship"
)

// Session says how a role is assumed beyond its name. Zero fields are left out
// of the request.
type Session struct {
	ExternalID        string
	Duration          time.Duration // zero: an hour, or what the role allows to be asked for
	Policy            string        // narrows what the session may do (JSON)
	SourceIdentity    string
	TransitiveTagKeys []string
	Tags              []transship.Tag
}

// AssumeRole is an account that acts as a role. The role is assumed at once,
// so that a refusal comes here, and again five minutes before a session ends.
// Region, endpoint and client settings are the caller's own.
func (a *Account) AssumeRole(ctx context.Context, roleARN, sessionName string, s Session) (*Account, error) {
	if _, _, err := transship.RoleName(roleARN); err != nil {
		return nil, err
	}
	provider := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(a.cfg), roleARN, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = sessionName
		o.ExternalID = optional(s.ExternalID)
		o.Policy = optional(s.Policy)
		o.SourceIdentity = optional(s.SourceIdentity)
		o.TransitiveTagKeys = s.TransitiveTagKeys
		o.Duration = s.Duration
		for _, t := range s.Tags {
			o.Tags = append(o.Tags, types.Tag{Key: &t.Key, Value: &t.Value})
		}
	})
	cfg := a.cfg.Copy()
	cfg.Credentials = aws.NewCredentialsCache(&role{provider, roleARN, a.label}, func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = renewBefore })
	out, err := build(cfg, a.Profile, roleARN, a.client)
	if err != nil {
		return nil, err
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return nil, roleError(ctx, err)
	}
	return out, nil
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// role says which role could not be assumed, by whom, and why.
type role struct {
	aws.CredentialsProvider
	arn, label string
}

func (r *role) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := r.CredentialsProvider.Retrieve(ctx)
	if err == nil {
		return c, nil
	}
	e := translate("assume "+r.arn, r.label, err)
	var ours *transship.Error
	if errors.As(e, &ours) && ours.Code == transship.Denied && ours.Hint == "" {
		ours.Hint = "the role's trust policy must let this caller do sts:AssumeRole, and so must the caller's own policies"
	}
	return aws.Credentials{}, e
}

// roleError takes our error out of the SDK's wrapping.
func roleError(ctx context.Context, err error) error {
	var ours *transship.Error
	if errors.As(err, &ours) {
		return ours
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return translate("assume a role", "", err)
}
