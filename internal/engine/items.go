package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/transship/transship"
)

// itemLoop takes work items that are no chunk and does them. An item is acked
// only when its step is done or nothing is left to do; doing it twice leaves
// the same behind.
func (e *Engine) itemLoop(ctx context.Context) {
	for ctx.Err() == nil {
		lease, err := e.Queue.Take(ctx, 2*time.Second)
		if err != nil {
			e.logPassing(ctx, "take a work item", "", err)
			wait(ctx, e.Settings.Poll)
			continue
		}
		if lease != nil {
			e.runItem(ctx, lease)
		}
	}
}

// errLater says that an item's step cannot be done yet.
var errLater = errors.New("not yet")

func (e *Engine) runItem(ctx context.Context, lease ItemLease) {
	item := lease.Item()
	stop := e.extend(ctx, lease)
	var err error
	switch item.Step {
	case Prepare:
		err = e.prepare(ctx, item.Job)
	case Complete:
		err = e.complete(ctx, item.Job, lease.Deliveries() >= e.Settings.PrepareTries)
	}
	stop()
	switch {
	case err == nil:
		end, cancel := detached(ctx)
		defer cancel()
		if err := lease.Ack(end); err != nil {
			e.logPassing(ctx, "ack a work item", item.Job, err)
		}
		return
	case errors.Is(err, errLater) || ctx.Err() != nil:
	case e.failIfFinal(ctx, item.Job, err):
	case lease.Deliveries() >= e.Settings.PrepareTries:
		e.failJob(ctx, item.Job, transship.FailInternal, fmt.Sprintf("%s failed %d times, the last time: %v", item.Step, lease.Deliveries(), err))
	default:
		e.logPassing(ctx, string(item.Step), item.Job, err)
	}
	end, cancel := detached(ctx)
	defer cancel()
	pause := e.Settings.Poll
	if !errors.Is(err, errLater) && ctx.Err() == nil {
		pause = min(time.Second<<min(lease.Deliveries(), 6), time.Minute)
	}
	if err := lease.Release(end, pause); err != nil {
		e.logPassing(ctx, "release a work item", item.Job, err)
	}
}

// extend keeps an item's lease while its step runs.
func (e *Engine) extend(ctx context.Context, lease ItemLease) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		for wait(ctx, e.Settings.Heartbeat) {
			if err := lease.Extend(ctx); err != nil {
				e.logPassing(ctx, "extend a work item", lease.Item().Job, err)
			}
		}
	}()
	return cancel
}

// end moves a job on when it still is in state from, and does nothing else.
func (e *Engine) end(ctx context.Context, id string, from, to transship.State, change func(*transship.Job)) error {
	_, err := e.Jobs.Update(ctx, id, func(j *transship.Job) error {
		if j.State != from {
			return errUnchanged
		}
		if err := j.Move(to, e.Now()); err != nil {
			return err
		}
		if change != nil {
			change(j)
		}
		return nil
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}
