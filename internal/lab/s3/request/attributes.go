package request

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/transship/transship/internal/lab/s3/reply"
	"github.com/transship/transship/internal/s3call"
	"github.com/transship/transship/internal/sigv4"
)

const (
	metaPrefix  = "X-Amz-Meta-"
	maxMetadata = 2 << 10 // bytes of names and values together
)

// ParseAttributes reads what a write says about the object. The storage class
// is checked; encryption other than S3's own keys is not there and says so.
func ParseAttributes(h http.Header) (s3call.Attributes, error) {
	a := s3call.Attributes{
		CacheControl:       h.Get("Cache-Control"),
		ContentDisposition: h.Get("Content-Disposition"),
		ContentEncoding:    sigv4.ContentEncoding(strings.Join(h.Values("Content-Encoding"), ",")),
		ContentLanguage:    h.Get("Content-Language"),
		ContentType:        h.Get("Content-Type"),
		Expires:            h.Get("Expires"),
		RedirectLocation:   h.Get("X-Amz-Website-Redirect-Location"),
		StorageClass:       h.Get("X-Amz-Storage-Class"),
		SSE:                h.Get("X-Amz-Server-Side-Encryption"),
	}
	if err := checkEncryption(h, a.SSE); err != nil {
		return a, err
	}
	if a.StorageClass != "" && !slices.Contains(storageClasses(), a.StorageClass) {
		return a, reply.New("InvalidStorageClass").With("StorageClassRequested", a.StorageClass)
	}
	if r := a.RedirectLocation; r != "" && !strings.HasPrefix(r, "/") && !strings.HasPrefix(r, "http://") && !strings.HasPrefix(r, "https://") {
		return a, reply.Say("InvalidRedirectLocation", "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.")
	}
	for _, name := range []string{"X-Amz-Object-Lock-Mode", "X-Amz-Object-Lock-Retain-Until-Date", "X-Amz-Object-Lock-Legal-Hold"} {
		if h.Get(name) != "" {
			return a, reply.Say("InvalidRequest", "Bucket is missing Object Lock Configuration")
		}
	}
	var err error
	a.UserMetadata, err = parseMetadata(h)
	return a, err
}

func storageClasses() []string {
	return []string{"STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER", "DEEP_ARCHIVE", "GLACIER_IR"}
}

// Archived reports whether an object of that class must be restored before it
// is read.
func Archived(storageClass string) bool {
	return storageClass == "GLACIER" || storageClass == "DEEP_ARCHIVE"
}

func checkEncryption(h http.Header, sse string) error {
	for _, name := range []string{"X-Amz-Server-Side-Encryption-Customer-Algorithm", "X-Amz-Copy-Source-Server-Side-Encryption-Customer-Algorithm"} {
		if h.Get(name) != "" {
			return reply.Say("NotImplemented", "Server-side encryption with customer-provided keys (SSE-C) is not implemented.")
		}
	}
	switch sse {
	case "", "AES256":
		if h.Get("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id") != "" {
			return reply.Argument("x-amz-server-side-encryption", sse, "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms")
		}
		return nil
	case "aws:kms", "aws:kms:dsse":
		return reply.Say("NotImplemented", "Server-side encryption with KMS keys ("+sse+") is not implemented.")
	}
	return reply.Argument("x-amz-server-side-encryption", sse, "The encryption method specified is not supported")
}

func parseMetadata(h http.Header) (map[string]string, error) {
	var m map[string]string
	total := 0
	for name, values := range h {
		if len(name) <= len(metaPrefix) || !strings.EqualFold(name[:len(metaPrefix)], metaPrefix) {
			continue
		}
		if m == nil {
			m = map[string]string{}
		}
		name = strings.ToLower(name[len(metaPrefix):])
		value := strings.Join(values, ",")
		if !utf8.ValidString(value) { // sent as Latin-1
			value = latin1(value)
		}
		m[name] = value
		total += len(name) + len(value)
	}
	if total > maxMetadata {
		return nil, reply.New("MetadataTooLarge").With("Size", strconv.Itoa(total)).With("MaxSizeAllowed", strconv.Itoa(maxMetadata))
	}
	return m, nil
}

func latin1(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}
