package jetstore_test

import (
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/engine"
	"github.com/transship/transship/internal/segment"
)

func record(writer string, rows int) *segment.Record {
	r := &segment.Record{Writer: writer, Sequence: 1, Started: time.Unix(1_700_000_000, 0).UTC(), Trying: segment.NoTask}
	for i := range rows {
		r.Rows = append(r.Rows, transship.Result{Task: i, Bucket: "src", RawKey: fmt.Sprint("key-", i), Succeeded: true, HTTPStatus: 200, Size: 10})
	}
	return r
}

func recordCreatedOnce(t *testing.T, s site) {
	job := uuid.NewString()
	_, _, err := s.Record(t.Context(), job, 3)
	wantCode(t, err, transship.NotFound)
	at, err := s.CreateRecord(t.Context(), job, 3, record("a", 2))
	if err != nil || at == 0 {
		t.Fatal(at, err)
	}
	_, err = s.CreateRecord(t.Context(), job, 3, record("b", 0))
	wantCode(t, err, transship.Conflict)
	got, rev, err := s.Record(t.Context(), job, 3)
	if err != nil || rev != at || !reflect.DeepEqual(got, record("a", 2)) {
		t.Errorf("%+v at %d, %v", got, rev, err)
	}
}

func recordUpdatedAtNewest(t *testing.T, s site) {
	job := uuid.NewString()
	first, err := s.CreateRecord(t.Context(), job, 0, record("a", 0))
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.UpdateRecord(t.Context(), job, 0, record("b", 1), first)
	if err != nil || second <= first {
		t.Fatal(second, err)
	}
	_, err = s.UpdateRecord(t.Context(), job, 0, record("c", 0), first)
	wantCode(t, err, transship.Conflict)
	if got, rev, err := s.Record(t.Context(), job, 0); err != nil || got.Writer != "b" || rev != second {
		t.Errorf("%+v at %d, %v", got, rev, err)
	}
}

func racingRecords(t *testing.T, s site) {
	job := uuid.NewString()
	at, err := s.CreateRecord(t.Context(), job, 0, record("nobody", 0))
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		var wins, next atomic.Uint64
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() {
				rev, err := s.UpdateRecord(t.Context(), job, 0, record(fmt.Sprint(i), 0), at)
				if err == nil {
					wins.Add(1)
					next.Store(uint64(rev))
				} else {
					wantCode(t, err, transship.Conflict)
				}
			})
		}
		wg.Wait()
		if wins.Load() != 1 {
			t.Fatalf("%d writers won", wins.Load())
		}
		at = engine.Revision(next.Load())
	}
}

func summaries(t *testing.T, s site) {
	job := uuid.NewString()
	if got, err := s.Summaries(t.Context(), job); err != nil || len(got) != 0 {
		t.Errorf("a job without records: %+v %v", got, err)
	}
	closed, released := record("a", 3), record("a", 1)
	closed.Closed, closed.Released, released.Released = true, true, true
	closed.Rows[1].Succeeded = false
	for chunk, r := range map[int]*segment.Record{0: record("a", 0), 7: closed, 12: released} {
		at, err := s.CreateRecord(t.Context(), job, chunk, record("before", 0))
		if err == nil {
			_, err = s.UpdateRecord(t.Context(), job, chunk, r, at)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	want := map[int]engine.Summary{0: {Held: true}, 7: {Closed: true, Counters: closed.Counters()}, 12: {Counters: released.Counters()}}
	if got, err := s.Summaries(t.Context(), job); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v %v, want %+v", got, err, want)
	}
	sum := closed.Counters().Add(released.Counters())
	if got, err := s.Progress(t.Context(), job); err != nil || got != sum {
		t.Errorf("progress is %+v %v, want %+v", got, err, sum)
	}
}

func manySummaries(t *testing.T, s site) {
	job := uuid.NewString()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 128 {
		wg.Go(func() {
			for {
				chunk := int(next.Add(1)) - 1
				if chunk >= s.records {
					return
				}
				if _, err := s.CreateRecord(t.Context(), job, chunk, record("a", 1)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	begin := time.Now()
	got, err := s.Summaries(t.Context(), job)
	if err != nil || len(got) != s.records {
		t.Fatalf("%d of %d records are counted, %v", len(got), s.records, err)
	}
	t.Logf("%d summaries in %v", s.records, time.Since(begin))
	for chunk := range s.records {
		if got[chunk].Counters.Succeeded != 1 {
			t.Fatalf("chunk %d: %+v", chunk, got[chunk])
		}
	}
}
