package canned

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"
)

// Size is the size in bytes of every object.
const Size = 1024

const (
	etag         = "&quot;0f343b0931126a20f133d67c2b018a3b&quot;" // MD5 of 1,024 zero bytes
	plainETag    = `"0f343b0931126a20f133d67c2b018a3b"`
	modified     = "2026-11-24T12:00:00.000Z"
	modifiedHTTP = "Tue, 24 Nov 2026 12:00:00 GMT"
	copied       = `<?xml version="1.0" encoding="UTF-8"?><CopyObjectResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LastModified>` + modified + `</LastModified><ETag>` + etag + `</ETag></CopyObjectResult>`
)

// Empty is the one bucket that lists no objects: where programs copy to that
// look first.
const Empty = "destination"

// Server answers as a store with buckets of Objects objects each, [Empty]
// excepted. The zero value answers at once.
type Server struct {
	Objects int
	Latency time.Duration // before each answer
}

// Serve answers until l is closed.
func (s *Server) Serve(l net.Listener) error {
	server := fasthttp.Server{Handler: s.handle, NoDefaultServerHeader: true, ReadBufferSize: 32 << 10, StreamRequestBody: true, Concurrency: 4096}
	return server.Serve(l)
}

func (s *Server) handle(ctx *fasthttp.RequestCtx) {
	if s.Latency > 0 {
		time.Sleep(s.Latency)
	}
	bucket, key, object := strings.Cut(strings.TrimPrefix(string(ctx.Path()), "/"), "/")
	object = object && key != ""
	args := ctx.QueryArgs()
	ctx.Response.Header.Set("x-amz-request-id", "4442587FB7D0A2F9")
	switch {
	case object && ctx.IsPut() && len(ctx.Request.Header.Peek("x-amz-copy-source")) > 0:
		ctx.SetContentType("application/xml")
		ctx.Response.SetBodyString(copied)
	case ctx.IsPut():
		io.Copy(io.Discard, ctx.RequestBodyStream())
		ctx.Response.Header.Set("ETag", plainETag)
	case object && args.Has("tagging"):
		ctx.SetContentType("application/xml")
		ctx.Response.SetBodyString(`<?xml version="1.0" encoding="UTF-8"?><Tagging><TagSet></TagSet></Tagging>`)
	case object && ctx.IsHead():
		s.head(ctx, Size)
		ctx.Response.SkipBody = true
	case object && ctx.IsGet():
		s.get(ctx, key)
	case ctx.IsHead():
		ctx.Response.SkipBody = true
	case args.Has("location"):
		ctx.SetContentType("application/xml")
		ctx.Response.SetBodyString(`<?xml version="1.0" encoding="UTF-8"?><LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></LocationConstraint>`)
	case ctx.IsGet() && args.Has("versioning"):
		ctx.SetContentType("application/xml")
		ctx.Response.SetBodyString(`<?xml version="1.0" encoding="UTF-8"?><VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></VersioningConfiguration>`)
	case ctx.IsGet():
		s.list(ctx, bucket)
	default:
		ctx.SetStatusCode(fasthttp.StatusNotImplemented)
		ctx.Response.SetBodyString(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>NotImplemented</Code><Message>a canned answer</Message></Error>`)
	}
}

func (s *Server) head(ctx *fasthttp.RequestCtx, size int) {
	ctx.Response.Header.Set("ETag", plainETag)
	ctx.Response.Header.Set("Last-Modified", modifiedHTTP)
	ctx.SetContentType("application/octet-stream")
	ctx.Response.Header.SetContentLength(size)
}

// ManifestKey is the key under which a CSV manifest (columns Bucket, Key) of
// the first n objects of a bucket lies, in every bucket.
func ManifestKey(bucket string, n int) string { return fmt.Sprintf("manifests/%s/%d.csv", bucket, n) }

func (s *Server) get(ctx *fasthttp.RequestCtx, key string) {
	parts := strings.Split(key, "/")
	if len(parts) != 3 || parts[0] != "manifests" {
		s.head(ctx, Size)
		ctx.Response.SetBodyRaw(make([]byte, Size))
		return
	}
	n, err := strconv.Atoi(strings.TrimSuffix(parts[2], ".csv"))
	if err != nil || n < 0 {
		ctx.SetStatusCode(fasthttp.StatusBadRequest)
		return
	}
	size := n * len(parts[1]+","+Key(0)+"\n")
	ctx.Response.SetBodyStream(&rows{bucket: parts[1], n: n}, size)
	s.head(ctx, size)
}

// rows makes a manifest's text, line by line.
type rows struct {
	bucket string
	n, i   int
	rest   bytes.Buffer
}

func (r *rows) Read(b []byte) (int, error) {
	for r.rest.Len() < len(b) && r.i < r.n {
		r.rest.WriteString(r.bucket + "," + Key(r.i) + "\n")
		r.i++
	}
	return r.rest.Read(b)
}
