package manifest

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

const millionRows = 1_000_000

// generated is a store whose objects are written while they are read.
type generated map[string]func(io.Writer)

func (g generated) GetObject(_ context.Context, get s3call.Get) (*s3call.Body, error) {
	write := g[get.Bucket+"/"+get.Key]
	r, w := io.Pipe()
	go func() {
		write(w)
		_ = w.Close()
	}()
	return &s3call.Body{ReadCloser: r, Head: s3call.Head{ETag: "e"}}, nil
}

// rowsOf writes rows whose keys are in no order and come three times each.
func rowsOf(format string) func(io.Writer) {
	parts := strings.Split(format, "%d")
	return func(w io.Writer) {
		buf := make([]byte, 0, 64<<10)
		for row := range millionRows {
			key := row * 7919 % (millionRows / 3)
			for i, text := range parts {
				buf = append(buf, text...)
				if i == 0 {
					buf = strconv.AppendInt(buf, int64(key), 10)
				} else if i == 1 {
					buf = strconv.AppendInt(buf, int64(row), 10)
				}
			}
			if len(buf) > 60<<10 || row == millionRows-1 {
				if _, err := w.Write(buf); err != nil {
					return
				}
				buf = buf[:0]
			}
		}
	}
}

func zipped(write func(io.Writer)) func(io.Writer) {
	return func(w io.Writer) {
		z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
		write(z)
		_ = z.Close()
	}
}

// TestAMillionRowsTakeUnder100MB reads a million rows of each format, sorted
// and not, and watches the heap.
func TestAMillionRowsTakeUnder100MB(t *testing.T) {
	data := zipped(rowsOf("\"photos\",\"2026/11/some+folder/img-%d.jpg\",\"3sL4kqtJlcpXroDTDmJrmSpXd3dIbrHY%d\",\"false\",\"85860\",\"2026-11-24T01:11:06.000Z\",\"d0655f3673af1ca741b11b29865be8e1\",\"STANDARD\"\n"))
	file, err := os.Create(filepath.Join(t.TempDir(), "data.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	sum, size := md5.New(), &length{}
	data(io.MultiWriter(file, sum, size))
	report := fmt.Sprintf(`{"sourceBucket":"photos","destinationBucket":"arn:aws:s3:::lists","fileFormat":"CSV","fileSchema":"Bucket, Key, VersionId, IsLatest, Size, LastModifiedDate, ETag, StorageClass","files":[{"key":"data","size":%d,"MD5checksum":%q}]}`,
		size.n, hex.EncodeToString(sum.Sum(nil)))
	s := generated{
		"lists/plain":     rowsOf("photos,2026/11/some%20folder/img-%d-%d.jpg\n"),
		"lists/inventory": func(w io.Writer) { _, _ = io.Copy(w, strings.NewReader(report)) },
		"lists/data":      func(w io.Writer) { _, _ = io.Copy(w, io.NewSectionReader(file, 0, size.n)) },
	}
	tests := []struct {
		name     string
		manifest transship.Manifest
	}{
		{"plain CSV", transship.Manifest{Format: transship.ManifestCSV, Fields: plainFields, ObjectARN: "arn:aws:s3:::lists/plain", ETag: "e"}},
		{"inventory of all versions", transship.Manifest{Format: transship.ManifestInventory, ObjectARN: "arn:aws:s3:::lists/inventory", ETag: "e"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			debug.FreeOSMemory()
			var peak uint64
			r := Reader{Source: s, TempDir: t.TempDir()}
			watch := func() {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapSys-m.HeapReleased)
			}
			plan, err := r.Read(t.Context(), test.manifest, func(c transship.Chunk) error {
				if c.Number%10 == 0 {
					watch()
				}
				return nil
			})
			if err != nil || plan.Tasks != millionRows {
				t.Fatalf("plan %+v, %v", plan, err)
			}
			watch()
			t.Logf("%d chunks, at most %d MB of heap", plan.Chunks, peak>>20)
			if peak > 100<<20 {
				t.Errorf("the heap grew to %d MB", peak>>20)
			}
		})
	}
}

type length struct{ n int64 }

func (l *length) Write(p []byte) (int, error) { l.n += int64(len(p)); return len(p), nil }
