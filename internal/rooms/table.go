package rooms

// Libraries that appear in more than one row.
const (
	awsSDK    = "github.com/aws/aws-sdk-go-v2"
	smithy    = "github.com/aws/smithy-go"
	fasthttp  = "github.com/valyala/fasthttp"
	nats      = "github.com/nats-io"
	pebble    = "github.com/cockroachdb/pebble"
	uuid      = "github.com/google/uuid"
	compress  = "github.com/klauspost/compress"
	flock     = "github.com/gofrs/flock"
	yaml      = "github.com/goccy/go-yaml"
	testsuite = "github.com/rogpeppe/go-internal"
)

// Table lists every room, in the order in which to read them. A new room needs
// a row, and the row a reason in one line.
func Table() []Room {
	return []Room{
		{Path: ".", Purpose: "the words: account, object, manifest, job (states and legal moves), chunk, task, result, report, error", Pure: true},

		{Path: "iampolicy", Purpose: "public library: parse, lint and evaluate AWS policies; a decision with every reason", Pure: true},
		{Path: "internal/access", Purpose: "which questions an S3 call really asks: actions, resources, condition keys, ownership", Pure: true,
			Imports: []string{"iampolicy"}},
		{Path: "internal/pace", Purpose: "adaptive concurrency: a gate around the calls to one endpoint", Pure: true},
		{Path: "internal/sigv4", Purpose: "AWS Signature Version 4, signing and verifying in one home", Imports: []string{"."},
			Tests: []string{awsSDK}},
		{Path: "internal/segment", Purpose: "the one encoding of chunks and of a record's rows", Pure: true,
			Imports: []string{"."}, Outside: []string{compress}},

		{Path: "internal/s3call", Purpose: "the shapes of S3 calls, so that callers and s3wire need not know each other", Pure: true,
			Imports: []string{"."}},
		{Path: "internal/s3wire", Purpose: "lean signed S3 calls over HTTP",
			Imports: []string{".", "internal/s3call", "internal/sigv4"}, Outside: []string{fasthttp, "golang.org/x/net"},
			Tests: []string{awsSDK}},
		{Path: "internal/account", Purpose: "credentials and clients for each account and Region; SDK errors into ours; the only room that loads AWS configuration",
			Imports: []string{".", "internal/s3call", "internal/s3wire"}, Outside: []string{awsSDK, smithy}},

		{Path: "internal/inventory", Purpose: "parallel listing; S3 Inventory reports, written and read",
			Imports: []string{".", "internal/s3call"}, Outside: []string{"golang.org/x/sync", compress, uuid}},
		{Path: "internal/manifest", Purpose: "a job's list of objects, read as a stream and cut into chunks",
			Imports: []string{".", "internal/s3call", "internal/inventory", "internal/segment"}, Outside: []string{compress}},
		{Path: "internal/operation", Purpose: "one file an operation: do a task, reconcile an uncertain end; never sees credentials",
			Imports: []string{".", "internal/s3call"}, Outside: []string{"golang.org/x/sync"}},
		{Path: "internal/report", Purpose: "rows into the completion report and its summary",
			Imports: []string{".", "internal/s3call", "internal/segment"}, Outside: []string{compress}},
		{Path: "internal/verify", Purpose: "proof that two sides hold the same",
			Imports: []string{".", "internal/s3call", "internal/inventory"}, Outside: []string{"golang.org/x/sync"}},

		{Path: "internal/jobs", Purpose: "people's verbs: create, confirm, cancel, priority, list, describe",
			Imports: []string{"."}, Outside: []string{uuid}},
		{Path: "internal/engine", Purpose: "machines' verbs: prepare, lease a chunk, run, checkpoint, close, complete",
			Imports: []string{".", "internal/segment"}, Outside: []string{"golang.org/x/sync"}},
		{Path: "internal/progress", Purpose: "counters to listeners",
			Imports: []string{".", "internal/jobs"}},
		{Path: "internal/jetstore", Purpose: "the stores of jobs and engine on NATS JetStream, embedded or a cluster",
			Imports: []string{".", "internal/jobs", "internal/engine", "internal/segment"}, Outside: []string{nats, flock, compress, uuid}},
		{Path: "internal/s3control", Purpose: "HTTP door: the S3 Control API, signed with the caller's key",
			Imports: []string{".", "internal/jobs", "internal/sigv4", "internal/access", "iampolicy"}, Outside: []string{uuid},
			Tests: []string{awsSDK, smithy}},

		{Path: "internal/lab", Purpose: "a local cloud: one address for STS, IAM and S3, its data folder, AWS profiles to use it",
			Imports: []string{".", "internal/sigv4", "internal/lab/iam", "internal/lab/sts", "internal/lab/s3"}, Outside: []string{flock, yaml},
			Tests: []string{awsSDK, smithy}},
		{Path: "internal/lab/iam", Purpose: "the lab's accounts, users, keys and roles, and the IAM API",
			Imports: []string{".", "iampolicy", "internal/access", "internal/sigv4"}, Outside: []string{uuid},
			Tests: []string{awsSDK, smithy}},
		{Path: "internal/lab/sts", Purpose: "the lab's STS API: who am I, assume a role",
			Imports: []string{".", "iampolicy", "internal/access", "internal/sigv4", "internal/lab/iam"}, Outside: []string{uuid},
			Tests: []string{awsSDK, smithy}},
		{Path: "internal/lab/s3", Purpose: "the lab's S3: HTTP front, ownership, versions and authorization",
			Imports: []string{".", "iampolicy", "internal/access", "internal/sigv4", "internal/lab/iam"}, Outside: []string{pebble, uuid},
			Tests: []string{awsSDK, smithy}},

		{Path: "cmd/transship", Purpose: "the program: one file a command, and wire.go, the only place where concrete parts meet",
			Imports: []string{"*"}, Outside: []string{"github.com/spf13/cobra", "github.com/vbauerster/mpb", "golang.org/x/term", "golang.org/x/sync", uuid},
			Tests: []string{testsuite, awsSDK, smithy}},
		{Path: "bench", Purpose: "benchmarks against a canned S3 server and against peers",
			Imports: []string{"*"}, Outside: []string{fasthttp}, Tests: []string{awsSDK, smithy}},
		{Path: "internal/rooms", Purpose: "only a test: this table as data; a forbidden import or an unlisted room fails"},
	}
}
