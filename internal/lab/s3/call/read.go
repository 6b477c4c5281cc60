package call

import (
	"net/http"

	"github.com/transship/transship"
	"github.com/transship/transship/iampolicy"
	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/request"
	"github.com/transship/transship/internal/lab/s3/store"
)

// Readable looks up a version that the caller may read by that action. What
// he hears of one that is not there depends on whether he may list.
func (c *Call) Readable(t request.Target, b *access.Bucket, id, action string) (store.Version, error) {
	v, err := c.Store.Get(t.Bucket, t.Key, id)
	q := Question{Action: action, Bucket: b, Key: t.Key}
	if id != "" {
		q.Extra = iampolicy.Context{"s3:versionid": {id}}
	}
	if err == nil && !v.Marker {
		q.Object = &v
	}
	if refused := c.May(q); refused != nil {
		return v, refused
	}
	if err != nil {
		return v, c.Missing(err, b)
	}
	if v.Marker {
		return v, c.markerFault(&v, id, b)
	}
	return v, nil
}

// markerFault is AM-153.
func (c *Call) markerFault(v *store.Version, id string, b *access.Bucket) error {
	code := "NoSuchKey"
	if id != "" {
		code = "MethodNotAllowed"
	} else if err := c.Missing(&transship.Error{Code: transship.NotFound, S3Code: code, Key: v.Key}, b); reply.From(err).Code != code {
		return err
	}
	f := reply.New(code).With("Key", v.Key)
	f.Header = http.Header{"X-Amz-Delete-Marker": {"true"}, "X-Amz-Version-Id": {v.ID}}
	if id != "" {
		f.Header.Set("Last-Modified", v.Modified.Format(http.TimeFormat))
		f.Header.Set("Allow", "DELETE")
	}
	return f
}
