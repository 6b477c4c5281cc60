package s3

import (
	"maps"
	"net"
	"strconv"
	"sync"

	"github.com/transship/transship"
	"github.com/transship/transship/iampolicy"
	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/store"
)

// anonymousOwner owns what was written without credentials (AM-177).
const anonymousOwner = "65a011a29cdf8ec533ec3d1ccaae921c"

const bucketOwnerFullControl = "bucket-owner-full-control"

// findBucket looks the call's bucket up and compares its owner with the one
// the caller expects.
func (c *call) findBucket() error {
	var err error
	if c.bucket, c.access, err = c.lookUp(c.Bucket); err != nil {
		return err
	}
	if c.name == "HeadBucket" {
		c.w.Header().Set("X-Amz-Bucket-Region", c.bucket.Region) // also on a 403
	}
	return expectOwner(c.header.Get("X-Amz-Expected-Bucket-Owner"), c.bucket)
}

func (c *call) lookUp(name string) (*store.Bucket, *access.Bucket, error) {
	b, err := c.store.Bucket(name)
	if err != nil {
		return nil, nil, err
	}
	a, err := c.policies.of(b)
	return b, a, err
}

// expectOwner is AM-221.
func expectOwner(account string, b *store.Bucket) error {
	if account == "" {
		return nil
	}
	if transship.CheckAccountID(account) != nil {
		return reply.Argument("x-amz-expected-bucket-owner", account, "The value of the expected bucket owner parameter must be an AWS account ID... [12 digits]")
	}
	if account != b.Owner {
		return reply.New("AccessDenied")
	}
	return nil
}

// policyCache keeps compiled policies; a bucket that changed is another one.
type policyCache struct {
	mu     sync.RWMutex
	byName map[string]compiled
}

type compiled struct {
	from *store.Bucket
	to   *access.Bucket
}

func (p *policyCache) of(b *store.Bucket) (*access.Bucket, error) {
	p.mu.RLock()
	hit, ok := p.byName[b.Name]
	p.mu.RUnlock()
	if ok && hit.from == b {
		return hit.to, nil
	}
	a := &access.Bucket{Name: b.Name, Owner: b.Owner, Ownership: access.Ownership(b.Ownership)}
	if b.Policy != nil {
		var err error
		if a.Policy, err = iampolicy.Parse(b.Policy, iampolicy.Resource); err != nil {
			return nil, err // it was parsed before it was stored: never guess
		}
	}
	p.mu.Lock()
	if p.byName == nil {
		p.byName = map[string]compiled{}
	}
	p.byName[b.Name] = compiled{b, a}
	p.mu.Unlock()
	return a, nil
}

// question is one authorization of the call.
type question struct {
	action string
	bucket *access.Bucket
	key    string
	object *store.Version // nil: none, or a write
	extra  iampolicy.Context
}

// decide asks.
func (c *call) decide(q question) access.Decision {
	ctx := c.context()
	if len(q.extra) > 0 || q.object != nil && len(q.object.Tags) > 0 {
		ctx = maps.Clone(ctx)
	}
	maps.Copy(ctx, q.extra)
	ask := access.Question{Action: q.action, Bucket: q.bucket, Key: q.key, Context: ctx}
	if q.object != nil {
		ask.ObjectOwner = q.object.Owner
		ask.OwnerGranted = q.object.ACL == bucketOwnerFullControl
		for _, t := range q.object.Tags {
			ctx["s3:existingobjecttag/"+t.Key] = []string{t.Value}
		}
	}
	return access.Decide(c.caller, ask)
}

// may is nil when the call may do what q says.
func (c *call) may(q question) error {
	return refusal(c.decide(q))
}

func refusal(d access.Decision) error {
	switch {
	case d.Allowed:
		return nil
	case d.Layer == access.OwnerOnlyLayer:
		return reply.New("MethodNotAllowed") // AM-20
	}
	return reply.Say("AccessDenied", d.Message())
}

// mayBucket asks about the call's bucket.
func (c *call) mayBucket(action string, extra iampolicy.Context) error {
	return c.may(question{action: action, bucket: c.access, extra: extra})
}

// mayWrite asks all actions of a write to the call's key.
func (c *call) mayWrite(w access.Write, extra iampolicy.Context) error {
	for _, action := range w.Actions() {
		if err := c.may(question{action: action, bucket: c.access, key: c.Key, extra: extra}); err != nil {
			return err
		}
	}
	return nil
}

