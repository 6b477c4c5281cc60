package jetstore_test

import (
	"context"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/engine"
)

func stage(t *testing.T, s site, job string, attempt int, chunks ...int) {
	t.Helper()
	for _, chunk := range chunks {
		if err := s.Stage(t.Context(), job, attempt, chunk, []byte("body of "+strconv.Itoa(chunk))); err != nil {
			t.Fatal(err)
		}
	}
}

func open(t *testing.T, s site, job string, attempt int) {
	t.Helper()
	if err := s.Open(t.Context(), job, attempt); err != nil {
		t.Fatal(err)
	}
}

func ack(t *testing.T, l interface{ Ack(context.Context) error }) {
	t.Helper()
	if err := l.Ack(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func wantDepth(t *testing.T, s site, job string, attempt int, want engine.Depth) {
	t.Helper()
	var got engine.Depth
	var err error
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if got, err = s.Depth(t.Context(), job, attempt); err == nil && got == want {
			return
		}
	}
	t.Errorf("the queue holds %+v, %v, want %+v", got, err, want)
}

func wantNothingLeft(t *testing.T, s site, job string) {
	t.Helper()
	var left string
	var err error
	eventually(t, "nothing is left of "+job, func() bool { left, err = s.Leftovers(t.Context(), job); return left == "" && err == nil })
}

func queueNotOpened(t *testing.T, s site) {
	job := uuid.NewString()
	stage(t, s, job, 1, 0)
	_, err := s.Lease(t.Context(), job, 1)
	wantCode(t, err, transship.NotFound)
	_, err = s.Depth(t.Context(), job, 1)
	wantCode(t, err, transship.NotFound)
}

func stagedTwice(t *testing.T, s site) {
	job := uuid.NewString()
	stage(t, s, job, 1, 0, 1, 0, 1)
	open(t, s, job, 1)
	open(t, s, job, 1)
	wantDepth(t, s, job, 1, engine.Depth{Waiting: 2})
	var chunks []int
	for range 2 {
		l := mustLease(t, s, job, 1)
		if string(l.Body()) != "body of "+strconv.Itoa(l.Chunk()) {
			t.Errorf("chunk %d is %q", l.Chunk(), l.Body())
		}
		chunks = append(chunks, l.Chunk())
		ack(t, l)
	}
	if !slices.Equal(chunks, []int{0, 1}) {
		t.Errorf("leased %v", chunks)
	}
	if l, err := s.Lease(t.Context(), job, 1); l != nil || err != nil {
		t.Errorf("%v %v: nothing is free", l, err)
	}
}

func openDropsOthers(t *testing.T, s site) {
	job := uuid.NewString()
	stage(t, s, job, 1, 0, 1, 2)
	stage(t, s, job, 2, 0, 1)
	open(t, s, job, 2)
	wantDepth(t, s, job, 2, engine.Depth{Waiting: 2})
	ack(t, mustLease(t, s, job, 2))
	ack(t, mustLease(t, s, job, 2))
	if l, err := s.Lease(t.Context(), job, 2); l != nil || err != nil {
		t.Errorf("%v %v: nothing is free", l, err)
	}
	stage(t, s, job, 1, 3) // one that was frozen
	open(t, s, job, 2)
	left, err := s.Leftovers(t.Context(), job)
	if want := "the consumer job-" + job + "-2"; err != nil || left != want {
		t.Errorf("left is %q %v, want %q", left, err, want)
	}
}

func ackAndRelease(t *testing.T, s site) {
	job := uuid.NewString()
	stage(t, s, job, 1, 0, 1)
	open(t, s, job, 1)
	first, second := mustLease(t, s, job, 1), mustLease(t, s, job, 1)
	if err := first.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	ack(t, second)
	again := mustLease(t, s, job, 1)
	if again.Chunk() != first.Chunk() {
		t.Errorf("chunk %d came, want %d", again.Chunk(), first.Chunk())
	}
	ack(t, again)
	wantDepth(t, s, job, 1, engine.Depth{})
}

func leaseRunsOut(t *testing.T, s site) {
	job := uuid.NewString()
	stage(t, s, job, 1, 0, 1)
	open(t, s, job, 1)
	kept, lost := mustLease(t, s, job, 1), mustLease(t, s, job, 1)
	began := time.Now()
	var again engine.Lease
	eventually(t, "the lease that is not extended runs out", func() bool {
		if err := kept.Extend(t.Context()); err != nil {
			t.Fatal(err)
		}
		again = tryLease(t, s, job, 1)
		return again != nil
	})
	if again.Chunk() != lost.Chunk() {
		t.Errorf("chunk %d was given to the next one, want %d", again.Chunk(), lost.Chunk())
	}
	if d := time.Since(began); d < lease/2 {
		t.Errorf("a lease of %v ran out after %v", lease, d)
	}
	for end := time.Now().Add(2 * lease); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		kept.Extend(t.Context())
		again.Extend(t.Context())
		if l, err := s.Lease(t.Context(), job, 1); l != nil || err != nil {
			t.Fatalf("%v %v: both chunks are leased", l, err)
		}
	}
	ack(t, kept)
	ack(t, again)
	wantDepth(t, s, job, 1, engine.Depth{})
}

func depth(t *testing.T, s site) {
	job := uuid.NewString()
	stage(t, s, job, 1, 0, 1, 2)
	open(t, s, job, 1)
	wantDepth(t, s, job, 1, engine.Depth{Waiting: 3})
	l := mustLease(t, s, job, 1)
	wantDepth(t, s, job, 1, engine.Depth{Waiting: 2, Leased: 1})
	ack(t, l)
	wantDepth(t, s, job, 1, engine.Depth{Waiting: 2})
}

func dropLeavesNothing(t *testing.T, s site) {
	job, other := uuid.NewString(), uuid.NewString()
	stage(t, s, job, 1, 0, 1)
	stage(t, s, job, 2, 0, 1, 2)
	open(t, s, job, 2)
	stage(t, s, other, 1, 0)
	open(t, s, other, 1)
	if _, err := s.CreateRecord(t.Context(), job, 0, record("a", 1)); err != nil {
		t.Fatal(err)
	}
	leased := mustLease(t, s, job, 2)
	for range 2 { // again changes nothing
		if err := s.Drop(t.Context(), job); err != nil {
			t.Fatal(err)
		}
	}
	wantNothingLeft(t, s, job)
	if err := leased.Extend(t.Context()); err != nil {
		t.Errorf("a worker that comes late: %v", err)
	}
	_, err := s.Depth(t.Context(), job, 2)
	wantCode(t, err, transship.NotFound)
	if _, _, err := s.Record(t.Context(), job, 0); err != nil {
		t.Errorf("the job's record is gone: %v", err)
	}
	wantDepth(t, s, other, 1, engine.Depth{Waiting: 1})
}
