package record

import (
	"reflect"
	"testing"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

func fullVersion() Version {
	v := Version{ID: ID{1, 2, 3}.String(), Size: 5 << 40, ETag: "e-2", Modified: time.Unix(1, 5).UTC(), Owner: "111111111111",
		StorageClass: "GLACIER", ChecksumAlgo: "CRC32", ChecksumType: "COMPOSITE"}
	v.Detail = Detail{Checksum: "c-2", ACL: "private", Tags: []transship.Tag{{Key: "a", Value: ""}, {Key: "b", Value: "ü"}},
		Parts:    []PartSize{{1, 5 << 20, "x"}, {9, 1, ""}},
		Segments: []Segment{{BodyID{1}, 5 << 20, false}, {BodyID{2}, 1, true}},
		Attributes: s3call.Attributes{CacheControl: "1", ContentDisposition: "2", ContentEncoding: "3", ContentLanguage: "4", ContentType: "5",
			Expires: "6", RedirectLocation: "/7", SSE: "AES256", UserMetadata: map[string]string{"k": "v", "empty": ""}}}
	return v
}

func TestAVersionComesBackWhole(t *testing.T) {
	want := fullVersion()
	var got Version
	if err := got.Decode(want.Encode(), true, &Version{}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
}

func FuzzDecode(f *testing.F) {
	v := fullVersion()
	f.Add(v.Encode())
	u := Upload{ID: ID{1}, Owner: "1", Detail: v.Detail}
	f.Add(u.Encode())
	f.Add([]byte{1, 200, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		var v Version
		v.Decode(b, true, &Version{})
		var u Upload
		u.Decode(b)
		var p Part
		p.Decode(b)
		var k Bucket
		k.Decode(b)
		Split(b, 1)
		if id, ok := ParseID(string(b)); ok && id.String() != string(b) {
			t.Errorf("the id %q comes back as %q", b, id)
		}
	})
}
