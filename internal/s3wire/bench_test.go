package s3wire

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/transship/transship/internal/s3call"
)

const cannedEnv = "TRANSSHIP_CANNED_STORE"

// TestMain serves a canned store where a benchmark has started this program
// as its child, so that the store's CPU is not counted.
func TestMain(m *testing.M) {
	if os.Getenv(cannedEnv) == "" {
		os.Exit(m.Run())
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(l.Addr())
	go func() { // ends with the parent
		bufio.NewReader(os.Stdin).ReadByte()
		os.Exit(0)
	}()
	page := canned(1000)
	fasthttp.Serve(l, func(ctx *fasthttp.RequestCtx) {
		if ctx.IsGet() {
			ctx.Response.SetBodyString(page)
			return
		}
		ctx.Response.Header.Set("x-amz-request-id", "4442587FB7D0A2F9")
		ctx.Response.Header.Set("x-amz-version-id", "3/L4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY+MTRCxf3vjVBH40Nr8X8gdRQBpUMLUo")
		ctx.Response.SetBodyString(`<?xml version="1.0" encoding="UTF-8"?><CopyObjectResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LastModified>2026-11-24T22:00:01.500Z</LastModified><ETag>&quot;9b2cf535f27731c974343645a3985328&quot;</ETag></CopyObjectResult>`)
	})
}

func canned(n int) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name><IsTruncated>false</IsTruncated><EncodingType>url</EncodingType>`)
	for i := range n {
		fmt.Fprintf(&b, `<Contents><Key>photos/2026/11/24/image+%06d.jpg</Key><LastModified>2026-11-24T22:00:01.000Z</LastModified><ETag>&quot;9b2cf535f27731c974343645a3985328&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>%d</Size><StorageClass>STANDARD</StorageClass></Contents>`, i, i*1000)
	}
	b.WriteString(`</ListBucketResult>`)
	return b.String()
}

func cannedStore(b *testing.B) *Client {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), cannedEnv+"=1")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { stdin.Close(); cmd.Wait() })
	address, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	cred := testCred
	cred.SessionToken = strings.Repeat("T", 400)
	c, err := New(Config{Endpoint: "http://" + strings.TrimSpace(address), PathStyle: true, Credentials: static(cred)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(c.Close)
	return c
}

// cpu is what this process has used, without its child.
func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkCopyObject(b *testing.B) {
	c := cannedStore(b)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	b.ReportAllocs()
	b.SetParallelism(16)
	start := cpu()
	var n atomic.Int64
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			key := fmt.Sprintf("photos/2026/11/24/image %06d.jpg", n.Add(1))
			if _, err := c.CopyObject(ctx, s3call.Copy{Source: s3call.Ref{Bucket: "source", Key: key}, Bucket: "destination", Key: key}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.ReportMetric(float64((cpu()-start).Microseconds())/float64(b.N), "us-cpu/op")
}

func BenchmarkListObjectsV2(b *testing.B) {
	c := cannedStore(b)
	b.ReportAllocs()
	start := cpu()
	for b.Loop() {
		page, err := c.ListObjectsV2(context.Background(), s3call.List{Bucket: "bucket"})
		if err != nil || len(page.Objects) != 1000 {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpu()-start).Microseconds())/float64(b.N), "us-cpu/op")
}

// BenchmarkRawSocket is the floor: a request made beforehand, an answer thrown
// away.
func BenchmarkRawSocket(b *testing.B) {
	c := cannedStore(b)
	request := []byte("PUT /destination/k HTTP/1.1\r\nHost: " + c.host + "\r\nContent-Length: 0\r\nX-Filler: " + strings.Repeat("f", 900) + "\r\n\r\n")
	b.SetParallelism(16)
	start := cpu()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		k, err := net.Dial("tcp", c.host)
		if err != nil {
			b.Error(err)
			return
		}
		defer k.Close()
		buf := make([]byte, 4096)
		for pb.Next() {
			if _, err := k.Write(request); err != nil {
				b.Error(err)
				return
			}
			for !bytes.Contains(buf[:], []byte("</CopyObjectResult>")) {
				n, err := k.Read(buf)
				if err != nil {
					b.Error(err)
					return
				}
				if bytes.HasSuffix(buf[:n], []byte("</CopyObjectResult>")) {
					break
				}
			}
			clear(buf)
		}
	})
	b.ReportMetric(float64((cpu()-start).Microseconds())/float64(b.N), "us-cpu/op")
}
