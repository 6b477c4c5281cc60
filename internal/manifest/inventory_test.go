package manifest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/transship/transship"
)

const currentSchema = "Bucket, Key, Size, LastModifiedDate, ETag, StorageClass"

func TestInventoryOfCurrentObjects(t *testing.T) {
	s, m := inventoryManifest(currentSchema,
		`"photos","b+b.jpg","7","2026-11-24T01:11:06.000Z","e1","GLACIER_IR"`+"\n",
		`"photos","a%2Ba.jpg","9","2026-11-24T01:11:06.000Z","e2","STANDARD"`+"\n")
	for _, format := range []transship.ManifestFormat{transship.ManifestInventory, formatGenerated} {
		m.Format = format
		chunks, plan, err := read(t, &Reader{Source: s}, m)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := show(chunks), "photos|b b.jpg|b+b.jpg||\nphotos|a+a.jpg|a%2Ba.jpg||"; got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		if plan != (transship.Plan{Chunks: 1, Tasks: 2, Bytes: 16, ManifestETag: m.ETag}) {
			t.Errorf("plan %+v", plan)
		}
		first := chunks[0].Tasks[0]
		if first.Size != 7 || first.ETag != "e1" || first.StorageClass != "GLACIER_IR" || !first.LastModified.Equal(time.Date(2026, 11, 24, 1, 11, 6, 0, time.UTC)) {
			t.Errorf("task %+v", first)
		}
	}
}

func TestInventoryOfVersions(t *testing.T) {
	// Columns in an order of their own; versions of "a" in two files, their
	// times against the order of the files; a delete marker; a null version.
	s, m := inventoryManifest("Key, VersionId, Bucket, IsDeleteMarker, IsLatest, LastModifiedDate, Size",
		`"a","v3","photos","false","true","2026-11-03T00:00:00.000Z","3"`+"\n"+
			`"b","m1","photos","true","true","2026-11-03T00:00:00.000Z",""`+"\n",
		`"a","v1","photos","false","false","2026-11-01T00:00:00.000Z","1"`+"\n"+
			`"a","v2","photos","false","false","2026-11-02T00:00:00.000Z","2"`+"\n"+
			`"b","","photos","false","false","2026-11-01T00:00:00.000Z","5"`+"\n")
	for _, memory := range []int{0, 1} { // in memory; every row a file of its own
		chunks, plan, err := read(t, &Reader{Source: s, SortBytes: memory}, m)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := show(chunks), "photos|a|a|v1|v1\nphotos|a|a|v2|v2\nphotos|a|a|v3|v3\nphotos|b|b|null|\nphotos|b|b|m1|m1"; got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		if plan.Tasks != 5 || plan.DeleteMarkers != 1 || plan.Bytes != 11 {
			t.Errorf("plan %+v", plan)
		}
		last := chunks[0].Tasks[4]
		if !last.IsDeleteMarker || !last.IsLatest || chunks[0].Tasks[2].Size != 3 || !chunks[0].Tasks[2].IsLatest {
			t.Errorf("tasks %+v", chunks[0].Tasks)
		}
	}
}

