package answer

import (
	"strings"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// Copied reads the document that ends a copy or a multipart upload, whose root
// is want, into w and, unless it is nil, modified. Where the document is not
// whole the outcome is unknown: code Unavailable, Status 0.
func (q *Call) Copied(body []byte, want string, w *s3call.Written, modified *time.Time) error {
	root, kind := "", ""
	err := elements(body, &root, func(parent, name string, text []byte) {
		if parent != want {
			return
		}
		switch name {
		case "ETag":
			w.ETag = Unquoted(string(text))
		case "LastModified":
			if modified != nil {
				*modified = isoTime(text)
			}
		case "ChecksumType":
			kind = string(text)
		default:
			if alg, ok := strings.CutPrefix(name, "Checksum"); ok && len(text) > 0 {
				if c, ok := readChecksum("x-amz-checksum-"+strings.ToLower(alg), string(text)); ok {
					w.Checksum = c
				}
			}
		}
	})
	if err == nil && root == "Error" {
		if inside := q.inside(body); inside != nil {
			return inside
		}
	}
	if err != nil || root != want || w.ETag == "" {
		return &transship.Error{Code: transship.Unavailable, Op: q.Op, Bucket: q.Bucket, Key: q.Key,
			Message: "the store's answer is not a whole " + want + "; whether the object was written is not known"}
	}
	if w.Checksum.Value != "" {
		w.Checksum.Type = checksumType(w.Checksum.Value, kind)
	}
	return nil
}
