package segment

import (
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/transship/transship"
)

// MaxRecordBytes bounds an encoded record, so that it fits a message of 1 MiB.
const MaxRecordBytes = 768 << 10

// NoTask is the value of [Record.Trying] when no single task is being tried.
const NoTask = -1

// Record is the accounting of one chunk: who works on it and the rows so far.
// A row is in the record, or the task is not done.
type Record struct {
	Writer   string    // who wrote last; unique to one lease of the chunk
	Sequence uint64    // number of writes by Writer, from 1
	Started  time.Time // when the chunk was first claimed
	Released bool      // nothing was in flight when Writer let go: no outcome is uncertain
	Stopped  bool      // Writer let go in order, though an outcome may be unknown
	Closed   bool      // final: no write follows

	// Strikes counts claims in a row that ended without a new row. Trying is
	// the one task that was under way when strikes call for care, else NoTask.
	Strikes int
	Trying  int

	Rows []transship.Result // in no order
}

// Counters sums the rows.
func (r *Record) Counters() transship.Counters {
	var c transship.Counters
	for i := range r.Rows {
		c.Count(r.Rows[i])
	}
	return c
}

const (
	rowSucceeded = 1 << iota
	rowSkipped
	rowEvidence
)

// EncodeRecord is the record as it is stored. Where the rows do not fit, their
// messages are shortened, never a row dropped.
func EncodeRecord(r *Record) ([]byte, error) {
	for _, limit := range []int{1 << 20, 256, 64, 0} {
		body := encodeRecord(r, limit)
		if len(body) <= MaxRecordBytes {
			return body, nil
		}
	}
	return nil, &transship.Error{Code: transship.Internal, Op: "record a chunk",
		Message: fmt.Sprintf("%d rows take over %d bytes", len(r.Rows), MaxRecordBytes)}
}

func encodeRecord(r *Record, messageLimit int) []byte {
	var w writer
	w.string(r.Writer)
	w.uint(r.Sequence)
	w.time(r.Started)
	w.uint(bits(r.Released, r.Closed, r.Stopped))
	w.uint(uint64(r.Strikes))
	w.int(int64(r.Trying))
	w.uint(uint64(len(r.Rows)))
	bucket := ""
	for i := range r.Rows {
		encodeRow(&w, &r.Rows[i], bucket, messageLimit)
		bucket = r.Rows[i].Bucket
	}
	return w.pack()
}

func bits(flags ...bool) uint64 {
	var n uint64
	for i, f := range flags {
		if f {
			n |= 1 << i
		}
	}
	return n
}

func encodeRow(w *writer, r *transship.Result, bucket string, messageLimit int) {
	evidence := r.ETag != "" || r.VersionID != "" || r.Checksum != (transship.Checksum{}) || r.Size != 0
	w.uint(bits(r.Succeeded, r.Skipped, evidence))
	w.uint(uint64(r.Task))
	if r.Bucket == bucket {
		w.string("")
	} else {
		w.string(r.Bucket)
	}
	w.string(r.RawKey)
	w.string(r.RawVersion)
	w.uint(uint64(max(r.HTTPStatus, 0)))
	w.string(r.ErrorCode)
	w.string(shorten(r.Message, messageLimit))
	if evidence {
		w.string(r.ETag)
		w.string(r.VersionID)
		w.string(r.Checksum.Algorithm)
		w.string(r.Checksum.Value)
		w.string(r.Checksum.Type)
		w.int(r.Size)
	}
}

// shorten cuts s to at most n bytes at a rune's edge.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// DecodeRecord is the inverse of [EncodeRecord].
func DecodeRecord(body []byte) (*Record, error) {
	r, err := unpack(body, "a chunk's record")
	if err != nil {
		return nil, err
	}
	rec := &Record{Writer: r.string(), Sequence: r.uint(), Started: r.time()}
	flags := r.uint()
	rec.Released, rec.Closed, rec.Stopped = flags&1 != 0, flags&2 != 0, flags&4 != 0
	rec.Strikes = int(r.uint())
	rec.Trying = int(r.int())
	n := r.count()
	rec.Rows = make([]transship.Result, 0, min(n, transship.MaxChunkTasks))
	bucket := ""
	for i := 0; i < n && !r.bad; i++ {
		row := decodeRow(r, bucket)
		bucket = row.Bucket
		rec.Rows = append(rec.Rows, row)
	}
	return rec, r.end("a chunk's record")
}

func decodeRow(r *reader, bucket string) transship.Result {
	flags := r.uint()
	row := transship.Result{Succeeded: flags&rowSucceeded != 0, Skipped: flags&rowSkipped != 0}
	row.Task = int(r.uint())
	if row.Bucket = r.string(); row.Bucket == "" {
		row.Bucket = bucket
	}
	row.RawKey = r.string()
	row.RawVersion = r.string()
	row.HTTPStatus = int(r.uint())
	row.ErrorCode = r.string()
	row.Message = r.string()
	if flags&rowEvidence != 0 {
		row.ETag = r.string()
		row.VersionID = r.string()
		row.Checksum = transship.Checksum{Algorithm: r.string(), Value: r.string(), Type: r.string()}
		row.Size = r.int()
	}
	return row
}
