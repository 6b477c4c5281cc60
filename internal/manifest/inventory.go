package manifest

import (
	"context"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/inventory"
	"github.com/transship/transship/internal/s3call"
)

// openInventory opens the manifest.json of an inventory report. Delete markers
// become tasks like any other entry; the operation decides about them.
func (r *Reader) openInventory(ctx context.Context, get s3call.Get) (*input, error) {
	reader := &inventory.Reader{Source: r.Source}
	report, err := reader.Open(ctx, get)
	if err != nil {
		return nil, err
	}
	in := &input{bucket: get.Bucket, key: get.Key, etag: plainETag(report.ETag), versioned: report.Versioned(), close: func() {}}
	in.each = func(ctx context.Context, do func(*transship.Task) error) error {
		for row, err := range reader.Rows(ctx, report) {
			if err != nil {
				return unreadable(err)
			}
			task := transship.Task{
				Bucket: row.Bucket, Key: row.Key, RawKey: row.RawKey, VersionID: row.VersionID, RawVersion: row.RawVersion,
				Size: row.Size, ETag: row.ETag, StorageClass: row.StorageClass, LastModified: row.LastModified,
				IsLatest: row.IsLatest, IsDeleteMarker: row.IsDeleteMarker,
			}
			if err := do(&task); err != nil {
				return err
			}
		}
		return nil
	}
	return in, nil
}
