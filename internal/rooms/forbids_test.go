package rooms

import (
	"strings"
	"testing"
)

func TestWhatARoomMayNotImportIsRefusedWithAReason(t *testing.T) {
	row := func(path string) Room {
		for _, r := range Table() {
			if r.Path == path {
				return r
			}
		}
		t.Fatalf("no row %s", path)
		return Room{}
	}
	for _, c := range []struct {
		room, imp string
		test      bool
		why       string // "": allowed
	}{
		{"internal/jetstore", "github.com/nats-io/nats.go/jetstream", false, ""},
		{"internal/engine", "github.com/nats-io/nats.go", false, "only internal/jetstore may know"},
		{"internal/engine", "github.com/nats-io/nats.go", true, "only internal/jetstore may know"},
		{"internal/engine", "github.com/aws/aws-sdk-go-v2/service/s3", false, "internal/jobclient may meet it"},
		{"internal/lab", "github.com/aws/aws-sdk-go-v2/service/s3", false, "internal/jobclient may meet it"},
		{"internal/lab", "github.com/aws/aws-sdk-go-v2/service/s3", true, ""},
		{"internal/lab", "github.com/cockroachdb/pebble/v2", false, "outside internal/lab/s3/store"},
		{"internal/inventory", "github.com/valyala/fasthttp", false, "internal/s3wire"},
		{"cmd/transship", "github.com/rogpeppe/go-internal/testscript", false, "test library"},
		{"cmd/transship", "github.com/rogpeppe/go-internal/testscript", true, ""},
		{"cmd/transship", Module + "/internal/lab/iam", false, ""},
		{"internal/lab", Module + "/cmd/transship", false, "nobody knows cmd"},
		{"internal/operation", Module + "/internal/s3wire", false, "declare what you need as an interface"},
		{"internal/operation", Module + "/internal/s3call", false, ""},
		{"internal/inventory", Module + "/internal/manifest", false, "does not allow"},
		{"internal/segment", "net/http", false, "pure room"},
		{"internal/segment", "net/http", true, ""},
		{"iampolicy", Module + "/iampolicy", true, ""},
		{"iampolicy", Module, false, "does not allow"},
		{"internal/jobs", "github.com/natsy/other", false, "does not list this library"},
		{"internal/jobs", "github.com/stretchr/testify/require", true, "standard library alone"},
	} {
		name := c.room + " imports " + c.imp
		if c.test {
			name += " in a test"
		}
		t.Run(name, func(t *testing.T) {
			got := row(c.room).forbids(c.imp, c.test)
			if (got == "") != (c.why == "") || !strings.Contains(got, c.why) {
				t.Errorf("got %q, want %q", got, c.why)
			}
		})
	}
}
