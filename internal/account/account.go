package account

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3wire"
)

// renewBefore is how long before their end credentials are renewed.
const renewBefore = 5 * time.Minute

const defaultRegion = "us-east-1"

// Options say which account to load and how its client behaves.
type Options struct {
	Profile     string // empty: AWS_PROFILE, else default
	Region      string // empty: from the configuration, else us-east-1
	EndpointURL string // for all services; empty: from the configuration, else AWS
	Client      Client
}

// Client holds the settings of S3 clients that an account makes.
type Client struct {
	Gate        func(endpoint string) s3wire.Gate // nil: none; empty endpoint: AWS
	Retry       s3wire.Retry                      // nil: every call is made once
	RetryWrites bool
	UserAgent   string
}

// Account is somebody who makes calls, in one Region.
type Account struct {
	Profile  string // as asked for; empty for static keys
	Region   string
	Endpoint string         // of S3; empty: AWS
	S3       *s3wire.Client // signs as this account

	label  string // for errors: the profile, or the role
	cfg    aws.Config
	client Client

	mu       sync.Mutex
	identity transship.Principal
}

// Load reads the AWS configuration as the AWS command line does: environment,
// shared config and credentials files, endpoint_url, services sections, SSO,
// assumed roles, instance roles. Credentials are not asked for yet; the first
// call does.
func Load(ctx context.Context, o Options) (*Account, error) {
	settings := []func(*config.LoadOptions) error{}
	if o.Profile != "" {
		settings = append(settings, config.WithSharedConfigProfile(o.Profile))
	}
	if o.Region != "" {
		settings = append(settings, config.WithRegion(o.Region))
	}
	if o.EndpointURL != "" {
		settings = append(settings, config.WithBaseEndpoint(o.EndpointURL))
	}
	settings = append(settings, config.WithCredentialsCacheOptions(func(c *aws.CredentialsCacheOptions) { c.ExpiryWindow = renewBefore }))
	cfg, err := config.LoadDefaultConfig(ctx, settings...)
	if err != nil {
		return nil, translate("load the AWS configuration", o.Profile, err)
	}
	return build(cfg, o.Profile, o.Profile, o.Client)
}

// Static is an account with fixed keys. Region and endpoint may be empty, for
// us-east-1 and AWS.
func Static(c s3wire.Credentials, region, endpoint string, client Client) (*Account, error) {
	cfg := aws.Config{Region: region, Credentials: credentials.NewStaticCredentialsProvider(c.AccessKey, c.Secret, c.SessionToken)}
	if endpoint != "" {
		cfg.BaseEndpoint = &endpoint
	}
	return build(cfg, "", c.AccessKey, client)
}

func build(cfg aws.Config, profile, label string, client Client) (*Account, error) {
	if cfg.Region == "" {
		cfg.Region = defaultRegion
	}
	a := &Account{Profile: profile, Region: cfg.Region, label: label, cfg: cfg, client: client}
	// The SDK's own client knows every place where an endpoint may be set.
	a.Endpoint = aws.ToString(s3.NewFromConfig(cfg).Options().BaseEndpoint)
	wire := s3wire.Config{Endpoint: a.Endpoint, Region: a.Region, PathStyle: a.custom(), UserAgent: client.UserAgent,
		Credentials: a.credentials, Retry: client.Retry, RetryWrites: client.RetryWrites}
	if client.Gate != nil {
		wire.Gate = client.Gate(a.Endpoint)
	}
	var err error
	a.S3, err = s3wire.New(wire)
	return a, err
}

// custom reports whether the endpoint is not AWS's. Other stores seldom have
// a name for each bucket.
func (a *Account) custom() bool {
	return a.Endpoint != "" && !strings.Contains(a.Endpoint, ".amazonaws.com")
}

// credentials are those of the moment.
func (a *Account) credentials(ctx context.Context) (s3wire.Credentials, error) {
	if a.cfg.Credentials == nil {
		return s3wire.Credentials{}, noCredentials(a.Profile, nil)
	}
	c, err := a.cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return s3wire.Credentials{}, translateCredentials(a.label, a.Profile, err)
	}
	return s3wire.Credentials{AccessKey: c.AccessKeyID, Secret: c.SecretAccessKey, SessionToken: c.SessionToken}, nil
}

// Identity is who the account's calls are made as (STS GetCallerIdentity),
// asked once.
func (a *Account) Identity(ctx context.Context) (transship.Principal, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.identity.ARN != "" {
		return a.identity, nil
	}
	out, err := sts.NewFromConfig(a.cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return transship.Principal{}, translate("ask who the caller is (GetCallerIdentity)", a.label, err)
	}
	a.identity = transship.Principal{Account: aws.ToString(out.Account), ARN: aws.ToString(out.Arn)}
	return a.identity, nil
}

// S3SDK is the SDK's own client, for calls that internal/s3wire does not make.
// Its errors are the SDK's; Translate turns them into ours.
func (a *Account) S3SDK() *s3.Client {
	return s3.NewFromConfig(a.cfg, func(o *s3.Options) { o.UsePathStyle = a.custom() })
}

// Config is the SDK's configuration of this account, for services whose
// clients are made elsewhere.
func (a *Account) Config() aws.Config { return a.cfg }

// Close closes connections that are not in use.
func (a *Account) Close() { a.S3.Close() }
