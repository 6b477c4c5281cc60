package s3

import (
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/transship/transship"
	"github.com/transship/transship/iampolicy"
	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/s3/checksum"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/request"
	"github.com/transship/transship/internal/lab/s3/store"
)

// getObject is GetObject and HeadObject.
func (c *call) getObject() error {
	id, err := c.versionID()
	if err != nil {
		return err
	}
	var v store.Version
	var body io.ReadCloser
	var piece request.Range
	status := http.StatusOK
	for try := 0; ; try++ {
		if v, err = c.readable(c.Target, c.access, id, access.ReadObject(id != "")); err != nil {
			return err
		}
		if err := c.checkRead(&v); err != nil {
			return err
		}
		if piece, status, err = c.piece(&v); err != nil {
			return err
		}
		if c.r.Method == http.MethodHead {
			break
		}
		body, err = c.store.OpenBody(&v, piece.First, piece.Length)
		if err == nil {
			defer body.Close()
			break
		}
		if !store.Gone(err) || try == 5 { // written anew between two looks: take the new one
			return err
		}
	}
	c.objectHeaders(&v)
	h := c.w.Header()
	h.Set("Content-Length", itoa(piece.Length))
	if status == http.StatusPartialContent {
		h.Set("Content-Range", "bytes "+itoa(piece.First)+"-"+itoa(piece.First+piece.Length-1)+"/"+itoa(v.Size))
	}
	c.began = true
	c.w.WriteHeader(status)
	if body == nil {
		return nil
	}
	_, err = c.pump(c.w, body)
	if err != nil && c.r.Context().Err() != nil {
		return nil // the client went away
	}
	return err
}

// readable looks up a version that the caller may read by that action. What
// he hears of one that is not there depends on whether he may list.
func (c *call) readable(t request.Target, b *access.Bucket, id, action string) (store.Version, error) {
	v, err := c.store.Get(t.Bucket, t.Key, id)
	q := question{action: action, bucket: b, key: t.Key}
	if id != "" {
		q.extra = iampolicy.Context{"s3:versionid": {id}}
	}
	if err == nil && !v.Marker {
		q.object = &v
	}
	if refused := c.may(q); refused != nil {
		return v, refused
	}
	if err != nil {
		return v, c.missing(err, b)
	}
	if v.Marker {
		return v, c.markerFault(&v, id, b)
	}
	return v, nil
}

