package jobs

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/transship/transship"
)

func ids(jobs []transship.Job) string {
	var s []string
	for _, j := range jobs {
		s = append(s, j.ID)
	}
	return strings.Join(s, " ")
}

func TestPagesAreNewestFirstAndStableUnderInserts(t *testing.T) {
	b := newBench(t)
	for i := range 5 {
		b.put(fmt.Sprintf("job-%d", i), transship.Active)
		if i != 2 { // 2 and 3 are made at the same moment
			b.now = b.now.Add(time.Second)
		}
	}
	f := Filter{Max: 2}
	var pages []string
	for {
		page, next, err := b.List(context.Background(), account, f)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, ids(page))
		if next == "" {
			break
		}
		if !regexp.MustCompile(`^[A-Za-z0-9\+\:\/\=\?\#-_]+$`).MatchString(next) || len(next) > 1024 {
			t.Fatalf("token %q", next)
		}
		f.Token = next
		b.now = b.now.Add(time.Second)
		b.put("newer-"+next[:8], transship.New)
	}
	if got := strings.Join(pages, "|"); got != "job-4 job-2|job-3 job-1|job-0" {
		t.Errorf("pages %s", got)
	}
}

func TestAListingShowsWhatWasAskedFor(t *testing.T) {
	b := newBench(t)
	b.put("ended-long-ago", transship.Failed)
	b.now = b.now.Add(Retention)
	b.put("ended", transship.Failed)
	b.put("running", transship.Active)
	b.put("waiting", transship.Suspended)
	foreign := b.store.jobs["running"]
	foreign.ID, foreign.Account = "foreign", "111111111111"
	b.store.jobs["foreign"] = foreign
	for want, f := range map[string]Filter{
		"ended running waiting": {},
		"ended running":         {States: []transship.State{transship.Active, transship.Failed}},
		"":                      {States: []transship.State{transship.Paused}},
	} {
		page, next, err := b.List(context.Background(), account, f)
		if err != nil || next != "" || ids(page) != want {
			t.Errorf("%v: got %s, %q, %v", f, ids(page), next, err)
		}
	}
	for _, f := range []Filter{{Max: -1}, {Max: 1001}, {States: []transship.State{"active"}}} {
		if _, _, err := b.List(context.Background(), account, f); code(err) != transship.Invalid || errors.Is(err, ErrPageToken) {
			t.Errorf("%v: got %v", f, err)
		}
	}
}

func TestDamagedAndForeignTokensAreRefused(t *testing.T) {
	good := writeToken(account, position{1, "job-1"})
	if p, err := readToken(account, good); err != nil || p != (position{1, "job-1"}) {
		t.Fatalf("got %v, %v", p, err)
	}
	tokens := []string{"x", "====", good + "A", good[1:], good[:len(good)-1], writeToken("111111111111", position{1, "job-1"}), strings.Repeat("A", 1025)}
	for i := range good {
		other := byte('A')
		if good[i] == 'A' {
			other = 'B'
		}
		tokens = append(tokens, good[:i]+string(other)+good[i+1:])
	}
	b := newBench(t)
	for _, token := range tokens {
		if _, _, err := b.List(context.Background(), account, Filter{Token: token}); !errors.Is(err, ErrPageToken) || code(err) != transship.Invalid {
			t.Errorf("%q: got %v", token, err)
		}
	}
}

func FuzzReadToken(f *testing.F) {
	f.Add(writeToken(account, position{1_795_000_000_000_000_000, "3f6c2b1e-9d47-4c0a-8a55-1e2f7d90c4ab"}))
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, token string) {
		p, err := readToken(account, token)
		if err == nil && writeToken(account, p) != token {
			t.Errorf("%q has another spelling", token)
		}
	})
}

func TestCountersNeverGoBack(t *testing.T) {
	b := newBench(t)
	b.put("job-1", transship.Active)
	job := b.store.jobs["job-1"]
	job.Plan = transship.Plan{Committed: 1, Tasks: 100}
	b.store.jobs["job-1"] = job
	for _, step := range []struct{ counted, shown transship.Counters }{
		{transship.Counters{Succeeded: 10, Failed: 2}, transship.Counters{Succeeded: 10, Failed: 2}},
		{transship.Counters{Succeeded: 8, Failed: 3}, transship.Counters{Succeeded: 10, Failed: 3}},
		{transship.Counters{}, transship.Counters{Succeeded: 10, Failed: 3}},
		{transship.Counters{Succeeded: 99, Failed: 4}, transship.Counters{Succeeded: 97, Failed: 3}},
	} {
		b.store.progress["job-1"] = step.counted
		got, err := b.Describe(context.Background(), account, "job-1")
		if err != nil || got.Counters != step.shown {
			t.Errorf("counted %+v: got %+v, %v", step.counted, got, err)
		}
	}
	job.State, job.Ended, job.Counters = transship.Complete, b.now, transship.Counters{Succeeded: 98, Failed: 2}
	b.store.jobs["job-1"] = job
	if got, _ := b.Describe(context.Background(), account, "job-1"); got.Counters != job.Counters {
		t.Errorf("after the end: %+v", got.Counters)
	}
}

func TestAJobThatEndsWhileItIsCountedShowsItsFinalCounters(t *testing.T) {
	b := newBench(t)
	b.put("job-1", transship.Active)
	job := b.store.jobs["job-1"]
	job.Plan = transship.Plan{Committed: 1, Tasks: 5}
	b.store.jobs["job-1"] = job
	b.store.fault = func(call string, after bool) error {
		if call == "Progress" && after { // around holds the lock
			job.State, job.Ended, job.Counters = transship.Complete, b.now, transship.Counters{Succeeded: 5}
			b.store.jobs["job-1"] = job
		}
		return nil
	}
	active := b.store.jobs["job-1"]
	got, err := b.Describe(context.Background(), account, "job-1")
	if err != nil || got.State != transship.Complete || got.Counters.Succeeded != 5 {
		t.Errorf("got %+v, %v", got, err)
	}
	b.store.jobs["job-1"] = active
	page, _, err := b.List(context.Background(), account, Filter{})
	if err != nil || page[0].State != transship.Complete || page[0].Counters.Succeeded != 5 {
		t.Errorf("got %+v, %v", page, err)
	}
}
