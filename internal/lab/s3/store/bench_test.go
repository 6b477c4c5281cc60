package store

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/transship/transship/internal/lab/s3/store/record"
)

func benchStore(b *testing.B) *Store {
	b.Helper()
	s, err := Open(Config{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	if _, err := s.CreateBucket(Bucket{Name: "b"}); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	return s
}

// BenchmarkPut writes synced objects from 64 goroutines a core, as a server
// under load does.
func BenchmarkPut(b *testing.B) {
	for _, size := range []int{1 << 10, 64 << 10} {
		b.Run(fmt.Sprint(size, " bytes"), func(b *testing.B) {
			s := benchStore(b)
			body := strings.Repeat("x", size)
			var n atomic.Int64
			b.SetParallelism(64)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					s.put(b, "b", fmt.Sprint("key-", n.Add(1)), body)
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "puts/s")
		})
	}
}

func BenchmarkCopy(b *testing.B) {
	for _, size := range []int{1 << 10, 64 << 10} {
		b.Run(fmt.Sprint(size, " bytes"), func(b *testing.B) {
			s := benchStore(b)
			src := s.put(b, "b", "source", strings.Repeat("x", size))
			var n atomic.Int64
			b.SetParallelism(64)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					body, err := s.Share(src)
					if err == nil {
						_, err = s.Put(Version{Bucket: "b", Key: fmt.Sprint("copy-", n.Add(1)), ETag: src.ETag}, body, nil, nil)
					}
					if err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "copies/s")
		})
	}
}

func BenchmarkList(b *testing.B) {
	s := benchStore(b)
	const keys = 100_000
	batch := s.db.NewBatch()
	for i := range keys {
		v := Version{Bucket: "b", Key: fmt.Sprintf("folder-%03d/key-%06d", i/1000, i), ID: "null", Size: 1 << 20, ETag: strings.Repeat("e", 32), Modified: s.now(), Owner: strings.Repeat("1", 12), ChecksumAlgo: "CRC64NVME", ChecksumType: "FULL_OBJECT"}
		v.Checksum = "AAAAAAAAAAA="
		v.Segments = []Segment{{Size: 1 << 20}}
		if err := batch.Set(record.VersionKey(v.Bucket, v.Key, uint64(i+1)), v.Encode(), nil); err != nil {
			b.Fatal(err)
		}
	}
	if err := batch.Commit(nil); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for b.Loop() {
		q := ListQuery{Bucket: "b", Max: 1000}
		for {
			p, err := s.List(q)
			if err != nil {
				b.Fatal(err)
			}
			if !p.Truncated {
				break
			}
			q.After = p.NextAfter
		}
	}
	b.ReportMetric(float64(keys)*float64(b.N)/b.Elapsed().Seconds(), "keys/s")
}
