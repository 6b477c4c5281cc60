package operation

import (
	"testing"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

func TestASourceThatChangedSinceItWasListedIsRefusedWhereTheJobAsksForIt(t *testing.T) {
	for _, way := range []struct {
		name string
		spec transship.CopyOperation
		size string
	}{
		{"in one request", transship.CopyOperation{IfMatch: true}, "small"},
		{"through this process", transship.CopyOperation{IfMatch: true, Stream: true}, "small"},
	} {
		t.Run(way.name, func(t *testing.T) {
			s := newStore()
			s.put("src", "k", way.size)
			listed := task("k")
			head, err := s.HeadObject(t.Context(), s3call.Get{Ref: s3call.Ref{Bucket: "src", Key: "k"}})
			if err != nil {
				t.Fatal(err)
			}
			listed.ETag = head.ETag
			r, err := newCopy(t, s, way.spec).Do(t.Context(), listed)
			mustSucceed(t, r, err)
			s.put("src", "k", way.size+" and changed")
			r, err = newCopy(t, s, way.spec).Do(t.Context(), listed)
			if err != nil || r.Succeeded || r.HTTPStatus != 412 || r.ErrorCode != "PreconditionFailed" {
				t.Errorf("got %+v, %v", r, err)
			}
			way.spec.IfMatch = false // AWS copies what is there when the task runs
			r, err = newCopy(t, s, way.spec).Do(t.Context(), listed)
			mustSucceed(t, r, err)
		})
	}
}
