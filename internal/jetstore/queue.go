package jetstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/engine"
)

func workSubject(job string, attempt, chunk int) string {
	return fmt.Sprintf("work.%s.%d.%d", job, attempt, chunk)
}

func consumerName(job string, attempt int) string { return fmt.Sprintf("job-%s-%d", job, attempt) }

const maxConsumers = 1_000

// consumerCache keeps the handles of consumers that were looked up.
type consumerCache struct {
	mu   sync.Mutex
	byID map[string]jetstream.Consumer
}

func (c *consumerCache) get(name string) jetstream.Consumer {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.byID[name]
}

func (c *consumerCache) set(name string, consumer jetstream.Consumer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byID == nil || len(c.byID) > maxConsumers {
		c.byID = map[string]jetstream.Consumer{} // of ended jobs mostly; a handle is soon looked up again
	}
	if consumer == nil {
		delete(c.byID, name)
		return
	}
	c.byID[name] = consumer
}

// Stage publishes a chunk, once a subject; see engine.Queue. A refusal says
// that it is there already: chunks of one attempt are always the same.
func (s *Store) Stage(ctx context.Context, job string, attempt, chunk int, body []byte) error {
	var last error
	for try := range writeTries {
		if try > 0 && !pause(ctx, try) {
			break
		}
		err := s.publishOnce(ctx, workSubject(job, attempt, chunk), body)
		if err == nil {
			return nil
		}
		last = err
	}
	return errors.Join(ctx.Err(), unavailable(fmt.Sprintf("stage chunk %d of job %s", chunk, job), last))
}

// publishOnce publishes unless the subject has a message. A refusal is checked
// by a read, since it may concern a write that was never committed.
func (s *Store) publishOnce(ctx context.Context, subject string, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Limit)
	defer cancel()
	ack, err := s.js.Publish(ctx, subject, body, jetstream.WithExpectLastSequencePerSubject(0))
	if err == nil {
		s.acknowledged(streamOf(subject), ack.Sequence, false)
	}
	if !isConflict(err) {
		return err
	}
	stream := s.work
	if strings.HasPrefix(subject, "step.") {
		stream = s.steps
	}
	if _, err := stream.GetLastMsgForSubject(ctx, subject); err != nil {
		return err
	}
	return nil
}

// Open makes the consumer of one attempt and drops what other attempts
// published; see engine.Queue.
func (s *Store) Open(ctx context.Context, job string, attempt int) error {
	ctx, cancel := context.WithTimeout(ctx, 4*s.cfg.Limit)
	defer cancel()
	name := consumerName(job, attempt)
	consumer, err := s.work.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
		Durable: name, FilterSubject: fmt.Sprintf("work.%s.%d.*", job, attempt),
		AckPolicy: jetstream.AckExplicitPolicy, AckWait: s.cfg.Lease, MaxDeliver: -1, MaxAckPending: 10_000,
	})
	if err != nil {
		return unavailable("open the queue of job "+job, err)
	}
	s.consumers.set(name, consumer)
	for other := 1; other < attempt; other++ {
		if err := s.work.Purge(ctx, jetstream.WithPurgeSubject(fmt.Sprintf("work.%s.%d.*", job, other))); err != nil {
			return unavailable("drop an older attempt of job "+job, err)
		}
	}
	return nil
}

// consumer is the handle of a job's consumer; code NotFound when it was not
// made yet.
func (s *Store) consumer(ctx context.Context, job string, attempt int) (jetstream.Consumer, error) {
	name := consumerName(job, attempt)
	if c := s.consumers.get(name); c != nil {
		return c, nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Limit)
	defer cancel()
	c, err := s.work.Consumer(ctx, name)
	if err != nil {
		return nil, s.queueError(job, attempt, err)
	}
	s.consumers.set(name, c)
	return c, nil
}

func (s *Store) queueError(job string, attempt int, err error) error {
	if errors.Is(err, jetstream.ErrConsumerNotFound) || errors.Is(err, jetstream.ErrConsumerDeleted) || errors.Is(err, jetstream.ErrConsumerDoesNotExist) {
		s.consumers.set(consumerName(job, attempt), nil)
		return &transship.Error{Code: transship.NotFound, Op: "look for the queue of job " + job, Err: err}
	}
	return unavailable("use the queue of job "+job, err)
}

// Lease takes a chunk; see engine.Queue.
func (s *Store) Lease(ctx context.Context, job string, attempt int) (engine.Lease, error) {
	c, err := s.consumer(ctx, job, attempt)
	if err != nil {
		return nil, err
	}
	batch, err := c.FetchNoWait(1)
	if err != nil {
		return nil, s.queueError(job, attempt, err)
	}
	var lease engine.Lease
	for msg := range batch.Messages() {
		chunk, err := strconv.Atoi(msg.Subject()[strings.LastIndexByte(msg.Subject(), '.')+1:])
		if err != nil {
			return nil, &transship.Error{Code: transship.Damaged, Op: "lease " + msg.Subject(), Err: err}
		}
		lease = &chunkLease{msg: msg, chunk: chunk, limit: s.cfg.Limit}
	}
	if err := batch.Error(); err != nil && lease == nil {
		return nil, s.queueError(job, attempt, err)
	}
	return lease, nil
}

// Depth counts a job's chunks; see engine.Queue.
func (s *Store) Depth(ctx context.Context, job string, attempt int) (engine.Depth, error) {
	c, err := s.consumer(ctx, job, attempt)
	if err != nil {
		return engine.Depth{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Limit)
	defer cancel()
	info, err := c.Info(ctx)
	if err != nil {
		return engine.Depth{}, s.queueError(job, attempt, err)
	}
	return engine.Depth{Waiting: int(info.NumPending), Leased: info.NumAckPending}, nil
}

// Drop purges a job's chunks and deletes its consumers; see engine.Queue.
func (s *Store) Drop(ctx context.Context, job string) error {
	ctx, cancel := context.WithTimeout(ctx, 4*s.cfg.Limit)
	defer cancel()
	if err := s.work.Purge(ctx, jetstream.WithPurgeSubject("work."+job+".>")); err != nil {
		return unavailable("drop the chunks of job "+job, err)
	}
	names := s.work.ConsumerNames(ctx)
	var own []string
	for name := range names.Name() {
		if strings.HasPrefix(name, "job-"+job+"-") {
			own = append(own, name)
		}
	}
	if err := names.Err(); err != nil {
		return unavailable("list consumers", err)
	}
	for _, name := range own {
		s.consumers.set(name, nil)
		if err := s.work.DeleteConsumer(ctx, name); err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
			return unavailable("drop the queue of job "+job, err)
		}
	}
	return nil
}

// chunkLease is a chunk's message on loan.
type chunkLease struct {
	msg   jetstream.Msg
	chunk int
	limit time.Duration
}

func (l *chunkLease) Chunk() int                        { return l.chunk }
func (l *chunkLease) Body() []byte                      { return l.msg.Data() }
func (l *chunkLease) Extend(context.Context) error      { return l.msg.InProgress() }
func (l *chunkLease) Release(ctx context.Context) error { return l.msg.Nak() }

func (l *chunkLease) Ack(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, l.limit)
	defer cancel()
	return l.msg.DoubleAck(ctx)
}