func TestVersionsOfOneKeyAreInOrder(t *testing.T) {
	row := func(version, latest, at string) string {
		return fmt.Sprintf("\"photos\",\"k\",%q,%q,%q\n", version, latest, at)
	}
	tests := []struct{ name, rows, want string }{
		{"equal times: the manifest turned round", row("c", "false", "2026-01-01T00:00:00Z") + row("b", "false", "2026-01-01T00:00:00Z") + row("a", "false", "2026-01-01T00:00:00Z"), "abc"},
		{"the current version last, whatever its time", row("c", "true", "2025-01-01T00:00:00Z") + row("b", "false", "2026-01-01T00:00:00Z") + row("a", "false", "2024-01-01T00:00:00Z"), "abc"},
		{"no times: the manifest turned round", row("c", "true", "") + row("b", "false", "") + row("a", "false", ""), "abc"},
		{"one time not known: the manifest turned round", row("c", "true", "2026-01-03T00:00:00Z") + row("b", "false", "") + row("a", "false", "2026-01-09T00:00:00Z"), "abc"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, m := inventoryManifest("Bucket, Key, VersionId, IsLatest, LastModifiedDate", test.rows)
			chunks, _, err := read(t, &Reader{Source: s}, m)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, task := range chunks[0].Tasks {
				got += task.VersionID
			}
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestInventoryFailsTheJob(t *testing.T) {
	const row = `"photos","a","7","2026-11-24T01:11:06.000Z","e1","STANDARD"` + "\n"
	tests := []struct {
		name   string
		text   string
		change func(*store, *transship.Manifest)
		code   transship.FailureCode
		says   string
	}{
		{"when its data files are ORC", row, func(s *store, m *transship.Manifest) { swap(s, m, `"CSV"`, `"ORC"`) }, transship.FailManifestContent, "only CSV"},
		{"when its data files are Parquet", row, func(s *store, m *transship.Manifest) { swap(s, m, `"CSV"`, `"Parquet"`) }, transship.FailManifestContent, "only CSV"},
		{"when it is no inventory", row, func(s *store, m *transship.Manifest) { swap(s, m, `{`, ``) }, transship.FailManifestContent, "lists/manifest.json"},
		{"when a data file may not be read", row, func(s *store, m *transship.Manifest) {
			s.refuse = map[string]error{"data/inv/data/0.csv.gz": &transship.Error{Code: transship.Denied, S3Code: "AccessDenied", Status: 403}}
		}, transship.FailManifestDenied, "Reading the manifest is forbidden: AccessDenied: data file data/inv/data/0.csv.gz"},
		{"when a data file is not there", row, func(s *store, m *transship.Manifest) { delete(s.files, "data/inv/data/0.csv.gz") }, transship.FailManifestContent, "data file data/inv/data/0.csv.gz does not exist"},
		{"when a data file is damaged", row, func(s *store, m *transship.Manifest) { s.files["data/inv/data/0.csv.gz"][15] ^= 1 }, transship.FailManifestContent, "data/inv/data/0.csv.gz: its MD5 is"},
		{"when a row is of another bucket", strings.Replace(row, "photos", "videos", 1), nil, transship.FailManifestContent, `data/inv/data/0.csv.gz: line 1: the bucket is "videos"`},
		{"when a row has a broken key", strings.Replace(row, `"a"`, `"%"`, 1), nil, transship.FailManifestContent, "data/inv/data/0.csv.gz: line 1: the key has a %"},
		{"when a row has too few columns", row + "\"photos\",\"b\"\n", nil, transship.FailManifestContent, "data/inv/data/0.csv.gz: line 2 has 2 columns, not 6"},
		{"when it lists nothing", "", nil, transship.FailManifestContent, "lists no objects"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, m := inventoryManifest(currentSchema, test.text)
			if test.change != nil {
				test.change(s, &m)
			}
			_, _, err := read(t, &Reader{Source: s}, m)
			failure(t, err, test.code, test.says)
		})
	}
}

func TestDataFileThatTheStoreCannotGiveNowIsNoFailureOfTheJob(t *testing.T) {
	s, m := inventoryManifest(currentSchema, `"photos","a","7","2026-11-24T01:11:06.000Z","e1","STANDARD"`+"\n")
	s.refuse = map[string]error{"data/inv/data/0.csv.gz": &transship.Error{Code: transship.Throttled, S3Code: "SlowDown", Status: 503}}
	_, _, err := read(t, &Reader{Source: s}, m)
	if transship.CodeOf(err) != transship.Throttled || !strings.Contains(err.Error(), "data/inv/data/0.csv.gz") {
		t.Errorf("got %v", err)
	}
}

// swap changes the text of the manifest and the ETag that the job names.
func swap(s *store, m *transship.Manifest, old, new string) {
	text := strings.Replace(string(s.files["lists/manifest.json"]), old, new, 1)
	s.files["lists/manifest.json"] = []byte(text)
	m.ETag = etagOf([]byte(text))
}
