package engine

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/segment"
)

// complete looks whether a job can end and takes it there: it makes sure that
// every record is closed, writes the report from the records, and only then
// moves the state. On the last try a failing job ends without its report.
func (e *Engine) complete(ctx context.Context, id string, last bool) error {
	job, err := e.Jobs.Job(ctx, id)
	if transship.CodeOf(err) == transship.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	switch job.State {
	case transship.Active, transship.Pausing, transship.Paused:
		if done, err := e.allClosed(ctx, &job); err != nil || !done {
			return err
		}
		if job.State != transship.Active { // completes as soon as it is active again
			return nil
		}
		if err := e.end(ctx, id, transship.Active, transship.Completing, nil); err != nil {
			return err
		}
		return e.complete(ctx, id, last)
	case transship.Completing:
		return e.finish(ctx, &job, transship.Complete, false)
	case transship.Cancelling:
		return e.cutOff(ctx, &job, transship.Cancelled, false)
	case transship.Failing:
		return e.cutOff(ctx, &job, transship.Failed, last)
	case transship.Complete, transship.Cancelled, transship.Failed:
		return e.clear(ctx, id)
	}
	return nil
}

// allClosed reports whether every chunk's record is closed. Chunks that the
// queue has lost are staged again from the manifest.
func (e *Engine) allClosed(ctx context.Context, job *transship.Job) (bool, error) {
	sums, err := e.Records.Summaries(ctx, job.ID)
	if err != nil {
		return false, err
	}
	missing := map[int]bool{}
	for c := range job.Plan.Chunks {
		if !sums[c].Closed {
			missing[c] = true
		}
	}
	if len(missing) == 0 {
		return true, nil
	}
	depth, err := e.Queue.Depth(ctx, job.ID, job.Plan.Committed)
	if err != nil || depth.Waiting > 0 || depth.Leased > 0 || job.State != transship.Active {
		return false, err
	}
	return false, e.restage(ctx, job, missing)
}

// restage reads the manifest again, which is cut the same each time, and
// stages chunks that are neither done nor queued. Summaries may be late: a
// chunk that was closed after all is acked by whoever leases it.
func (e *Engine) restage(ctx context.Context, job *transship.Job, missing map[int]bool) error {
	e.Log.Warn("chunks are neither done nor queued: staging them again", "job", job.ID, "chunks", len(missing))
	work, err := e.open(ctx, job)
	if err != nil {
		return err
	}
	_, err = e.stage(ctx, work, job, missing)
	if errors.Is(err, errOverruled) {
		err = nil
	}
	return errors.Join(err, e.clearIfEnded(ctx, job.ID))
}

// cutOff ends a job that is cancelled or fails: writers in flight close their
// own records, those that are gone are fenced, and what has no record gets a
// closed one, so that no late worker can begin it.
func (e *Engine) cutOff(ctx context.Context, job *transship.Job, end transship.State, last bool) error {
	for c := range job.Plan.Chunks {
		if err := e.seal(ctx, job, c); err != nil {
			return err
		}
	}
	return e.finish(ctx, job, end, last)
}

// seal closes one chunk's record.
func (e *Engine) seal(ctx context.Context, job *transship.Job, chunk int) error {
	l := &ledger{records: e.Records, job: job.ID, chunk: chunk, writer: e.NewID()}
	var seen Revision
	since := e.Now()
	for {
		rec, at, err := e.Records.Record(ctx, job.ID, chunk)
		switch {
		case transship.CodeOf(err) == transship.NotFound:
			rec = &segment.Record{Writer: l.writer, Sequence: 1, Trying: segment.NoTask, Closed: true, Released: true}
			if _, err = e.Records.CreateRecord(ctx, job.ID, chunk, rec); err == nil {
				return nil
			}
		case transship.CodeOf(err) == transship.Damaged:
			return err // no waiting cures it
		case err != nil:
		case rec.Closed:
			return nil
		case rec.Released || (at == seen && e.Now().Sub(since) > e.Settings.Quiet):
			next := *rec
			next.Writer, next.Sequence, next.Closed = l.writer, 1, true
			if _, err = e.Records.UpdateRecord(ctx, job.ID, chunk, &next, at); err == nil {
				return nil
			}
		case at != seen: // the writer lives
			seen, since = at, e.Now()
		}
		if err != nil {
			e.logPassing(ctx, "close a record", job.ID, err)
		}
		if !wait(ctx, min(100*time.Millisecond, e.Settings.Poll)) {
			return ctx.Err()
		}
	}
}