// missing turns "not found" into 403 for a caller that may not list (AM-150,
// AM-151): what it is told depends on the bucket, not on the key.
func (c *call) missing(err error, b *access.Bucket) error {
	if transship.CodeOf(err) != transship.NotFound {
		return err
	}
	f := reply.From(err)
	if f.Code == "NoSuchBucket" {
		return err
	}
	list := access.ListObjects(f.Code == "NoSuchVersion")
	if refused := c.may(question{action: list, bucket: b}); refused != nil {
		return refused
	}
	return err
}

// context holds the condition keys that every call has. It must not be
// changed: it is made once.
func (c *call) context() iampolicy.Context {
	if c.base == nil {
		c.base = c.makeContext()
	}
	return c.base
}

func (c *call) makeContext() iampolicy.Context {
	now := c.now().UTC()
	ctx := iampolicy.Context{
		"aws:securetransport": {"false"},
		"aws:requestedregion": {c.region},
		"aws:currenttime":     {now.Format("2006-01-02T15:04:05Z")},
		"aws:epochtime":       {strconv.FormatInt(now.Unix(), 10)},
		"aws:viaawsservice":   {"false"},
	}
	if c.r.TLS != nil {
		ctx["aws:securetransport"] = []string{"true"}
	}
	if host, _, err := net.SplitHostPort(c.r.RemoteAddr); err == nil {
		ctx["aws:sourceip"] = []string{host}
	}
	for key, header := range map[string]string{"aws:useragent": "User-Agent", "aws:referer": "Referer"} {
		if v := c.header.Get(header); v != "" {
			ctx[key] = []string{v}
		}
	}
	if !c.caller.Anonymous() && c.v != nil {
		ctx["s3:signatureversion"] = []string{"AWS4-HMAC-SHA256"}
		ctx["s3:authtype"] = []string{"REST-HEADER"}
		if c.v.Presigned {
			ctx["s3:authtype"] = []string{"REST-QUERY-STRING"}
		}
		if v := c.header.Get("X-Amz-Content-Sha256"); v != "" {
			ctx["s3:x-amz-content-sha256"] = []string{v}
		}
	}
	return ctx
}

// headerContext adds the keys of request headers that are there.
func (c *call) headerContext(names ...string) iampolicy.Context {
	ctx := iampolicy.Context{}
	for _, name := range names {
		if v := c.header.Get(name); v != "" {
			ctx["s3:"+name] = []string{v}
		}
	}
	return ctx
}

// writer is the account whose object a write is, ownership apart: the
// caller's, a service itself, or nobody.
func (c *call) writer() string {
	switch {
	case c.caller.Account != "":
		return c.caller.Account
	case c.caller.Service != "":
		return c.caller.Service
	}
	return anonymousOwner
}

// settle gives a new version its owner by the bucket's setting at the moment
// of the write (AM-160, AM-161).
func (c *call) settle(b *store.Bucket, v *store.Version) error {
	v.Owner = access.Ownership(b.Ownership).NewObjectOwner(b.Owner, c.writer(), v.ACL == bucketOwnerFullControl)
	return nil
}

// shownOwner is the account that listings show as owner: the bucket's where
// ACLs are off (AM-167).
func (c *call) shownOwner(owner string) string {
	if c.bucket.Ownership == string(access.BucketOwnerEnforced) || owner == "" {
		return c.bucket.Owner
	}
	return owner
}

// owner writes an Owner or Initiator element.
func (c *call) owner(x *reply.XML, element, account string) {
	id, name, ok := c.directory.Account(account)
	if !ok {
		id, name = account, ""
	}
	x.Open(element).Text("ID", id).Some("DisplayName", name).Close()
}

// cannedACL reads x-amz-acl of a write into b (AM-169).
func (c *call) cannedACL(b *store.Bucket) (string, error) {
	acl := c.header.Get("X-Amz-Acl")
	enforced := b.Ownership == string(access.BucketOwnerEnforced)
	for _, grant := range []string{"Read", "Write", "Read-Acp", "Write-Acp", "Full-Control"} {
		if c.header.Get("X-Amz-Grant-"+grant) == "" {
			continue
		}
		if enforced {
			return "", reply.New("AccessControlListNotSupported")
		}
		return "", reply.Say("NotImplemented", "ACLs by grant are not implemented.")
	}
	switch {
	case acl == "" || acl == bucketOwnerFullControl:
		return acl, nil
	case enforced:
		return "", reply.New("AccessControlListNotSupported")
	case acl == "private":
		return acl, nil
	}
	for _, known := range []string{"public-read", "public-read-write", "aws-exec-read", "authenticated-read", "bucket-owner-read"} {
		if acl == known {
			return "", reply.Say("NotImplemented", "The canned ACL "+acl+" is not implemented.")
		}
	}
	return "", reply.Argument("x-amz-acl", acl, "")
}
