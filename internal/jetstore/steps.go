package jetstore

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/engine"
)

// Submit queues a work item; see engine.Queue.
func (s *Store) Submit(ctx context.Context, item engine.Item, once bool) error {
	subject := "step." + string(item.Step) + "." + item.Job
	if once {
		if err := s.publishOnce(ctx, subject, nil); err != nil {
			return unavailable("queue "+subject, err)
		}
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Limit)
	defer cancel()
	ack, err := s.js.Publish(ctx, subject, nil)
	if err != nil {
		return unavailable("queue "+subject, err)
	}
	s.acknowledged(stepsStream, ack.Sequence, false)
	return nil
}

// Take waits for a work item; see engine.Queue.
func (s *Store) Take(ctx context.Context, wait time.Duration) (engine.ItemLease, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	msg, err := s.stepConsumer.Next(jetstream.FetchContext(ctx))
	if errors.Is(err, nats.ErrTimeout) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return nil, nil
	}
	if err != nil {
		return nil, unavailable("take a work item", err)
	}
	parts := strings.SplitN(msg.Subject(), ".", 3)
	if len(parts) != 3 {
		return nil, &transship.Error{Code: transship.Damaged, Op: "take " + msg.Subject()}
	}
	l := &itemLease{msg: msg, item: engine.Item{Step: engine.Step(parts[1]), Job: parts[2]}, deliveries: 1, limit: s.cfg.Limit}
	if meta, err := msg.Metadata(); err == nil {
		l.deliveries = int(meta.NumDelivered)
	}
	return l, nil
}

// itemLease is a work item's message on loan.
type itemLease struct {
	msg        jetstream.Msg
	item       engine.Item
	deliveries int
	limit      time.Duration
}

func (l *itemLease) Item() engine.Item            { return l.item }
func (l *itemLease) Deliveries() int              { return l.deliveries }
func (l *itemLease) Extend(context.Context) error { return l.msg.InProgress() }

func (l *itemLease) Release(_ context.Context, after time.Duration) error {
	return l.msg.NakWithDelay(after)
}

func (l *itemLease) Ack(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, l.limit)
	defer cancel()
	return l.msg.DoubleAck(ctx)
}
