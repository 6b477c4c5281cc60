package s3control

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/iampolicy"
	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/jobs"
	"github.com/transship/transship/internal/sigv4"
)

const account = "222222222222"

// shelf is a jobs.Store in a map.
type shelf struct {
	mu     sync.Mutex
	jobs   map[string]transship.Job
	tokens map[string]jobs.TokenClaim
	counts transship.Counters
	fault  error
}

func (s *shelf) CreateJob(_ context.Context, job transship.Job) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.jobs[job.ID]; taken {
		return &transship.Error{Code: transship.Conflict}
	}
	s.jobs[job.ID] = job
	return s.fault
}

func (s *shelf) Job(_ context.Context, id string) (transship.Job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	job, ok := s.jobs[id]
	if !ok {
		return job, &transship.Error{Code: transship.NotFound}
	}
	return job, s.fault
}

func (s *shelf) Update(_ context.Context, id string, change func(*transship.Job) error) (transship.Job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	job := s.jobs[id]
	if err := change(&job); err != nil {
		return job, err
	}
	s.jobs[id] = job
	return job, nil
}

func (s *shelf) ListJobs(_ context.Context, account string) (all []transship.Job, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, job := range s.jobs {
		if job.Account == account {
			all = append(all, job)
		}
	}
	return all, s.fault
}

func (s *shelf) Token(_ context.Context, account, token string, claim jobs.TokenClaim) (jobs.TokenClaim, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if held, ok := s.tokens[account+token]; ok {
		return held, nil
	}
	s.tokens[account+token] = claim
	return claim, nil
}

func (s *shelf) Progress(context.Context, string) (transship.Counters, error) { return s.counts, nil }

func (s *shelf) Wake(context.Context, string) error { return nil }

// people are the callers of the tests, by access key; the secret is the key
// with "-secret".
type people map[string]access.Caller

func (p people) Authenticate(accessKey, token string) (access.Caller, string, error) {
	who, ok := p[accessKey]
	if !ok {
		return access.Caller{}, "", sigv4.UnknownAccessKey()
	}
	if token != "" && token != "good token" {
		return access.Caller{}, "", sigv4.InvalidToken()
	}
	return who, accessKey + "-secret", nil
}

// door is a whole service behind a real server.
type door struct {
	*Handler
	t     *testing.T
	shelf *shelf
	url   string
	logs  strings.Builder
	now   time.Time
}

func newDoor(t *testing.T) *door {
	t.Helper()
	d := &door{t: t, now: time.Now().UTC()}
	d.shelf = &shelf{jobs: map[string]transship.Job{}, tokens: map[string]jobs.TokenClaim{}}
	n := 0
	service := &jobs.Service{Store: d.shelf, Now: func() time.Time { return d.now }, NewID: func() string {
		n++
		return fmt.Sprintf("3f6c2b1e-9d47-4c0a-8a55-%012d", n)
	}}
	d.Handler = &Handler{Jobs: service, Region: "eu-local-1", Random: rand.Reader,
		Now: func() time.Time { return d.now }, Log: slog.New(slog.NewTextHandler(&d.logs, nil)),
		Callers: people{
			"AKIAROOT":    {Account: account, ARN: "arn:aws:iam::222222222222:root", Root: true},
			"AKIAFOREIGN": {Account: "111111111111", ARN: "arn:aws:iam::111111111111:root", Root: true},
			"AKIANOBODY":  {Account: account, ARN: "arn:aws:iam::222222222222:user/operator", UserName: "operator"},
		}}
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	d.url = server.URL
	return d
}

// allow gives a new user the statements of a policy.
func (d *door) allow(key, statements string) {
	d.t.Helper()
	p, err := iampolicy.Parse([]byte(`{"Version":"2012-10-17","Statement":[`+statements+`]}`), iampolicy.Identity)
	if err != nil {
		d.t.Fatal(err)
	}
	d.Callers.(people)[key] = access.Caller{Account: account, ARN: "arn:aws:iam::222222222222:user/" + key,
		UserName: key, Identity: []*iampolicy.Policy{p}}
}

