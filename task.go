package transship

import "time"

// Limits of a chunk (DESIGN: engine). A job has at most MaxChunks.
const (
	MaxChunkTasks = 5_000
	MaxChunkBytes = 512 << 10 // compressed, as it is staged
	MaxChunks     = 50_000
)

// Task is one entry of a manifest: one object, or one version of it, on which
// the job's operation is done once.
type Task struct {
	Bucket     string
	Key        string // decoded
	RawKey     string // byte for byte as the manifest has it; goes into the report
	VersionID  string // empty: none given; "null": the null version
	RawVersion string // as the manifest has it, for the report

	// What an inventory tells beyond the name; zero where it does not.
	Size           int64 // bytes; -1: not known
	ETag           string
	StorageClass   string
	LastModified   time.Time
	IsLatest       bool
	IsDeleteMarker bool

	// Fault is set by the manifest's reader when this entry alone is wrong (an
	// empty version id in a declared column). The task fails with it at once.
	Fault *Fault
}

// Fault is why one task fails without being tried, in the report's words.
type Fault struct {
	HTTPStatus int
	ErrorCode  string
	Message    string
}

// Chunk is the unit of work that a worker leases: consecutive tasks of one
// job. All versions of one key lie in one chunk, next to each other, in the
// order in which they must be done; tasks of one key never run in parallel.
type Chunk struct {
	Job    string
	Number int // from 0
	Tasks  []Task
}