// finish writes the report and moves the job to its last state.
func (e *Engine) finish(ctx context.Context, job *transship.Job, end transship.State, last bool) error {
	total, err := e.count(ctx, job)
	if err != nil {
		return err
	}
	key, err := e.report(ctx, job, total)
	var unwritable *transship.JobFailure
	if err != nil && last && ctx.Err() == nil {
		err = &transship.JobFailure{Code: transship.FailReportUnwritable, Reason: "The job report could not be written: " + err.Error(), Err: err}
	}
	if errors.As(err, &unwritable) && job.State != transship.Failing {
		return err // the job fails; its failing step counts again and writes what it can
	}
	if err != nil && unwritable == nil {
		return err
	}
	if err := e.end(ctx, job.ID, job.State, end, func(j *transship.Job) {
		j.Counters, j.ReportKey = total, key
		if unwritable != nil {
			j.Fail(unwritable.Code, unwritable.Reason)
		}
	}); err != nil {
		return err
	}
	e.Log.Info("ended", "job", job.ID, "state", end, "succeeded", total.Succeeded, "failed", total.Failed)
	return e.clear(ctx, job.ID)
}

// clear leaves nothing of an ended job but its records.
func (e *Engine) clear(ctx context.Context, id string) error {
	e.works.drop(id)
	e.sums.drop(id)
	return e.Queue.Drop(ctx, id)
}

// count sums the rows of all records.
func (e *Engine) count(ctx context.Context, job *transship.Job) (transship.Counters, error) {
	var total transship.Counters
	for row, err := range e.rows(ctx, job) {
		if err != nil {
			return total, err
		}
		total.Count(row)
	}
	return total, nil
}

// report writes the completion report from the records, unless there is
// nothing to tell or nobody wants it. Before that it sweeps, also where no task
// has a row: a worker that died may have begun some.
func (e *Engine) report(ctx context.Context, job *transship.Job, total transship.Counters) (string, error) {
	none := total.Attempted() == 0
	if none && job.ActiveSeconds == 0 { // it never ran
		return "", nil
	}
	work, err := e.open(ctx, job)
	swept := err
	if err == nil {
		swept = work.Sweep(ctx)
	}
	if swept != nil { // costs money, not correctness
		e.Log.Warn("parts of unfinished uploads may be left in the store", "job", job.ID, "err", swept)
	}
	if none || !job.Report.Enabled {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return work.Report(ctx, job, e.rows(ctx, job))
}

// rows are the results of a job whose records are all closed, in the order of
// the manifest.
func (e *Engine) rows(ctx context.Context, job *transship.Job) iter.Seq2[transship.Result, error] {
	return func(yield func(transship.Result, error) bool) {
		for c := range job.Plan.Chunks {
			rec, err := e.closedRecord(ctx, job.ID, c)
			if err != nil {
				yield(transship.Result{}, err)
				return
			}
			for _, row := range inOrder(rec.Rows) {
				if !yield(row, nil) {
					return
				}
			}
		}
	}
}

// closedRecord reads a record that is known to be closed; a late read is
// repeated.
func (e *Engine) closedRecord(ctx context.Context, job string, chunk int) (*segment.Record, error) {
	var last error
	for try := range settleTries {
		rec, _, err := e.Records.Record(ctx, job, chunk)
		if err == nil && rec.Closed {
			return rec, nil
		}
		last = err
		if !wait(ctx, backoff(try)) {
			return nil, ctx.Err()
		}
	}
	return nil, &transship.Error{Code: transship.Unavailable, Op: fmt.Sprintf("read the record of chunk %d of job %s", chunk, job),
		Message: "it is not closed yet", Err: last}
}
