package rooms

// Libraries that appear in more than one row.
const (
	awsSDK     = "github.com/aws/aws-sdk-go-v2"
	smithy     = "github.com/aws/smithy-go"
	fasthttp   = "github.com/valyala/fasthttp"
	nats       = "github.com/nats-io"
	pebble     = "github.com/cockroachdb/pebble"
	uuid       = "github.com/google/uuid"
	compress   = "github.com/klauspost/compress"
	flock      = "github.com/gofrs/flock"
	yaml       = "github.com/goccy/go-yaml"
	testscript = "github.com/rogpeppe/go-internal/testscript"
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
			Imports: []string{".", "internal/s3call", "internal/s3wire/answer", "internal/s3wire/payload", "internal/s3wire/transport", "internal/sigv4"},
			Tests:   []string{fasthttp}},
		{Path: "internal/s3wire/transport", Purpose: "connections: dial, send one request just once, read a bounded answer, end by silence or cancel",
			Imports: []string{".", "internal/sigv4"}, Outside: []string{fasthttp, "golang.org/x/net"}},
		{Path: "internal/s3wire/payload", Purpose: "the form of a body on its way out: whole, in signed chunks, or with its checksum in a trailer",
			Imports: []string{".", "internal/s3wire/transport", "internal/sigv4"}},
		{Path: "internal/s3wire/answer", Purpose: "what a store's answer says: heads, listings, results, refusals",
			Imports: []string{".", "internal/s3call", "internal/s3wire/transport", "internal/sigv4"}},
		{Path: "internal/account", Purpose: "credentials and clients for each account and Region; SDK errors into ours; the only room that loads AWS configuration",
			Imports: []string{".", "internal/s3wire"}, Outside: []string{awsSDK, smithy},
			Tests: []string{"internal/s3call", "internal/sigv4"}},

		{Path: "internal/inventory", Purpose: "parallel listing; S3 Inventory reports, written and read",
			Imports: []string{".", "internal/inventory/csvscan", "internal/inventory/extsort", "internal/s3call"}, Outside: []string{compress, uuid}},
		{Path: "internal/inventory/csvscan", Purpose: "CSV as S3 writes it, line by line and bounded; for inventories and for CSV manifests", Pure: true,
			Imports: []string{"."}},
		{Path: "internal/inventory/extsort", Purpose: "sorting in bounded memory; for inventories and for the versions of one key in a manifest",
			Imports: []string{"."}},
		{Path: "internal/manifest", Purpose: "a job's list of objects, read as a stream and cut into chunks",
			Imports: []string{".", "internal/inventory", "internal/inventory/csvscan", "internal/inventory/extsort", "internal/s3call"},
			Tests:   []string{"internal/segment", compress}},
		{Path: "internal/operation", Purpose: "one file an operation: do a task, reconcile an uncertain end; never sees credentials",
			Imports: []string{".", "internal/s3call"}, Outside: []string{"golang.org/x/sync"}},
		{Path: "internal/report", Purpose: "rows into the completion report and its summary",
			Imports: []string{".", "internal/s3call"}},
		{Path: "internal/verify", Purpose: "proof that two sides hold the same",
			Imports: []string{".", "internal/s3call"}, Outside: []string{"golang.org/x/sync"}},

		{Path: "internal/jobs", Purpose: "people's verbs: create, confirm, cancel, priority, list, describe",
			Imports: []string{"."}},
		{Path: "internal/engine", Purpose: "machines' verbs: prepare, lease a chunk, run, checkpoint, close, complete",
			Imports: []string{".", "internal/segment"}, Outside: []string{"golang.org/x/sync"},
			Tests: []string{"internal/jetstore", "internal/jetstore/natstest", "internal/jobs", uuid}},
		{Path: "internal/jetstore", Purpose: "the stores of jobs and engine on NATS JetStream, embedded or a cluster",
			Imports: []string{".", "internal/engine", "internal/jobs", "internal/s3call", "internal/segment"},
			Outside: []string{nats, flock, "github.com/minio/highwayhash"},
			Tests:   []string{"internal/jetstore/natstest", uuid}},
		{Path: "internal/jetstore/natstest", Purpose: "for tests alone: three NATS servers as processes, to be killed and frozen", TestOnly: true,
			Outside: []string{nats}},

		{Path: "internal/s3control", Purpose: "HTTP door: the S3 Control API, signed with the caller's key",
			Imports: []string{".", "iampolicy", "internal/access", "internal/jobs", "internal/sigv4"},
			Tests:   []string{awsSDK, smithy}},
		{Path: "internal/jobclient", Purpose: "the other end of that door: people's verbs on jobs, sent to transship or to AWS by the AWS SDK",
			Imports: []string{"."}, Outside: []string{awsSDK, smithy}},

		{Path: "internal/lab", Purpose: "a local cloud: one address for STS, IAM and S3, its data folder, AWS profiles to use it",
			Imports: []string{".", "internal/access", "internal/lab/iam", "internal/lab/iam/query", "internal/lab/s3", "internal/lab/sts", "internal/sigv4"},
			Outside: []string{flock, yaml, uuid},
			Tests:   []string{awsSDK, smithy}},
		{Path: "internal/lab/iam", Purpose: "the lab's accounts, users, keys, roles and sessions, and the IAM API",
			Imports: []string{".", "iampolicy", "internal/access", "internal/lab/iam/query", "internal/sigv4"},
			Tests:   []string{awsSDK, smithy}},
		{Path: "internal/lab/iam/query", Purpose: "AWS's Query protocol, forms in and XML out, shared by IAM and STS",
			Imports: []string{"."}},
		{Path: "internal/lab/sts", Purpose: "the lab's STS API: who am I, assume a role",
			Imports: []string{".", "iampolicy", "internal/access", "internal/lab/iam", "internal/lab/iam/query"},
			Tests:   []string{"internal/sigv4", awsSDK, smithy}},
		{Path: "internal/lab/s3", Purpose: "the lab's S3: its table of calls, and which family answers one",
			Imports: []string{"iampolicy", "internal/access", "internal/lab/s3/buckets", "internal/lab/s3/call", "internal/lab/s3/checksum", "internal/lab/s3/listings",
				"internal/lab/s3/objects", "internal/lab/s3/reply", "internal/lab/s3/request", "internal/lab/s3/store", "internal/lab/s3/uploads", "internal/sigv4"},
			Tests: []string{".", awsSDK, smithy}},
		{Path: "internal/lab/s3/buckets", Purpose: "calls about a bucket and its settings: policy, ownership, versioning",
			Imports: []string{".", "iampolicy", "internal/access", "internal/lab/s3/call", "internal/lab/s3/reply", "internal/lab/s3/request", "internal/lab/s3/store"}},
		{Path: "internal/lab/s3/objects", Purpose: "calls about objects and versions: put, get, head, copy, delete, tags, attributes",
			Imports: []string{".", "iampolicy", "internal/access", "internal/lab/s3/call", "internal/lab/s3/checksum", "internal/lab/s3/reply", "internal/lab/s3/request", "internal/lab/s3/store"}},
		{Path: "internal/lab/s3/uploads", Purpose: "calls of multipart uploads, from creation to completion or abort",
			Imports: []string{".", "internal/access", "internal/lab/s3/call", "internal/lab/s3/checksum", "internal/lab/s3/reply", "internal/lab/s3/request", "internal/lab/s3/store"}},
		{Path: "internal/lab/s3/listings", Purpose: "calls that list objects and versions",
			Imports: []string{"iampolicy", "internal/access", "internal/lab/s3/call", "internal/lab/s3/reply", "internal/lab/s3/store"}},
		{Path: "internal/lab/s3/call", Purpose: "one S3 call on its way: who asks what, and the steps that all families share",
			Imports: []string{".", "iampolicy", "internal/access", "internal/lab/s3/checksum", "internal/lab/s3/reply", "internal/lab/s3/request",
				"internal/lab/s3/store", "internal/s3call", "internal/sigv4"}},
		{Path: "internal/lab/s3/request", Purpose: "what an S3 request says: target, headers and documents, read and checked",
			Imports: []string{".", "internal/lab/s3/checksum", "internal/lab/s3/reply", "internal/s3call", "internal/sigv4"}},
		{Path: "internal/lab/s3/reply", Purpose: "how S3 speaks: its errors with their words, its XML",
			Imports: []string{"."}},
		{Path: "internal/lab/s3/checksum", Purpose: "S3's additional checksums, whole and composed of parts", Pure: true},
		{Path: "internal/lab/s3/store", Purpose: "buckets, versions and uploads on disk: records in Pebble, bodies in files",
			Imports: []string{".", "internal/lab/s3/store/record"}, Outside: []string{pebble}},
		{Path: "internal/lab/s3/store/record", Purpose: "the form of what that store keeps in Pebble: keys and values", Pure: true,
			Imports: []string{".", "internal/s3call"}},

		{Path: "cmd/transship", Purpose: "the program: one file a command, and wire.go, the only place where concrete parts meet",
			Imports: []string{"*"},
			Outside: []string{"github.com/spf13/cobra", "github.com/spf13/pflag", "github.com/vbauerster/mpb", "golang.org/x/term", "golang.org/x/sync", uuid},
			Tests:   []string{testscript, awsSDK, smithy}},
		{Path: "bench", Purpose: "benchmarks across rooms: an object's cost on the whole road, beside other programs",
			Tests: []string{".", "bench/canned", "internal/engine", "internal/jetstore", "internal/manifest", "internal/operation", "internal/report",
				"internal/s3call", "internal/s3wire", uuid}},
		{Path: "bench/canned", Purpose: "for benchmarks alone: a store that answers at once and keeps nothing", TestOnly: true,
			Outside: []string{fasthttp}, Tests: []string{awsSDK}},
		{Path: "internal/rooms", Purpose: "only a test: this table as data; a forbidden import or an unlisted room fails"},
	}
}
