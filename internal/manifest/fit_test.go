package manifest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/inventory"
	"github.com/transship/transship/internal/segment"
)

// noise is text that hardly compresses: printable characters that a key may
// hold as they are, or any that must be encoded.
func noise(r *rand.Rand, n int, runes []rune) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteRune(runes[r.IntN(len(runes))])
	}
	return b.String()
}

var (
	printable = []rune("!#$&'()*-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~")
	hexText   = []rune("0123456789abcdef")
	base64    = []rune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
)

// TestChunksFitWhateverTheKeysAre encodes chunks of the worst keys with all that
// an inventory tells, and the records of their results with full evidence.
func TestChunksFitWhateverTheKeysAre(t *testing.T) {
	var chinese []rune
	for c := '一'; c < '鿿'; c++ {
		chinese = append(chinese, c)
	}
	for _, alphabet := range []struct {
		name string
		text []rune
	}{{"printable", printable}, {"chinese", chinese}} {
		for _, length := range []int{1, 60, 200, 1020} {
			t.Run(fmt.Sprintf("%s keys of %d bytes", alphabet.name, length), func(t *testing.T) {
				r := rand.New(rand.NewPCG(5, uint64(length)))
				most := 0
				cut := &cutter{tasks: transship.MaxChunkTasks, emit: func(c transship.Chunk) error {
					most = max(most, len(c.Tasks))
					body, err := segment.EncodeChunk(c)
					if err != nil {
						t.Errorf("%d tasks: %v", len(c.Tasks), err)
					}
					record := &segment.Record{Closed: true}
					for i, task := range c.Tasks {
						record.Rows = append(record.Rows, transship.Result{Task: i, Bucket: task.Bucket, RawKey: task.RawKey, RawVersion: task.RawVersion,
							Succeeded: true, HTTPStatus: 200, ETag: noise(r, 32, hexText) + "-17", VersionID: noise(r, 32, base64), Size: r.Int64N(1 << 40),
							Checksum: transship.Checksum{Algorithm: "SHA256", Value: noise(r, 44, base64), Type: "COMPOSITE"}})
					}
					row, err := segment.EncodeRecord(record)
					if err != nil {
						t.Errorf("%d rows: %v", len(c.Tasks), err)
					}
					if c.Number == 0 {
						t.Logf("%d tasks: %d KiB staged, %d KiB recorded", len(c.Tasks), len(body)>>10, len(row)>>10)
					}
					return nil
				}}
				for range 2 * transship.MaxChunkTasks {
					key := noise(r, length, alphabet.text)
					err := cut.add([]transship.Task{{Bucket: "photos", Key: key, RawKey: inventory.EncodeKey(key), VersionID: noise(r, 32, base64), RawVersion: noise(r, 32, base64),
						ETag: noise(r, 32, hexText), Size: r.Int64N(1 << 40), StorageClass: "GLACIER_IR", LastModified: time.Unix(0, r.Int64())}})
					if err != nil {
						t.Fatal(err)
					}
					if cut.plan.Chunks == 2 {
						break
					}
				}
			})
		}
	}
}
