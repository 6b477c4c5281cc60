package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/transship/transship"
)

func TestACreatedJobIsNewAndWoken(t *testing.T) {
	b := newBench(t)
	want := wanted()
	want.State, want.Ended, want.Counters.Failed = transship.Complete, b.now, 7 // not for a caller to say
	id, err := b.Create(context.Background(), want)
	if err != nil {
		t.Fatal(err)
	}
	job, err := b.Job(context.Background(), account, id)
	if err != nil || job.State != transship.New || !job.Created.Equal(b.now) || !job.Ended.IsZero() || job.Counters.Failed != 0 {
		t.Fatalf("got %+v, %v", job, err)
	}
	if len(b.store.woken) != 1 || b.store.woken[0] != id {
		t.Errorf("woken: %v", b.store.woken)
	}
}

func TestTheSameTokenAndParametersAnswerTheSameJob(t *testing.T) {
	b := newBench(t)
	first, err := b.Create(context.Background(), wanted())
	if err != nil {
		t.Fatal(err)
	}
	b.now = b.now.Add(time.Hour)
	second, err := b.Create(context.Background(), wanted())
	if err != nil || second != first || len(b.store.jobs) != 1 {
		t.Fatalf("got %s and %s, %d jobs, %v", first, second, len(b.store.jobs), err)
	}
}

func TestTheSameTokenWithOtherParametersIsRefused(t *testing.T) {
	changes := map[string]func(*transship.Job){
		"priority":                 func(j *transship.Job) { j.Priority = 11 },
		"confirmation":             func(j *transship.Job) { j.Confirmation = false },
		"order of the fields":      func(j *transship.Job) { j.Manifest.Fields = []string{"Key", "Bucket"} },
		"an empty list of tags":    func(j *transship.Job) { j.Operation.Copy.NewTagging = &[]transship.Tag{} },
		"a nil list of tags":       func(j *transship.Job) { j.Operation.Copy.NewTagging = new([]transship.Tag) },
		"an empty set of metadata": func(j *transship.Job) { j.Operation.Copy.NewMetadata = &transship.NewMetadata{} },
		"a condition":              func(j *transship.Job) { j.Operation.Copy.ModifiedSince = new(j.Created.AddDate(2025, 0, 0)) },
		"a job tag":                func(j *transship.Job) { j.Tags = []transship.Tag{{Key: "a"}} },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			if _, err := b.Create(context.Background(), wanted()); err != nil {
				t.Fatal(err)
			}
			other := wanted()
			change(&other)
			if _, err := b.Create(context.Background(), other); code(err) != transship.Idempotency {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestATokenOfAnotherAccountIsAnotherToken(t *testing.T) {
	b := newBench(t)
	first, _ := b.Create(context.Background(), wanted())
	other := wanted()
	other.Account, other.Priority = "111111111111", 99
	second, err := b.Create(context.Background(), other)
	if err != nil || first == second {
		t.Fatalf("got %s and %s, %v", first, second, err)
	}
}

func TestNoTagsStayNoTagsInAStore(t *testing.T) {
	b := newBench(t)
	want := wanted()
	want.Operation.Copy.NewTagging = new([]transship.Tag)
	id, err := b.Create(context.Background(), want)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(b.store.jobs[id])
	var job transship.Job
	if err = errors.Join(err, json.Unmarshal(text, &job)); err != nil || job.Operation.Copy.NewTagging == nil {
		t.Errorf("got %s, %v", text, err)
	}
}

func TestWithoutATokenEveryRequestMakesAJob(t *testing.T) {
	b := newBench(t)
	want := wanted()
	want.Token = ""
	first, _ := b.Create(context.Background(), want)
	second, err := b.Create(context.Background(), want)
	if err != nil || first == second {
		t.Fatalf("got %s and %s, %v", first, second, err)
	}
}

// A fault at any step, before or after it was done, and then the same request
// again: one job, woken at least once.
func TestARepeatAfterAFaultMakesTheJobOnce(t *testing.T) {
	for _, call := range []string{"Token", "CreateJob", "Wake"} {
		for _, after := range []bool{false, true} {
			b := newBench(t)
			broken := true
			b.store.fault = func(c string, a bool) error {
				if broken && c == call && a == after {
					broken = false
					return &transship.Error{Code: transship.Unavailable}
				}
				return nil
			}
			if _, err := b.Create(context.Background(), wanted()); code(err) != transship.Unavailable {
				t.Fatalf("%s: got %v", call, err)
			}
			id, err := b.Create(context.Background(), wanted())
			if err != nil || len(b.store.jobs) != 1 || b.store.jobs[id].State != transship.New || len(b.store.woken) == 0 {
				t.Errorf("fault in %s, after it was done %v: %d jobs, woken %v, %v", call, after, len(b.store.jobs), b.store.woken, err)
			}
		}
	}
}

func TestManyRequestsWithOneTokenMakeOneJob(t *testing.T) {
	b := newBench(t)
	var mu sync.Mutex
	n := 0
	b.NewID = func() string {
		mu.Lock()
		defer mu.Unlock()
		n++
		return "job-" + string(rune('a'+n))
	}
	ids := make([]string, 20)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			var err error
			if ids[i], err = b.Create(context.Background(), wanted()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("ids %v", ids)
		}
	}
	if len(b.store.jobs) != 1 {
		t.Errorf("%d jobs", len(b.store.jobs))
	}
}

type roles func(role string) error

func (r roles) CheckRole(_ context.Context, _, role string) error { return r(role) }

func TestARefusedRoleDoesNotUseUpTheToken(t *testing.T) {
	b := newBench(t)
	b.Roles = roles(func(role string) error {
		if role == wanted().RoleARN {
			return &transship.Error{Code: transship.Denied, Message: "no trust"}
		}
		return nil
	})
	if _, err := b.Create(context.Background(), wanted()); code(err) != transship.Denied {
		t.Fatalf("got %v", err)
	}
	want := wanted()
	want.RoleARN = "arn:aws:iam::222222222222:role/Other"
	if _, err := b.Create(context.Background(), want); err != nil {
		t.Fatal(err)
	}
}

func TestAnIDThatIsTakenIsNotAnsweredAsOurs(t *testing.T) {
	b := newBench(t)
	b.put("taken-id", transship.Active)
	b.NewID = func() string { return "taken-id" }
	want := wanted()
	want.Token = "token-2"
	_, err := b.Create(context.Background(), want)
	var e *transship.Error
	if !errors.As(err, &e) || e.Code != transship.Internal {
		t.Fatalf("got %v", err)
	}
}
