package jetstore_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/jobs"
)

func createdJobIsRead(t *testing.T, s site) {
	job := createJob(t, s, func(j *transship.Job) {
		j.Tags = []transship.Tag{{Key: "süß", Value: "a.b*c>"}}
		j.Priority, j.Description = 7, "first"
	})
	got, err := s.Job(t.Context(), job.ID)
	if err != nil || !reflect.DeepEqual(got, job) {
		t.Errorf("%+v %v, want %+v", got, err, job)
	}
}

func idIsTakenOnce(t *testing.T, s site) {
	job := newJob()
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			mine := job
			mine.Description = fmt.Sprint(i)
			errs[i] = s.CreateJob(t.Context(), mine)
		})
	}
	wg.Wait()
	won := slices.Index(errs, nil)
	if won < 0 {
		t.Fatal(errs)
	}
	for i, err := range errs {
		if i != won {
			wantCode(t, err, transship.Conflict)
		}
	}
	if got, err := s.Job(t.Context(), job.ID); err != nil || got.Description != fmt.Sprint(won) {
		t.Errorf("%d won, stored is %q, %v", won, got.Description, err)
	}
}

func missingJob(t *testing.T, s site) {
	_, err := s.Job(t.Context(), uuid.NewString())
	wantCode(t, err, transship.NotFound)
	_, err = s.Update(t.Context(), uuid.NewString(), func(*transship.Job) error { return nil })
	wantCode(t, err, transship.NotFound)
	wantCode(t, s.Wake(t.Context(), uuid.NewString()), transship.NotFound)
}

func racingWriters(t *testing.T, s site) {
	job := createJob(t, s, nil)
	const writers, each = 8, 10
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range each {
				_, err := s.Update(t.Context(), job.ID, func(j *transship.Job) error { j.Priority++; return nil })
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got, err := s.Job(t.Context(), job.ID); err != nil || got.Priority != writers*each {
		t.Errorf("%d changes are there, want %d, %v", got.Priority, writers*each, err)
	}
}

func changeRefuses(t *testing.T, s site) {
	job := createJob(t, s, nil)
	mine := errors.New("not so")
	_, err := s.Update(t.Context(), job.ID, func(j *transship.Job) error { j.Priority = 99; return mine })
	if err != mine {
		t.Errorf("the answer is %v, want the change's own", err)
	}
	if got, err := s.Job(t.Context(), job.ID); err != nil || got.Priority != 0 {
		t.Errorf("priority is %d, %v", got.Priority, err)
	}
}

func listsAreCurrent(t *testing.T, s site) {
	account := "333333333333"
	for i := range 20 {
		job := createJob(t, s, func(j *transship.Job) { j.Account = account })
		list, err := s.ListJobs(t.Context(), account)
		if err != nil || len(list) != i+1 {
			t.Fatalf("%d jobs are listed after %d were created, %v", len(list), i+1, err)
		}
		has := func() bool {
			all, err := s.Unfinished(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return slices.ContainsFunc(all, func(j transship.Job) bool { return j.ID == job.ID })
		}
		if !has() {
			t.Fatal("a job that was created is not among the unfinished")
		}
		if _, err := s.Update(t.Context(), job.ID, func(j *transship.Job) error { j.State = transship.Complete; return nil }); err != nil {
			t.Fatal(err)
		}
		if has() {
			t.Fatal("a job that has ended is among the unfinished")
		}
	}
}

func tokenStands(t *testing.T, s site) {
	token := "a token. with * and > " + uuid.NewString()
	first := jobs.TokenClaim{JobID: uuid.NewString(), Fingerprint: "f1"}
	if got, err := s.Token(t.Context(), "222222222222", token, first); err != nil || got != first {
		t.Errorf("%+v %v", got, err)
	}
	if got, err := s.Token(t.Context(), "222222222222", token, jobs.TokenClaim{JobID: "other"}); err != nil || got != first {
		t.Errorf("%+v %v, want the first claim", got, err)
	}
	other := jobs.TokenClaim{JobID: uuid.NewString()}
	if got, err := s.Token(t.Context(), "444444444444", token, other); err != nil || got != other {
		t.Errorf("%+v %v: another account has tokens of its own", got, err)
	}
}

func racingTokens(t *testing.T, s site) {
	token := uuid.NewString()
	var wg sync.WaitGroup
	got := make([]jobs.TokenClaim, 10)
	for i := range got {
		wg.Go(func() {
			var err error
			if got[i], err = s.Token(t.Context(), "222222222222", token, jobs.TokenClaim{JobID: fmt.Sprint(i)}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, claim := range got {
		if claim != got[0] || claim.JobID == "" {
			t.Errorf("the token stands for %+v and for %+v", claim, got[0])
		}
	}
}
