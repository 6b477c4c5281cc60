package jetstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/engine"
	"github.com/transship/transship/internal/segment"
)

// sumHeader carries a record's summary, so that counting does not read rows.
const sumHeader = "Transship-Sum"

func recordSubject(job string, chunk int) string { return fmt.Sprintf("record.%s.%d", job, chunk) }

// Record reads a chunk's record; see engine.Records.
func (s *Store) Record(ctx context.Context, job string, chunk int) (*segment.Record, engine.Revision, error) {
	msg, err := s.records.get(ctx, recordSubject(job, chunk))
	if err != nil {
		return nil, 0, err
	}
	rec, err := segment.DecodeRecord(msg.Data)
	return rec, engine.Revision(msg.Sequence), err
}

// CreateRecord stores a chunk's first record; see engine.Records.
func (s *Store) CreateRecord(ctx context.Context, job string, chunk int, r *segment.Record) (engine.Revision, error) {
	return s.UpdateRecord(ctx, job, chunk, r, 0)
}

// UpdateRecord replaces a chunk's record; see engine.Records.
func (s *Store) UpdateRecord(ctx context.Context, job string, chunk int, r *segment.Record, at engine.Revision) (engine.Revision, error) {
	data, err := segment.EncodeRecord(r)
	if err != nil {
		return 0, err
	}
	seq, err := s.records.put(ctx, recordSubject(job, chunk), nats.Header{sumHeader: {sumText(r)}}, data, uint64(at))
	return engine.Revision(seq), err
}

// The first number of a summary.
const (
	recordHeld = iota
	recordClosed
	recordReleased
)

func sumText(r *segment.Record) string {
	c := r.Counters()
	state := recordHeld
	switch {
	case r.Closed:
		state = recordClosed
	case r.Released:
		state = recordReleased
	}
	return fmt.Sprintf("%d %d %d %d %d", state, c.Succeeded, c.Failed, c.Skipped, c.Bytes)
}

func parseSum(text string) (engine.Summary, bool) {
	fields := strings.Fields(text)
	if len(fields) != 5 {
		return engine.Summary{}, false
	}
	var n [5]int64
	for i, f := range fields {
		var err error
		if n[i], err = strconv.ParseInt(f, 10, 64); err != nil {
			return engine.Summary{}, false
		}
	}
	return engine.Summary{Closed: n[0] == recordClosed, Held: n[0] == recordHeld, Counters: transship.Counters{Succeeded: n[1], Failed: n[2], Skipped: n[3], Bytes: n[4]}}, true
}

// summaryTries are enough for a consumer that was just made on one node of a
// cluster to be known to the others; until then they have "no responders".
const summaryTries = 8

// Summaries reads the headers of a job's records; see engine.Records.
func (s *Store) Summaries(ctx context.Context, job string) (map[int]engine.Summary, error) {
	var last error
	for try := range summaryTries {
		if try > 0 && !pause(ctx, try) {
			break
		}
		sums, err := s.summaries(ctx, job)
		if transship.CodeOf(err) != transship.Unavailable {
			return sums, err
		}
		last = err
	}
	return nil, last
}

func (s *Store) summaries(ctx context.Context, job string) (map[int]engine.Summary, error) {
	sums := map[int]engine.Summary{}
	consumer, err := s.records.stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{"record." + job + ".*"}, DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy, HeadersOnly: true,
		InactiveThreshold: 5 * time.Second,
	})
	if err != nil {
		return nil, unavailable("count the chunks of job "+job, err)
	}
	for {
		batch, err := consumer.FetchNoWait(5_000)
		if err != nil {
			return nil, unavailable("count the chunks of job "+job, err)
		}
		n := 0
		var left uint64
		for msg := range batch.Messages() {
			n++
			chunk, err := strconv.Atoi(msg.Subject()[strings.LastIndexByte(msg.Subject(), '.')+1:])
			sum, ok := parseSum(msg.Headers().Get(sumHeader))
			if err != nil || !ok {
				return nil, &transship.Error{Code: transship.Damaged, Op: "read the summary of " + msg.Subject()}
			}
			sums[chunk] = sum
			if meta, err := msg.Metadata(); err == nil {
				left = meta.NumPending
			}
		}
		if err := batch.Error(); err != nil {
			return nil, unavailable("count the chunks of job "+job, err)
		}
		if n > 0 && left == 0 {
			return sums, nil
		}
		if n == 0 { // nothing there, or no answer: a fetch ends in silence for both
			info := consumer.CachedInfo()
			if len(sums) > 0 || info == nil || info.NumPending > 0 {
				return nil, unavailable("count the chunks of job "+job, errors.New("no answer"))
			}
			return sums, nil
		}
	}
}

// progressCache keeps a job's live counters for a second.
type progressCache struct {
	mu   sync.Mutex
	jobs map[string]liveCounters
}

type liveCounters struct {
	until time.Time
	c     transship.Counters
}

// Progress sums the counters of a job's chunks, at most once a second.
func (s *Store) Progress(ctx context.Context, id string) (transship.Counters, error) {
	s.sums.mu.Lock()
	defer s.sums.mu.Unlock()
	begin := time.Now()
	if live, ok := s.sums.jobs[id]; ok && begin.Before(live.until) {
		return live.c, nil
	}
	sums, err := s.Summaries(ctx, id)
	if err != nil {
		return transship.Counters{}, err
	}
	var c transship.Counters
	for _, sum := range sums {
		c = c.Add(sum.Counters)
	}
	if s.sums.jobs == nil {
		s.sums.jobs = map[string]liveCounters{}
	}
	for other, live := range s.sums.jobs {
		if begin.After(live.until.Add(time.Minute)) {
			delete(s.sums.jobs, other)
		}
	}
	end := time.Now()
	s.sums.jobs[id] = liveCounters{end.Add(max(time.Second, 20*end.Sub(begin))), c}
	return c, nil
}
