package s3_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/transship/transship/internal/sigv4"
)

// serve answers one call without a network, signature taken as checked.
func (c *cloud) serve(method, target, body string, header http.Header) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for k, v := range header {
		r.Header[k] = v
	}
	w := httptest.NewRecorder()
	c.server.ServeS3(w, r, c.callers["AKsource"], &sigv4.Verified{Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))})
	return w
}

func benchServe(b *testing.B, unit string, call func(c *cloud, n int64) *httptest.ResponseRecorder) {
	c := newCloud(b)
	c.bucket("source", "data")
	c.serve("PUT", "/data/source", strings.Repeat("x", 1<<10), nil)
	var n atomic.Int64
	b.SetParallelism(64)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if w := call(c, n.Add(1)); w.Code != http.StatusOK {
				b.Error(w.Code, w.Body)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), unit)
}

// The figures include the sync of every write, and leave out signatures and
// the network.
func BenchmarkServePut(b *testing.B) {
	body := strings.Repeat("x", 1<<10)
	benchServe(b, "puts/s", func(c *cloud, n int64) *httptest.ResponseRecorder {
		return c.serve("PUT", fmt.Sprint("/data/key-", n), body, nil)
	})
}

func BenchmarkServeCopy(b *testing.B) {
	header := http.Header{"X-Amz-Copy-Source": {"data/source"}}
	benchServe(b, "copies/s", func(c *cloud, n int64) *httptest.ResponseRecorder {
		return c.serve("PUT", fmt.Sprint("/data/copy-", n), "", header)
	})
}

func BenchmarkServeHead(b *testing.B) {
	benchServe(b, "heads/s", func(c *cloud, n int64) *httptest.ResponseRecorder {
		return c.serve("HEAD", "/data/source", "", nil)
	})
}
