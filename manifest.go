package transship

// ManifestFormat is the format of a job's list of objects (S3 Control API,
// shape JobManifestFormat).
type ManifestFormat string

// The two formats that a job takes.
const (
	ManifestCSV       ManifestFormat = "S3BatchOperations_CSV_20180820"
	ManifestInventory ManifestFormat = "S3InventoryReport_CSV_20161130"
)

// The columns that a CSV manifest can have.
const (
	FieldBucket    = "Bucket"
	FieldKey       = "Key"
	FieldVersionID = "VersionId"
	FieldIgnore    = "Ignore"
)

// Manifest says where a job's list of objects lies and how it is written.
type Manifest struct {
	Format          ManifestFormat
	Fields          []string // column names in order; only with [ManifestCSV]
	ObjectARN       string
	ObjectVersionID string // optional
	ETag            string // as given by the caller, with or without quotes
}
