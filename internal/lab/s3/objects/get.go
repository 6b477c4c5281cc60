package objects

import (
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/lab/s3/call"
	"github.com/transship/transship/internal/lab/s3/checksum"
	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/lab/s3/request"
	"github.com/transship/transship/internal/lab/s3/store"
)

// Get is GetObject and HeadObject.
func Get(c *call.Call) error {
	id, err := c.VersionID()
	if err != nil {
		return err
	}
	var v store.Version
	var body io.ReadCloser
	var piece request.Range
	status := http.StatusOK
	for try := 0; ; try++ {
		if v, err = c.Readable(c.Target, c.Access, id, access.ReadObject(id != "")); err != nil {
			return err
		}
		if err := checkRead(c, &v); err != nil {
			return err
		}
		if piece, status, err = pieceOf(c, &v); err != nil {
			return err
		}
		if c.R.Method == http.MethodHead {
			break
		}
		body, err = c.Store.OpenBody(&v, piece.First, piece.Length)
		if err == nil {
			defer body.Close()
			break
		}
		if !store.Gone(err) || try == 5 { // written anew between two looks: take the new one
			return err
		}
	}
	objectHeaders(c, &v)
	h := c.W.Header()
	h.Set("Content-Length", call.Itoa(piece.Length))
	if status == http.StatusPartialContent {
		h.Set("Content-Range", "bytes "+call.Itoa(piece.First)+"-"+call.Itoa(piece.First+piece.Length-1)+"/"+call.Itoa(v.Size))
	}
	c.Began()
	c.W.WriteHeader(status)
	if body == nil {
		return nil
	}
	_, err = c.Pump(c.W, body)
	if err != nil && c.R.Context().Err() != nil {
		return nil // the client went away
	}
	return err
}

// checkRead evaluates conditions and archived classes.
func checkRead(c *call.Call, v *store.Version) error {
	if err := request.ParseConditions(c.Header, "").Check(v.ETag, v.Modified); err != nil {
		f := reply.From(err)
		if f.Status == http.StatusNotModified {
			f.Header = http.Header{"ETag": {`"` + v.ETag + `"`}, "Last-Modified": {v.Modified.Format(http.TimeFormat)}}
		}
		return f
	}
	if c.R.Method == http.MethodGet && request.Archived(v.StorageClass) {
		return reply.New("InvalidObjectState").With("StorageClass", v.StorageClass)
	}
	return nil
}

// pieceOf is the part of the body that Range or partNumber asks for.
func pieceOf(c *call.Call, v *store.Version) (request.Range, int, error) {
	whole := request.Range{Length: v.Size}
	if n := c.Query.Get("partNumber"); n != "" {
		if c.Header.Get("Range") != "" {
			return whole, 0, reply.Say("InvalidRequest", "Cannot specify both Range header and partNumber query parameter")
		}
		return part(c, v, n)
	}
	r, ok, err := request.ParseRange(c.Header.Get("Range"), v.Size)
	if err != nil {
		f := reply.From(err)
		f.Header = http.Header{"Content-Range": {"bytes */" + call.Itoa(v.Size)}}
		return whole, 0, f
	}
	if !ok {
		return whole, http.StatusOK, nil
	}
	return r, http.StatusPartialContent, nil
}

func part(c *call.Call, v *store.Version, number string) (request.Range, int, error) {
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
	c.W.Header().Set("X-Amz-Mp-Parts-Count", strconv.Itoa(len(v.Parts)))
	if r.Length == 0 {
		return r, http.StatusOK, nil
	}
	return r, http.StatusPartialContent, nil
}

// objectHeaders writes what is known of an object.
func objectHeaders(c *call.Call, v *store.Version) {
	h := c.W.Header()
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
	if !c.Caller.Anonymous() {
		for _, name := range []string{"Content-Type", "Content-Language", "Expires", "Cache-Control", "Content-Disposition", "Content-Encoding"} {
			set(name, c.Query.Get("response-"+strings.ToLower(name)))
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
	c.EncryptionHeader()
	c.VersionHeader(v.ID)
	if len(v.Tags) > 0 && mayReadTags(c, v) {
		h.Set("X-Amz-Tagging-Count", strconv.Itoa(len(v.Tags)))
	}
	ranged := h.Get("Content-Range") != "" || c.Header.Get("Range") != "" || c.Query.Get("partNumber") != ""
	if strings.EqualFold(c.Header.Get("X-Amz-Checksum-Mode"), "ENABLED") && v.Checksum != "" && !ranged {
		h.Set(checksum.Header(v.ChecksumAlgo), v.Checksum)
		h.Set("X-Amz-Checksum-Type", v.ChecksumType)
	}
}

// mayReadTags: the count of tags is told to those who may read them.
func mayReadTags(c *call.Call, v *store.Version) bool {
	return c.Decide(call.Question{Action: access.ReadTags(c.Query.Has("versionId")), Bucket: c.Access, Key: c.Key, Object: v}).Allowed
}

// headerText is a value that a header can carry: S3 gives others in the form
// of RFC 2047.
func headerText(s string) string {
	for i := range len(s) {
		if s[i] < 0x20 && s[i] != '\t' || s[i] >= 0x7f {
			return mime.BEncoding.Encode("UTF-8", s)
		}
	}
	return s
}
