package inventory

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/transship/transship"
)

// MaxReport is the largest manifest.json that is read, in bytes: some 300,000
// data files.
const MaxReport = 64 << 20

// The formats of data files.
const (
	FormatCSV     = "CSV"
	FormatORC     = "ORC"
	FormatParquet = "Parquet"
)

const reportVersion = "2016-11-30"

// Report is one delivered inventory: what its manifest.json says (reference
// 7.3) and where that lies.
type Report struct {
	Bucket, Key, ETag string // of manifest.json

	SourceBucket      string
	DestinationBucket string // where the data files lie; a name, not an ARN
	Created           time.Time
	Format            string
	Schema            []string // column names in the order of the data files
	Files             []File
}

// File is one data file.
type File struct {
	Key  string
	Size int64  // bytes as stored, compressed
	MD5  string // lower-case hexadecimal
}

// Versioned reports whether the inventory lists versions.
func (r *Report) Versioned() bool {
	for _, name := range r.Schema {
		if name == ColumnVersionID {
			return true
		}
	}
	return false
}

type reportJSON struct {
	SourceBucket      string     `json:"sourceBucket"`
	DestinationBucket string     `json:"destinationBucket"`
	Version           string     `json:"version"`
	CreationTimestamp string     `json:"creationTimestamp"`
	FileFormat        string     `json:"fileFormat"`
	FileSchema        string     `json:"fileSchema"`
	Files             []fileJSON `json:"files"`
}

type fileJSON struct {
	Key  string `json:"key"`
	Size int64  `json:"size"`
	MD5  string `json:"MD5checksum"`
}

// ParseReport reads a manifest.json. What is not one is refused with code
// Damaged, a format other than CSV with code Unsupported.
func ParseReport(data []byte) (*Report, error) {
	var j reportJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return nil, damaged("it is not the manifest.json of an inventory", err)
	}
	r := &Report{SourceBucket: j.SourceBucket, Format: j.FileFormat}
	if r.SourceBucket == "" {
		return nil, damaged("sourceBucket is missing", nil)
	}
	var err error
	if r.DestinationBucket, err = transship.BucketFromARN(j.DestinationBucket); err != nil {
		return nil, damaged("destinationBucket is wrong", err)
	}
	if j.CreationTimestamp != "" {
		millis, err := strconv.ParseInt(j.CreationTimestamp, 10, 64)
		if err != nil {
			return nil, damaged(fmt.Sprintf("creationTimestamp %q is not a number of milliseconds", j.CreationTimestamp), nil)
		}
		r.Created = time.UnixMilli(millis).UTC()
	}
	if r.Format != FormatCSV {
		return nil, &transship.Error{Code: transship.Unsupported,
			Message: fmt.Sprintf("the inventory's data files are %q; only CSV is read", r.Format),
			Hint:    "configure the inventory with format CSV"}
	}
	for _, name := range strings.Split(j.FileSchema, ",") {
		r.Schema = append(r.Schema, strings.TrimSpace(name))
	}
	if _, err := newColumns(r.Schema); err != nil {
		return nil, err
	}
	for i, f := range j.Files {
		sum, err := hex.DecodeString(f.MD5)
		switch {
		case f.Key == "":
			return nil, damaged(fmt.Sprintf("files[%d] has no key", i), nil)
		case f.Size < 0:
			return nil, damaged(fmt.Sprintf("the size of data file %s is negative", f.Key), nil)
		case err != nil || len(sum) != 16:
			return nil, damaged(fmt.Sprintf("the MD5checksum of data file %s, %q, is not an MD5 in hexadecimal", f.Key, f.MD5), nil)
		}
		r.Files = append(r.Files, File{Key: f.Key, Size: f.Size, MD5: strings.ToLower(f.MD5)})
	}
	return r, nil
}

// encode is the manifest.json of r.
func (r *Report) encode() ([]byte, error) {
	j := reportJSON{
		SourceBucket:      r.SourceBucket,
		DestinationBucket: transship.BucketARN(r.DestinationBucket),
		Version:           reportVersion,
		CreationTimestamp: strconv.FormatInt(r.Created.UnixMilli(), 10),
		FileFormat:        r.Format,
		FileSchema:        strings.Join(r.Schema, ", "),
		Files:             make([]fileJSON, 0, len(r.Files)),
	}
	for _, f := range r.Files {
		j.Files = append(j.Files, fileJSON(f))
	}
	return json.MarshalIndent(j, "", "  ")
}

func damaged(message string, cause error) error {
	return &transship.Error{Code: transship.Damaged, Message: message, Err: cause}
}
