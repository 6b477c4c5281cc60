package manifest

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// store is objects in memory, and refusals by key.
type store struct {
	files   map[string][]byte // by bucket/key
	refuse  map[string]error
	noMatch bool // a store that does not honour If-Match
	upper   bool // a store whose ETags are in capitals
	asked   []s3call.Get
}

func (s *store) GetObject(_ context.Context, g s3call.Get) (*s3call.Body, error) {
	s.asked = append(s.asked, g)
	name := g.Bucket + "/" + g.Key
	if err := s.refuse[name]; err != nil {
		return nil, err
	}
	data, ok := s.files[name]
	if g.VersionID != "" {
		data, ok = s.files[name+"?"+g.VersionID]
	}
	if !ok {
		return nil, &transship.Error{Code: transship.NotFound, S3Code: "NoSuchKey", Status: 404}
	}
	etag := etagOf(data)
	if s.upper {
		etag = strings.ToUpper(etag)
	}
	if g.IfMatch != "" && g.IfMatch != etag && !s.noMatch {
		return nil, &transship.Error{Code: transship.Precondition, S3Code: "PreconditionFailed", Status: 412}
	}
	return &s3call.Body{ReadCloser: io.NopCloser(bytes.NewReader(data)), Length: int64(len(data)),
		Head: s3call.Head{ETag: etag, Size: int64(len(data))}}, nil
}

func etagOf(data []byte) string {
	sum := md5.Sum(data)
	return hex.EncodeToString(sum[:])
}

// csvManifest puts a CSV manifest into a store and names it.
func csvManifest(text string, fields ...string) (*store, transship.Manifest) {
	s := &store{files: map[string][]byte{"lists/m.csv": []byte(text)}}
	return s, transship.Manifest{Format: transship.ManifestCSV, Fields: fields, ObjectARN: "arn:aws:s3:::lists/m.csv", ETag: etagOf([]byte(text))}
}

// inventoryManifest puts an inventory into a store, a data file for each text.
func inventoryManifest(schema string, texts ...string) (*store, transship.Manifest) {
	s := &store{files: map[string][]byte{}}
	var files []string
	for i, text := range texts {
		var zipped bytes.Buffer
		z := gzip.NewWriter(&zipped)
		_, _ = z.Write([]byte(text))
		_ = z.Close()
		key := fmt.Sprintf("inv/data/%d.csv.gz", i)
		s.files["data/"+key] = zipped.Bytes()
		files = append(files, fmt.Sprintf(`{"key":%q,"size":%d,"MD5checksum":%q}`, key, zipped.Len(), etagOf(zipped.Bytes())))
	}
	text := fmt.Sprintf(`{"sourceBucket":"photos","destinationBucket":"arn:aws:s3:::data","version":"2016-11-30","creationTimestamp":"1","fileFormat":"CSV","fileSchema":%q,"files":[%s]}`,
		schema, strings.Join(files, ","))
	s.files["lists/manifest.json"] = []byte(text)
	return s, transship.Manifest{Format: transship.ManifestInventory, ObjectARN: "arn:aws:s3:::lists/manifest.json", ETag: etagOf([]byte(text))}
}

// read gives the chunks of a manifest, each checked against the rules that hold
// for all of them.
func read(t *testing.T, r *Reader, m transship.Manifest) ([]transship.Chunk, transship.Plan, error) {
	t.Helper()
	if r.TempDir == "" {
		r.TempDir = t.TempDir()
	}
	var chunks []transship.Chunk
	where := map[string]int{}
	plan, err := r.Read(t.Context(), m, func(c transship.Chunk) error {
		if c.Number != len(chunks) || len(c.Tasks) == 0 || len(c.Tasks) > transship.MaxChunkTasks {
			t.Errorf("chunk %d has number %d and %d tasks", len(chunks), c.Number, len(c.Tasks))
		}
		for i, task := range c.Tasks {
			if task.RawVersion == "" && task.Fault == nil && task.VersionID == "" {
				continue
			}
			before, seen := where[task.Key]
			if seen && (before != c.Number || c.Tasks[i-1].Key != task.Key) {
				t.Errorf("the versions of %q do not lie together", task.Key)
			}
			where[task.Key] = c.Number
		}
		chunks = append(chunks, c)
		return nil
	})
	return chunks, plan, err
}

// show is what a test compares: one line a task.
func show(chunks []transship.Chunk) string {
	var lines []string
	for _, c := range chunks {
		for _, t := range c.Tasks {
			line := fmt.Sprintf("%s|%s|%s|%s|%s", t.Bucket, t.Key, t.RawKey, t.VersionID, t.RawVersion)
			if t.Fault != nil {
				line += fmt.Sprintf("|%d %s %s", t.Fault.HTTPStatus, t.Fault.ErrorCode, t.Fault.Message)
			}
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}
