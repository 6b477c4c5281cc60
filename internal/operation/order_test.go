package operation

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// dated answers HEAD and lists of versions from a table.
type dated struct {
	Source
	times map[string]time.Time
	list  []string // newest first; nil: denied
}

func (d dated) HeadObject(_ context.Context, g s3call.Get) (s3call.Head, error) {
	at, ok := d.times[g.VersionID]
	if !ok {
		return s3call.Head{}, s3err(404, "NoSuchVersion", "gone")
	}
	return s3call.Head{LastModified: at}, nil
}

func (d dated) ListObjectVersions(context.Context, s3call.ListVersions) (s3call.Page, error) {
	if d.list == nil {
		return s3call.Page{}, s3err(403, "AccessDenied", "Access Denied")
	}
	var page s3call.Page
	for _, v := range d.list {
		page.Objects = append(page.Objects, transship.Object{Key: "k", VersionID: v})
	}
	page.Objects = append(page.Objects, transship.Object{Key: "k2", VersionID: "c"})
	return page, nil
}

func TestVersionsOfACSVManifestAreDoneOldestFirst(t *testing.T) {
	at := func(s int) time.Time { return time.Date(2026, 11, 24, 0, 0, s, 0, time.UTC) }
	for _, test := range []struct {
		name     string
		source   dated
		manifest []string
		want     []string
	}{
		{"whatever the manifest's order", dated{times: map[string]time.Time{"a": at(1), "b": at(2), "c": at(3)}}, []string{"c", "a", "b"}, []string{"a", "b", "c"}},
		{"in one second by the list of versions", dated{times: map[string]time.Time{"a": at(1), "b": at(1), "c": at(1)}, list: []string{"c", "b", "a"}}, []string{"b", "c", "a"}, []string{"a", "b", "c"}},
		{"in one second as they stand, where listing is denied", dated{times: map[string]time.Time{"a": at(1), "b": at(1)}}, []string{"b", "a"}, []string{"b", "a"}},
		{"one that is gone comes first", dated{times: map[string]time.Time{"a": at(1), "b": at(2)}}, []string{"b", "a", "x"}, []string{"x", "a", "b"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCopy(t, newStore(), transship.CopyOperation{}, func(cfg *CopyConfig) { cfg.Source = test.source })
			var tasks []transship.Task
			for _, v := range test.manifest {
				tasks = append(tasks, transship.Task{Bucket: "src", Key: "k", VersionID: v})
			}
			order, err := c.Order(t.Context(), tasks)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, i := range order {
				got = append(got, test.manifest[i])
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestADeleteMarkerThatTheManifestDoesNotTellIsSkipped(t *testing.T) {
	for name, refusal := range map[string]error{
		"CopyObject's words": s3err(400, "InvalidRequest", "The source of a copy request may not specifically refer to a delete marker by version id."),
		"405":                s3err(405, "MethodNotAllowed", "The specified method is not allowed against this resource."),
	} {
		s := newStore()
		s.put("src", "k", "x")
		s.fault = failOn("CopyObject", false, refusal, 1)
		marker := task("k")
		marker.VersionID = "m"
		r, err := newCopy(t, s, transship.CopyOperation{}).Do(t.Context(), marker)
		if err != nil || !r.Succeeded || !r.Skipped || r.Message != skippedMarker {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}
