package manifest

import (
	"context"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// formatGenerated is the format of generated manifests; it is read like an
// inventory (reference 4.1).
const formatGenerated transship.ManifestFormat = "S3InventoryReport_CSV_20211130"

// Source is the S3 call that reading a manifest makes, with the credentials of
// the job's role.
type Source interface {
	GetObject(context.Context, s3call.Get) (*s3call.Body, error)
}

// Reader reads manifests.
type Reader struct {
	Source     Source
	TempDir    string // for sorting; empty: the system's
	ChunkTasks int    // most tasks of a chunk; 0 or more than [transship.MaxChunkTasks]: that
	SortBytes  int    // memory that sorting takes before it goes to a file; 0: 16 MiB
}

// Read reads the manifest m and emits its tasks in chunks, numbered from 0.
// The plan has counts and the manifest's ETag; its attempts are the caller's.
//
// An error that no repetition cures is a [*transship.JobFailure]; any other
// error, emit's own among them, may be gone next time. After an error, what
// was emitted does not count.
func (r *Reader) Read(ctx context.Context, m transship.Manifest, emit func(transship.Chunk) error) (transship.Plan, error) {
	in, err := r.open(ctx, m)
	if err != nil {
		return transship.Plan{}, err
	}
	defer in.close()
	cut := &cutter{emit: emit, tasks: transship.MaxChunkTasks, place: in.place()}
	if r.ChunkTasks > 0 && r.ChunkTasks < cut.tasks {
		cut.tasks = r.ChunkTasks
	}
	cut.plan.ManifestETag = in.etag
	if in.versioned {
		err = r.sorted(ctx, in, cut)
	} else {
		one := make([]transship.Task, 1)
		err = in.each(ctx, func(t *transship.Task) error {
			one[0] = *t
			return cut.add(one)
		})
	}
	if err == nil {
		err = cut.flush()
	}
	if err != nil {
		return transship.Plan{}, err
	}
	if cut.plan.Tasks == 0 {
		return transship.Plan{}, content(in.place() + " lists no objects")
	}
	return cut.plan, nil
}

// input is an open manifest.
type input struct {
	bucket, key string // of the manifest
	etag        string
	versioned   bool // it has a column of version ids
	// each calls do for every entry. The task is do's until do returns.
	each  func(ctx context.Context, do func(*transship.Task) error) error
	close func()
}

func (in *input) place() string { return "the manifest " + in.bucket + "/" + in.key }
