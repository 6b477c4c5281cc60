package s3control

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/transship/transship"
	"github.com/transship/transship/iampolicy"
	"github.com/transship/transship/internal/access"
)

// Callers knows who has which access key.
type Callers interface {
	// Authenticate answers who an access key belongs to and its secret. token
	// is empty for long-lived keys. Unknown keys and wrong or expired tokens
	// are the errors that sigv4 has for them.
	Authenticate(accessKey, token string) (who access.Caller, secret string, err error)
}

// serviceName is the principal as which a job's role is passed (AM-147).
const serviceName = "batchoperations.s3.amazonaws.com"

// transportKeys are the condition keys that every signed call brings.
func (h *Handler) transportKeys(r *http.Request) iampolicy.Context {
	ctx := iampolicy.Context{
		"aws:securetransport": {strconv.FormatBool(r.TLS != nil)},
		"aws:requestedregion": {h.Region},
		"aws:currenttime":     {h.Now().UTC().Format("2006-01-02T15:04:05Z")},
		"aws:epochtime":       {strconv.FormatInt(h.Now().Unix(), 10)},
		"s3:authtype":         {"REST-HEADER"},
		"s3:signatureversion": {"AWS4-HMAC-SHA256"},
	}
	if ip, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		ctx["aws:sourceip"] = []string{ip}
	}
	if agent := r.UserAgent(); agent != "" {
		ctx["aws:useragent"] = []string{agent}
	}
	return ctx
}

// ask is one question on behalf of the caller; more is what this call adds.
func (c *call) ask(action, resource string, more iampolicy.Context) error {
	ctx := iampolicy.Context{}
	for _, part := range []iampolicy.Context{c.keys, more} {
		for name, values := range part {
			ctx[strings.ToLower(name)] = values
		}
	}
	if d := access.Ask(c.who, action, resource, ctx); !d.Allowed {
		return denied("%s", d.Message())
	}
	return nil
}

// mayCreate asks what CreateJob needs (reference 8.1): the call itself, to pass
// the role, and to tag where there are tags.
func (h *Handler) mayCreate(c *call, job *transship.Job) error {
	tags := iampolicy.Context{}
	for _, t := range job.Tags {
		tags["aws:RequestTag/"+t.Key] = []string{t.Value}
		tags["aws:tagkeys"] = append(tags["aws:tagkeys"], t.Key)
	}
	create := iampolicy.Context{
		"s3:RequestJobPriority":  {strconv.FormatInt(int64(job.Priority), 10)},
		"s3:RequestJobOperation": {job.Operation.Name()},
	}
	for name, values := range tags {
		create[name] = values
	}
	if err := c.ask("s3:CreateJob", "*", create); err != nil {
		return err
	}
	account, _, err := transship.RoleName(job.RoleARN)
	if err != nil {
		return badRequest("RoleArn: %s", err)
	}
	if account != c.account {
		return denied("Cross-account pass role is not allowed: role %s is not in account %s", short(job.RoleARN), c.account)
	}
	if err := c.ask("iam:PassRole", job.RoleARN, iampolicy.Context{"iam:PassedToService": {serviceName}}); err != nil {
		return err
	}
	if len(job.Tags) == 0 {
		return nil
	}
	// The job has no id yet: the question is about any job of the account.
	return c.ask("s3:PutJobTagging", h.jobARN(c.account, "*"), tags)
}

func (h *Handler) mayList(c *call) error { return c.ask("s3:ListJobs", "*", nil) }

// mayTouch asks about the job that the path names. A job that is not there is
// asked about too, so that who may not look is not told what exists.
func (h *Handler) mayTouch(c *call, action string, more iampolicy.Context) error {
	job, err := h.Jobs.Job(c.ctx, c.account, c.id)
	missing := transship.CodeOf(err) == transship.NotFound
	if err != nil && !missing {
		return err
	}
	ctx := iampolicy.Context{}
	for name, values := range more {
		ctx[name] = values
	}
	arn := h.jobARN(c.account, c.id)
	if !missing {
		arn = job.ARN()
		ctx["s3:ExistingJobPriority"] = []string{strconv.FormatInt(int64(job.Priority), 10)}
		ctx["s3:ExistingJobOperation"] = []string{job.Operation.Name()}
		if job.State == transship.Suspended {
			ctx["s3:JobSuspendedCause"] = []string{suspendedCause}
		}
		for _, t := range job.Tags {
			ctx["aws:ResourceTag/"+t.Key] = []string{t.Value}
		}
	}
	if refused := c.ask(action, arn, ctx); refused != nil {
		return refused
	}
	return err
}

func (h *Handler) jobARN(account, id string) string {
	return fmt.Sprintf("arn:aws:s3:%s:%s:job/%s", h.Region, account, id)
}
