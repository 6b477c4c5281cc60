package segment

import (
	"fmt"

	"github.com/transship/transship"
)

const (
	taskLatest = 1 << iota
	taskDeleteMarker
	taskFault
	taskRawKey     // RawKey differs from Key
	taskRawVersion // RawVersion differs from VersionID
)

// EncodeChunk is the body of a chunk's work message. A chunk over the limits
// is refused with code Invalid: whoever cuts chunks must cut smaller ones.
func EncodeChunk(c transship.Chunk) ([]byte, error) {
	if len(c.Tasks) > transship.MaxChunkTasks {
		return nil, tooLarge(c, fmt.Sprintf("%d tasks, at most %d", len(c.Tasks), transship.MaxChunkTasks))
	}
	var w writer
	w.string(c.Job)
	w.uint(uint64(c.Number))
	w.uint(uint64(len(c.Tasks)))
	bucket := ""
	for i := range c.Tasks {
		bucket = encodeTask(&w, &c.Tasks[i], bucket)
	}
	body := w.pack()
	if len(body) > transship.MaxChunkBytes {
		return nil, tooLarge(c, fmt.Sprintf("%d bytes compressed, at most %d", len(body), transship.MaxChunkBytes))
	}
	return body, nil
}

func tooLarge(c transship.Chunk, why string) error {
	return &transship.Error{Code: transship.Invalid, Op: fmt.Sprintf("stage chunk %d of job %s", c.Number, c.Job), Message: why}
}

func encodeTask(w *writer, t *transship.Task, bucket string) string {
	var flags uint64
	if t.IsLatest {
		flags |= taskLatest
	}
	if t.IsDeleteMarker {
		flags |= taskDeleteMarker
	}
	if t.Fault != nil {
		flags |= taskFault
	}
	if t.RawKey != t.Key {
		flags |= taskRawKey
	}
	if t.RawVersion != t.VersionID {
		flags |= taskRawVersion
	}
	w.uint(flags)
	if t.Bucket == bucket { // an empty name says: the same as before
		w.string("")
	} else {
		w.string(t.Bucket)
	}
	w.string(t.Key)
	w.string(t.VersionID)
	if flags&taskRawKey != 0 {
		w.string(t.RawKey)
	}
	if flags&taskRawVersion != 0 {
		w.string(t.RawVersion)
	}
	w.int(t.Size)
	w.string(t.ETag)
	w.string(t.StorageClass)
	w.time(t.LastModified)
	if t.Fault != nil {
		w.int(int64(t.Fault.HTTPStatus))
		w.string(t.Fault.ErrorCode)
		w.string(t.Fault.Message)
	}
	return t.Bucket
}

// DecodeChunk is the inverse of [EncodeChunk].
func DecodeChunk(body []byte) (transship.Chunk, error) {
	r, err := unpack(body, "a staged chunk")
	if err != nil {
		return transship.Chunk{}, err
	}
	c := transship.Chunk{Job: r.string(), Number: int(r.uint())}
	n := r.count()
	c.Tasks = make([]transship.Task, 0, min(n, transship.MaxChunkTasks))
	bucket := ""
	for i := 0; i < n && !r.bad; i++ {
		t := decodeTask(r, bucket)
		bucket = t.Bucket
		c.Tasks = append(c.Tasks, t)
	}
	return c, r.end("a staged chunk")
}

func decodeTask(r *reader, bucket string) transship.Task {
	flags := r.uint()
	t := transship.Task{IsLatest: flags&taskLatest != 0, IsDeleteMarker: flags&taskDeleteMarker != 0}
	if t.Bucket = r.string(); t.Bucket == "" {
		t.Bucket = bucket
	}
	t.Key = r.string()
	t.VersionID = r.string()
	t.RawKey, t.RawVersion = t.Key, t.VersionID
	if flags&taskRawKey != 0 {
		t.RawKey = r.string()
	}
	if flags&taskRawVersion != 0 {
		t.RawVersion = r.string()
	}
	t.Size = r.int()
	t.ETag = r.string()
	t.StorageClass = r.string()
	t.LastModified = r.time()
	if flags&taskFault != 0 {
		t.Fault = &transship.Fault{HTTPStatus: int(r.int()), ErrorCode: r.string(), Message: r.string()}
	}
	return t
}
