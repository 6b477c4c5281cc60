package answer

import (
	"bytes"

	"github.com/transship/transship/internal/s3call"
)

// UploadID reads the id of an upload that was begun.
func (q *Call) UploadID(body []byte) (id string, err error) {
	root := "InitiateMultipartUploadResult"
	if bytes.Contains(body, []byte("<InitiateMultipartUpload>")) { // rclone 1.76; SDKs do not look at the name
		root = "InitiateMultipartUpload"
	}
	err = q.document(body, root, func(parent, name string, text []byte) error {
		if parent == root && name == "UploadId" {
			id = string(text)
		}
		return nil
	})
	if err == nil && id == "" {
		err = q.Damaged("the store's answer names no upload")
	}
	return id, err
}

// Uploads reads a page of open uploads. next is where the next page begins,
// and zero after the last one.
func (q *Call) Uploads(body []byte) (page []s3call.PendingUpload, next s3call.Upload, err error) {
	const root = "ListMultipartUploadsResult"
	var u s3call.PendingUpload
	truncated, encoded := false, false
	err = q.document(body, root, func(parent, name string, text []byte) error {
		switch {
		case parent == "Upload" && name == "Key":
			u.Key = string(text)
		case parent == "Upload" && name == "UploadId":
			u.ID = string(text)
		case parent == "Upload" && name == "Initiated":
			u.Initiated = isoTime(text)
		case parent == root && name == "Upload":
			u.Bucket = q.Bucket
			page, u = append(page, u), s3call.PendingUpload{}
		case parent == root && name == "NextKeyMarker":
			next.Key = string(text)
		case parent == root && name == "NextUploadIdMarker":
			next.ID = string(text)
		case parent == root && name == "IsTruncated":
			truncated = string(text) == "true"
		case parent == root && name == "EncodingType":
			encoded = string(text) == "url"
		}
		return nil
	})
	if err != nil {
		return page, next, err
	}
	if !truncated {
		next = s3call.Upload{}
	} else if next.Key == "" {
		return page, next, q.Damaged("the store's listing is not complete and does not say where it goes on")
	}
	if encoded {
		for i := range page {
			if page[i].Key, err = decoded(page[i].Key); err != nil {
				return page, next, q.Damaged("the store's listing holds a key that is not URL-encoded")
			}
		}
		if next.Key, err = decoded(next.Key); err != nil {
			return page, next, q.Damaged("the store's listing holds a key that is not URL-encoded")
		}
	}
	return page, next, nil
}
