package rooms

// Module is the path under which all rooms live.
const Module = "github.com/transship/transship"

// Room is one row of the table.
type Room struct {
	Path    string // folder, "." for the root
	Purpose string // one line, for CONTRIBUTING

	Imports []string // rooms that it may import
	Outside []string // libraries that it may import, by path or path prefix
	Tests   []string // what its test files may import besides: rooms and libraries
	Pure    bool     // no files, network or processes

	// TestOnly is a room that only tests may import.
	TestOnly bool
}

// bounded names, for libraries that are kept in few rooms, why.
func bounded() map[string]string {
	return map[string]string{
		"github.com/nats-io":              "NATS is one engine behind two interfaces; only internal/jetstore may know that it is there",
		"github.com/valyala/fasthttp":     "the lean HTTP client has sharp edges, each set and tested in internal/s3wire",
		"github.com/aws/aws-sdk-go-v2":    "the SDK loads configuration, credentials and retries of its own; only internal/account and internal/jobclient may meet it, so that every other room sees one kind of error",
		"github.com/aws/smithy-go":        "it belongs to the AWS SDK, which only internal/account and internal/jobclient may meet",
		"github.com/cockroachdb/pebble":   "Pebble keeps the lab's metadata; nothing outside internal/lab/s3/store stores anything in it",
		"github.com/rogpeppe/go-internal": "testscript is a test library: a program must never link it",
		"github.com/spf13/cobra":          "commands are a matter of cmd/transship; rooms take plain values",
		"github.com/vbauerster/mpb":       "progress bars are a matter of cmd/transship; rooms count and never print",
		"github.com/versity/versitygw":    "a foreign store to be tried from outside, never a part (docs/decisions/0002)",
		"github.com/stretchr/testify":     "tests are written with the standard library alone",
	}
}