// request is one call before it is signed.
type request struct {
	method, target, body string
	key                  string                                      // whose; empty: AKIAROOT
	before               func(*http.Request)                         // changes what will be signed
	after                func(*http.Request)                         // changes what was signed
	sign                 func(*http.Request, string, time.Time) bool // false: not signed
}

// reply is an answer, read whole.
type reply struct {
	status int
	header http.Header
	body   string
	Code   string `xml:"Error>Code"`
	Type   string `xml:"Error>Type"`
	Text   string `xml:"Error>Message"`
	ID     string `xml:"RequestId"`
	JobID  string `xml:"JobId"`
}

func (d *door) send(q request) reply {
	d.t.Helper()
	r, err := http.NewRequest(q.method, d.url+q.target, strings.NewReader(q.body))
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("x-amz-account-id", account)
	sum := sha256.Sum256([]byte(q.body))
	if q.before != nil {
		q.before(r)
	}
	key := q.key
	if key == "" {
		key = "AKIAROOT"
	}
	signer := sigv4.Signer{Region: "eu-local-1", Service: "s3"}
	if q.sign == nil || q.sign(r, hex.EncodeToString(sum[:]), d.now) {
		signer.Sign(r, sigv4.Credentials{AccessKey: key, Secret: key + "-secret"}, hex.EncodeToString(sum[:]), d.now)
	}
	if q.after != nil {
		q.after(r)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	out := reply{status: res.StatusCode, header: res.Header, body: string(body)}
	if q.method != http.MethodHead {
		if err := xml.Unmarshal(body, &out); err != nil {
			d.t.Fatalf("%s %s: %v in %q", q.method, q.target, err, body)
		}
	}
	if out.header.Get("x-amz-request-id") == "" || out.header.Get("x-amz-id-2") == "" {
		d.t.Errorf("%s %s: no request ids", q.method, q.target)
	}
	if out.Code != "" && (out.ID != out.header.Get("x-amz-request-id") || !strings.Contains(out.body, "<ErrorResponse xmlns=")) {
		d.t.Errorf("%s %s: not the envelope: %s", q.method, q.target, body)
	}
	return out
}

// copyRequest is a body that is right; each of change replaces a piece of it.
func copyRequest(change ...string) string {
	body := `<CreateJobRequest xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/">` +
		`<ConfirmationRequired>false</ConfirmationRequired>` +
		`<Operation><S3PutObjectCopy><TargetResource>arn:aws:s3:::destination</TargetResource></S3PutObjectCopy></Operation>` +
		`<Report><Enabled>false</Enabled></Report>` +
		`<Manifest><Spec><Format>S3BatchOperations_CSV_20180820</Format><Fields><member>Bucket</member><member>Key</member></Fields></Spec>` +
		`<Location><ObjectArn>arn:aws:s3:::manifests/w47.csv</ObjectArn><ETag>60e4c9d1046e73f7dde5043ac3ae8511</ETag></Location></Manifest>` +
		`<Description>weekly &amp; größer</Description><Priority>42</Priority>` +
		`<RoleArn>arn:aws:iam::222222222222:role/Batch</RoleArn>` +
		`<ClientRequestToken>c0c2bd01-9598-421a-a7ff-6e1fc241708f</ClientRequestToken></CreateJobRequest>`
	for i := 0; i < len(change); i += 2 {
		changed := strings.Replace(body, change[i], change[i+1], 1)
		if changed == body {
			panic("nothing to replace: " + change[i])
		}
		body = changed
	}
	return body
}

func (d *door) create(change ...string) string {
	d.t.Helper()
	got := d.send(request{method: "POST", target: "/v20180820/jobs", body: copyRequest(change...)})
	if got.status != 200 || got.JobID == "" {
		d.t.Fatalf("got %d %s", got.status, got.body)
	}
	return got.JobID
}

// move puts a job into a state that the engine would bring about.
func (d *door) move(id string, states ...transship.State) {
	d.t.Helper()
	for _, state := range states {
		if _, err := d.shelf.Update(context.Background(), id, func(j *transship.Job) error { return j.Move(state, d.now) }); err != nil {
			d.t.Fatal(err)
		}
	}
}

// dump shows a job with what its pointers point to.
func dump(job transship.Job) string {
	text, err := json.MarshalIndent(job, "", " ")
	if err != nil {
		panic(err)
	}
	return string(text)
}
