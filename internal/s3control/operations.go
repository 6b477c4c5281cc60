package s3control

import (
	"context"
	"net/url"
	"strconv"

	"github.com/transship/transship"
	"github.com/transship/transship/iampolicy"
	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/jobs"
)

// call is one request whose signature was checked.
type call struct {
	ctx     context.Context
	who     access.Caller
	keys    iampolicy.Context // of the connection
	account string            // that of who
	id      string            // of the job in the path
	query   url.Values
	body    []byte
}

func (h *Handler) createJob(c *call) ([]byte, error) {
	job, err := parseCreateJob(c.body)
	if err != nil {
		return nil, err
	}
	job.Account, job.Region, job.Creator = c.account, h.Region, transship.Principal{Account: c.who.Account, ARN: c.who.ARN}
	if err := h.mayCreate(c, &job); err != nil {
		return nil, err
	}
	id, err := h.Jobs.Create(c.ctx, job)
	if err != nil {
		return nil, err
	}
	return createResult(id), nil
}

func (h *Handler) describeJob(c *call) ([]byte, error) {
	if err := h.mayTouch(c, "s3:DescribeJob", nil); err != nil {
		return nil, err
	}
	job, err := h.Jobs.Describe(c.ctx, c.account, c.id)
	if err != nil {
		return nil, err
	}
	return describeResult(job, h.Now()), nil
}

func (h *Handler) listJobs(c *call) ([]byte, error) {
	if err := h.mayList(c); err != nil {
		return nil, err
	}
	f := jobs.Filter{}
	for _, name := range c.query["jobStatuses"] {
		state, err := transship.ParseState(name)
		if err != nil {
			return nil, badRequest("jobStatuses: %q is not a job status", short(name))
		}
		f.States = append(f.States, state)
	}
	max, given, err := c.one("maxResults")
	if err != nil {
		return nil, err
	}
	if given {
		if f.Max, err = strconv.Atoi(max); err != nil || f.Max < 0 || f.Max > jobs.MaxPage {
			return nil, badRequest("maxResults must be between 0 and %d, not %q", jobs.MaxPage, short(max))
		}
	}
	if f.Token, given, err = c.one("nextToken"); err != nil {
		return nil, err
	}
	if given && f.Token == "" {
		return nil, &apiError{400, "InvalidNextTokenException", "nextToken must not be empty"}
	}
	page, next, err := h.Jobs.List(c.ctx, c.account, f)
	if err != nil {
		return nil, err
	}
	return listResult(page, next), nil
}

func (h *Handler) updatePriority(c *call) ([]byte, error) {
	text, given, err := c.one("priority")
	if err != nil {
		return nil, err
	}
	priority, err := strconv.ParseInt(text, 10, 32)
	if !given || err != nil || priority < 0 {
		return nil, badRequest("priority must be a number between 0 and 2147483647, not %q", short(text))
	}
	if err := h.mayTouch(c, "s3:UpdateJobPriority", iampolicy.Context{"s3:RequestJobPriority": {strconv.FormatInt(priority, 10)}}); err != nil {
		return nil, err
	}
	job, err := h.Jobs.Priority(c.ctx, c.account, c.id, priority)
	if err != nil {
		return nil, err
	}
	return priorityResult(job), nil
}

func (h *Handler) updateStatus(c *call) ([]byte, error) {
	requested, _, err := c.one("requestedJobStatus")
	if err != nil {
		return nil, err
	}
	if requested != string(transship.Ready) && requested != string(transship.Cancelled) {
		return nil, badRequest("requestedJobStatus must be Ready or Cancelled, not %q", short(requested))
	}
	reason, given, err := c.one("statusUpdateReason")
	if err != nil {
		return nil, err
	}
	if given && reason == "" {
		return nil, badRequest("statusUpdateReason must not be empty")
	}
	if err := h.mayTouch(c, "s3:UpdateJobStatus", nil); err != nil {
		return nil, err
	}
	job, err := h.Jobs.UpdateStatus(c.ctx, c.account, c.id, transship.State(requested), reason)
	if err != nil {
		return nil, err
	}
	return statusResult(job), nil
}

// one is the value of a query parameter that may come once.
func (c *call) one(name string) (value string, given bool, err error) {
	switch values := c.query[name]; len(values) {
	case 0:
		return "", false, nil
	case 1:
		return values[0], true, nil
	default:
		return "", false, badRequest("query parameter %s is given %d times", name, len(values))
	}
}
