package engine

import (
	"context"
	"iter"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/segment"
)

// Jobs is the store of job records.
type Jobs interface {
	Job(ctx context.Context, id string) (transship.Job, error)
	// Update changes a job by compare-and-set. change may run several times;
	// its error is returned as it is and then nothing is written.
	Update(ctx context.Context, id string, change func(*transship.Job) error) (transship.Job, error)
	// Unfinished lists the jobs that have not ended, of all accounts.
	Unfinished(ctx context.Context) ([]transship.Job, error)
}

// Revision is a record's position in the store; it grows with every write.
type Revision uint64

// Records keeps one record a chunk. A failed write may still have happened,
// and a read may be late: [ledger] knows how to live with both.
type Records interface {
	// Record answers code NotFound when there is none.
	Record(ctx context.Context, job string, chunk int) (*segment.Record, Revision, error)
	// CreateRecord answers code Conflict when there is one.
	CreateRecord(ctx context.Context, job string, chunk int, r *segment.Record) (Revision, error)
	// UpdateRecord answers code Conflict when at is not the newest revision.
	UpdateRecord(ctx context.Context, job string, chunk int, r *segment.Record, at Revision) (Revision, error)
	// Summaries lists what is known of a job's records without their rows.
	Summaries(ctx context.Context, job string) (map[int]Summary, error)
}

// Summary is a record without its rows.
type Summary struct {
	Closed   bool
	Held     bool // neither closed nor released: somebody works on it, or died over it
	Counters transship.Counters
}

// Queue holds staged chunks and work items.
type Queue interface {
	// Stage publishes a chunk of a prepare attempt. Staging it again changes
	// nothing as long as no lease was taken.
	Stage(ctx context.Context, job string, attempt, chunk int, body []byte) error
	// Open makes the chunks of one attempt leasable and drops those of others.
	// It may be called again at any time.
	Open(ctx context.Context, job string, attempt int) error
	// Lease takes the next chunk, or answers nil at once when none is free.
	Lease(ctx context.Context, job string, attempt int) (Lease, error)
	// Depth counts a job's chunks that are not done.
	Depth(ctx context.Context, job string, attempt int) (Depth, error)
	// Drop deletes everything that the queue holds of a job.
	Drop(ctx context.Context, job string) error
	// Submit asks for a work item to be done. With once it does nothing when
	// the same item waits or is under way.
	Submit(ctx context.Context, item Item, once bool) error
	// Take waits up to wait for a work item; nil when there is none.
	Take(ctx context.Context, wait time.Duration) (ItemLease, error)
}

// Depth counts chunks: Waiting to be leased, and Leased and not yet acked.
type Depth struct{ Waiting, Leased int }

// Step is a kind of work item.
type Step string

// The two steps of a job that are no chunk.
const (
	Prepare  Step = "prepare"
	Complete Step = "complete"
)

// Item is one step of one job, to be done by whoever takes it.
type Item struct {
	Step Step
	Job  string
}

// Lease is a chunk on loan. It is lost when it was not extended in time.
type Lease interface {
	Chunk() int
	Body() []byte
	Extend(ctx context.Context) error  // heartbeat
	Ack(ctx context.Context) error     // done for good
	Release(ctx context.Context) error // give it to the next one
}

// ItemLease is a work item on loan.
type ItemLease interface {
	Item() Item
	Deliveries() int // 1 the first time
	Extend(ctx context.Context) error
	Ack(ctx context.Context) error
	Release(ctx context.Context, after time.Duration) error
}

// Work is one job's doing, with the credentials of the job's role inside.
type Work interface {
	// Plan reads the manifest as a stream and cuts it into chunks, the same
	// each time. A *transship.JobFailure ends the job; any other error may pass.
	Plan(ctx context.Context, emit func(transship.Chunk) error) (transship.Plan, error)
	// Order answers in which order tasks of one key, each of which names a
	// version, must be done: indexes into tasks, the oldest version first.
	Order(ctx context.Context, tasks []transship.Task) ([]int, error)
	// Do does one task. An error says that the outcome is not known.
	Do(ctx context.Context, t transship.Task) (transship.Result, error)
	// Reconcile finds out whether a task whose outcome is not known was done
	// since the given time; previous are the results of the same key.
	Reconcile(ctx context.Context, t transship.Task, since time.Time, previous []transship.Result) (transship.Result, bool, error)
	// Sweep takes away what dead attempts of the job have left behind in the
	// store (multipart uploads). Nobody works on the job any more.
	Sweep(ctx context.Context) error
	// Report writes the completion report under fixed names and answers the
	// key of its manifest.json, empty when there is none to write.
	Report(ctx context.Context, job *transship.Job, rows iter.Seq2[transship.Result, error]) (string, error)
}

// Works opens the work of a job: it assumes the role. A *transship.JobFailure
// (role not assumable) ends the job.
type Works interface {
	Open(ctx context.Context, job *transship.Job) (Work, error)
}
