package inventory

import (
	"context"
	"time"
)

// Summary is what a report holds, for people. It is written as JSON.
type Summary struct {
	SourceBucket  string    `json:"sourceBucket"`
	Created       time.Time `json:"created"`
	Format        string    `json:"format"`
	Columns       []string  `json:"columns"`
	Files         int       `json:"files"`
	FileBytes     int64     `json:"fileBytes"` // compressed
	Rows          int64     `json:"rows"`
	Objects       int64     `json:"objects"`       // current ones
	Noncurrent    int64     `json:"noncurrent"`    // older versions
	DeleteMarkers int64     `json:"deleteMarkers"` // current or not
	Bytes         int64     `json:"bytes"`         // of all rows; 0 without the column Size
	// ByStorageClass has one entry a class; "" when the report has no such column.
	ByStorageClass map[string]ClassTotal `json:"byStorageClass"`
}

// ClassTotal sums up the rows of one storage class, delete markers left out.
type ClassTotal struct {
	Rows  int64 `json:"rows"`
	Bytes int64 `json:"bytes"`
}

// Show reads a whole report and sums it up. The errors are those of
// [Reader.Rows].
func (r *Reader) Show(ctx context.Context, report *Report) (Summary, error) {
	s := Summary{SourceBucket: report.SourceBucket, Created: report.Created, Format: report.Format,
		Columns: report.Schema, Files: len(report.Files), ByStorageClass: map[string]ClassTotal{}}
	for _, f := range report.Files {
		s.FileBytes += f.Size
	}
	versioned := report.Versioned()
	for row, err := range r.Rows(ctx, report) {
		if err != nil {
			return Summary{}, err
		}
		s.Rows++
		size := max(row.Size, 0)
		s.Bytes += size
		switch {
		case row.IsDeleteMarker:
			s.DeleteMarkers++
			continue
		case versioned && !row.IsLatest:
			s.Noncurrent++
		default:
			s.Objects++
		}
		class := s.ByStorageClass[row.StorageClass]
		class.Rows++
		class.Bytes += size
		s.ByStorageClass[row.StorageClass] = class
	}
	return s, nil
}