// markerFault is AM-153.
func (c *call) markerFault(v *store.Version, id string, b *access.Bucket) error {
	code := "NoSuchKey"
	if id != "" {
		code = "MethodNotAllowed"
	} else if err := c.missing(&transship.Error{Code: transship.NotFound, S3Code: code, Key: v.Key}, b); reply.From(err).Code != code {
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

// checkRead evaluates conditions and archived classes.
func (c *call) checkRead(v *store.Version) error {
	if err := request.ParseConditions(c.header, "").Check(v.ETag, v.Modified); err != nil {
		f := reply.From(err)
		if f.Status == http.StatusNotModified {
			f.Header = http.Header{"ETag": {`"` + v.ETag + `"`}, "Last-Modified": {v.Modified.Format(http.TimeFormat)}}
		}
		return f
	}
	if c.r.Method == http.MethodGet && request.Archived(v.StorageClass) {
		return reply.New("InvalidObjectState").With("StorageClass", v.StorageClass)
	}
	return nil
}

// piece is the part of the body that Range or partNumber asks for.
func (c *call) piece(v *store.Version) (request.Range, int, error) {
	whole := request.Range{Length: v.Size}
	if n := c.query.Get("partNumber"); n != "" {
		if c.header.Get("Range") != "" {
			return whole, 0, reply.Say("InvalidRequest", "Cannot specify both Range header and partNumber query parameter")
		}
		return c.part(v, n)
	}
	r, ok, err := request.ParseRange(c.header.Get("Range"), v.Size)
	if err != nil {
		f := reply.From(err)
		f.Header = http.Header{"Content-Range": {"bytes */" + itoa(v.Size)}}
		return whole, 0, f
	}
	if !ok {
		return whole, http.StatusOK, nil
	}
	return r, http.StatusPartialContent, nil
}

func (c *call) part(v *store.Version, number string) (request.Range, int, error) {
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > 10_000 {
		return request.Range{}, 0, reply.Argument("partNumber", number, "Part number must be an integer between 1 and 10000, inclusive")
	}
	if len(v.Parts) == 0 && n == 1 {
		if v.Size == 0 {
			return request.Range{}, http.StatusOK, nil
		}
		return request.Range{Length: v.Size}, http.StatusPartialContent, nil
	}
	if n > len(v.Parts) {
		return request.Range{}, 0, reply.New("InvalidPartNumber").With("ActualPartCount", strconv.Itoa(max(1, len(v.Parts)))).With("PartNumberRequested", number)
	}
	var r request.Range
	for _, p := range v.Parts[:n-1] {
		r.First += p.Size
	}
	r.Length = v.Parts[n-1].Size
	c.w.Header().Set("X-Amz-Mp-Parts-Count", strconv.Itoa(len(v.Parts)))
	if r.Length == 0 {
		return r, http.StatusOK, nil
	}
	return r, http.StatusPartialContent, nil
}

// objectHeaders writes what is known of an object.
func (c *call) objectHeaders(v *store.Version) {
	h := c.w.Header()
	set := func(name, value string) {
		if value != "" {
			h.Set(name, value)
		}
	}
	a := &v.Attributes
	set("Content-Type", a.ContentType)
	if a.ContentType == "" {
		h.Set("Content-Type", "binary/octet-stream")
	}
	set("Cache-Control", a.CacheControl)
	set("Content-Disposition", a.ContentDisposition)
	set("Content-Encoding", a.ContentEncoding)
	set("Content-Language", a.ContentLanguage)
	set("Expires", a.Expires)
	set("X-Amz-Website-Redirect-Location", a.RedirectLocation)
	if !c.caller.Anonymous() {
		for _, name := range []string{"Content-Type", "Content-Language", "Expires", "Cache-Control", "Content-Disposition", "Content-Encoding"} {
			set(name, c.query.Get("response-"+strings.ToLower(name)))
		}
	}
	h.Set("Accept-Ranges", "bytes")
	h.Set("ETag", `"`+v.ETag+`"`)
	h.Set("Last-Modified", v.Modified.Format(http.TimeFormat))
	for name, value := range a.UserMetadata {
		h["X-Amz-Meta-"+name] = []string{headerText(value)}
	}
	if v.StorageClass != "" && v.StorageClass != "STANDARD" {
		h.Set("X-Amz-Storage-Class", v.StorageClass)
	}
	c.encryptionHeader()
	c.versionHeader(v.ID)
	if len(v.Tags) > 0 && c.mayReadTags(v) {
		h.Set("X-Amz-Tagging-Count", strconv.Itoa(len(v.Tags)))
	}
	ranged := h.Get("Content-Range") != "" || c.header.Get("Range") != "" || c.query.Get("partNumber") != ""
	if strings.EqualFold(c.header.Get("X-Amz-Checksum-Mode"), "ENABLED") && v.Checksum != "" && !ranged {
		h.Set(checksum.Header(v.ChecksumAlgo), v.Checksum)
		h.Set("X-Amz-Checksum-Type", v.ChecksumType)
	}
}

// mayReadTags: the count of tags is told to those who may read them.
func (c *call) mayReadTags(v *store.Version) bool {
	return c.decide(question{action: access.ReadTags(c.query.Has("versionId")), bucket: c.access, key: c.Key, object: v}).Allowed
}

// headerText is a value that a header can carry: S3 gives others in the form
// of RFC 2047.
func headerText(s string) string {
	for i := range len(s) {
		if s[i] < 0x20 && s[i] != '\t' || s[i] >= 0x7f {
			return encodedWord(s)
		}
	}
	return s
}
