package jobs

import (
	"context"
	"testing"
	"time"

	"github.com/transship/transship"
)

func TestConfirmAndCancelInEveryState(t *testing.T) {
	const refused = transship.State("")
	// Reference 2.8.
	table := map[transship.State]struct{ confirmed, cancelled transship.State }{
		transship.New:        {refused, transship.Cancelling},
		transship.Preparing:  {refused, transship.Cancelling},
		transship.Suspended:  {transship.Ready, transship.Cancelled},
		transship.Ready:      {refused, transship.Cancelling},
		transship.Active:     {refused, transship.Cancelling},
		transship.Pausing:    {refused, transship.Cancelling},
		transship.Paused:     {refused, transship.Cancelling},
		transship.Completing: {refused, transship.Cancelling},
		transship.Complete:   {refused, refused},
		transship.Cancelling: {refused, transship.Cancelling},
		transship.Cancelled:  {refused, refused},
		transship.Failing:    {refused, refused},
		transship.Failed:     {refused, refused},
	}
	for _, state := range transship.States {
		row, ok := table[state]
		if !ok {
			t.Fatalf("no row for %s", state)
		}
		for requested, want := range map[transship.State]transship.State{transship.Ready: row.confirmed, transship.Cancelled: row.cancelled} {
			b := newBench(t)
			b.put("job-1", state)
			b.store.races = 2
			job, err := b.UpdateStatus(context.Background(), account, "job-1", requested, "because")
			stored := b.store.jobs["job-1"]
			if want == refused {
				if code(err) != transship.IllegalState || stored.State != state || stored.StatusReason != "" {
					t.Errorf("%s, asked for %s: %v, then %s", state, requested, err, stored.State)
				}
				continue
			}
			if err != nil || job.State != want || stored.State != want || stored.StatusReason != "because" {
				t.Errorf("%s, asked for %s: %+v, %v", state, requested, job, err)
			}
			if woken := len(b.store.woken) > 0; woken != (want == transship.Cancelling || want == transship.Cancelled) {
				t.Errorf("%s, asked for %s: woken %v", state, requested, b.store.woken)
			}
			if want == transship.Ready && !stored.Confirmed.Equal(b.now) {
				t.Errorf("confirmed at %s", stored.Confirmed)
			}
			if want == transship.Cancelled && !stored.Ended.Equal(b.now) {
				t.Errorf("ended at %s", stored.Ended)
			}
		}
	}
}

func TestARepeatedCancelWakesAgainAndKeepsTheReason(t *testing.T) {
	b := newBench(t)
	b.put("job-1", transship.Active)
	for _, reason := range []string{"first", ""} {
		if _, err := b.UpdateStatus(context.Background(), account, "job-1", transship.Cancelled, reason); err != nil {
			t.Fatal(err)
		}
	}
	if len(b.store.woken) != 2 || b.store.jobs["job-1"].StatusReason != "first" {
		t.Errorf("woken %v, reason %q", b.store.woken, b.store.jobs["job-1"].StatusReason)
	}
}

func TestOtherStatusesCannotBeAskedFor(t *testing.T) {
	b := newBench(t)
	b.put("job-1", transship.Active)
	for _, s := range append([]transship.State{"", "ready"}, transship.States...) {
		if s == transship.Ready || s == transship.Cancelled {
			continue
		}
		if _, err := b.UpdateStatus(context.Background(), account, "job-1", s, ""); code(err) != transship.Invalid {
			t.Errorf("%q: got %v", s, err)
		}
	}
}

func TestPriorityChangesUntilTheEnd(t *testing.T) {
	for _, state := range transship.States {
		b := newBench(t)
		b.put("job-1", state)
		_, err := b.Priority(context.Background(), account, "job-1", 98)
		if state.Terminal() != (code(err) == transship.IllegalState) || (b.store.jobs["job-1"].Priority == 98) == state.Terminal() {
			t.Errorf("%s: %v, priority %d", state, err, b.store.jobs["job-1"].Priority)
		}
	}
	b := newBench(t)
	b.put("job-1", transship.Active)
	for _, p := range []int64{-1, 1 << 31} {
		if _, err := b.Priority(context.Background(), account, "job-1", p); code(err) != transship.Invalid {
			t.Errorf("%d: got %v", p, err)
		}
	}
}

func TestJobsThatACallerMayNotKnowOf(t *testing.T) {
	b := newBench(t)
	b.put("job-1", transship.Suspended)
	b.put("ended", transship.Complete)
	calls := func(account, id string) map[string]error {
		ctx := context.Background()
		_, describe := b.Describe(ctx, account, id)
		_, status := b.UpdateStatus(ctx, account, id, transship.Cancelled, "")
		_, priority := b.Priority(ctx, account, id, 1)
		_, job := b.Job(ctx, account, id)
		return map[string]error{"describe": describe, "status": status, "priority": priority, "job": job}
	}
	b.now = b.now.Add(Retention)
	for name, at := range map[string][2]string{
		"another account's job":          {"111111111111", "job-1"},
		"no such job":                    {account, "job-2"},
		"an id that no job can have":     {account, "a/../b"},
		"a job that ended 90 days ago":   {account, "ended"},
		"an id longer than any job's is": {account, "0123456789012345678901234567890123456"},
	} {
		for call, err := range calls(at[0], at[1]) {
			if code(err) != transship.NotFound {
				t.Errorf("%s, %s: got %v", name, call, err)
			}
		}
	}
	b.now = b.now.Add(-time.Nanosecond)
	if _, err := b.Describe(context.Background(), account, "ended"); err != nil {
		t.Errorf("a moment before: %v", err)
	}
}
