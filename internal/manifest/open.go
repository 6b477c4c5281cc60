package manifest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/inventory"
	"github.com/transship/transship/internal/s3call"
)

// open gets the manifest, checked against the ETag that the job names.
func (r *Reader) open(ctx context.Context, m transship.Manifest) (*input, error) {
	bucket, key, err := transship.ObjectFromARN(m.ObjectARN)
	if err != nil {
		return nil, &transship.JobFailure{Code: transship.FailManifestNotFound, Reason: "Manifest location: " + err.Error(), Err: err}
	}
	want := plainETag(m.ETag)
	get := s3call.Get{Ref: s3call.Ref{Bucket: bucket, Key: key, VersionID: m.ObjectVersionID}, IfMatch: strings.ToLower(want)}
	if want == "" {
		return nil, &transship.JobFailure{Code: transship.FailManifestETag,
			Reason: fmt.Sprintf("The job names no ETag of the manifest %s/%s", bucket, key)}
	}
	in, err := r.openAs(ctx, m, get)
	var refusal *transship.Error
	if errors.As(err, &refusal) && unmet(refusal) {
		var actual string
		if actual, err = r.actualETag(ctx, get); err != nil {
			return nil, r.unopened(get, err)
		}
		if !strings.EqualFold(actual, want) {
			return nil, mismatch(get, want, actual)
		}
		get.IfMatch = actual // a store whose ETags are not in lower case
		in, err = r.openAs(ctx, m, get)
	}
	if err != nil {
		return nil, r.unopened(get, err)
	}
	// Not every store honours If-Match.
	if !strings.EqualFold(in.etag, want) {
		in.close()
		return nil, mismatch(get, want, in.etag)
	}
	return in, nil
}

func (r *Reader) openAs(ctx context.Context, m transship.Manifest, get s3call.Get) (*input, error) {
	switch m.Format {
	case transship.ManifestCSV:
		return r.openCSV(ctx, m, get)
	case transship.ManifestInventory, formatGenerated:
		return r.openInventory(ctx, get)
	}
	return nil, &transship.JobFailure{Code: transship.FailManifestContent,
		Reason: fmt.Sprintf("Manifest format %q is not known", m.Format)}
}

// actualETag asks for the manifest without a condition.
func (r *Reader) actualETag(ctx context.Context, get s3call.Get) (string, error) {
	get.IfMatch = ""
	body, err := r.Source.GetObject(ctx, get)
	if err != nil {
		return "", err
	}
	return plainETag(body.ETag), body.Close()
}

// unopened says why the manifest could not be had: a JobFailure where asking
// again changes nothing, else the error itself.
func (r *Reader) unopened(get s3call.Get, err error) error {
	var failure *transship.JobFailure
	if errors.As(err, &failure) {
		return err
	}
	name := get.Bucket + "/" + get.Key
	if get.VersionID != "" {
		name += " (version " + get.VersionID + ")"
	}
	var e *transship.Error
	if !errors.As(err, &e) {
		return &transship.Error{Code: transship.Unavailable, Op: "read the manifest", Bucket: get.Bucket, Key: get.Key, Err: err}
	}
	switch {
	case e.Code == transship.Damaged || e.Code == transship.Unsupported:
		return content(err.Error())
	case e.Code == transship.NotFound || e.Status == http.StatusNotFound,
		e.Status == http.StatusMethodNotAllowed, // the version is a delete marker
		e.Status == http.StatusBadRequest && get.VersionID != "" && (e.S3Code == "InvalidArgument" || e.S3Code == "NoSuchVersion"):
		return &transship.JobFailure{Code: transship.FailManifestNotFound, Err: err,
			Reason: fmt.Sprintf("The manifest does not exist: %s: %s", codeOr(e, "NoSuchKey"), name)}
	case e.Code == transship.Denied || e.Status == http.StatusForbidden:
		return &transship.JobFailure{Code: transship.FailManifestDenied, Err: err,
			Reason: fmt.Sprintf("Reading the manifest is forbidden: %s: %s", codeOr(e, "AccessDenied"), name)}
	case unreadableForGood(e):
		return &transship.JobFailure{Code: transship.FailManifestDenied, Err: err,
			Reason: fmt.Sprintf("The store refuses to give the manifest %s: %s: %s", name, e.S3Code, e.Message)}
	}
	return &transship.Error{Code: e.Code, Op: "read the manifest", Bucket: get.Bucket, Key: get.Key, Err: err}
}

// unreadableForGood reports whether an object cannot be had by a plain GET, as
// one that is encrypted with the customer's key.
func unreadableForGood(e *transship.Error) bool {
	return e.Status == http.StatusBadRequest && e.S3Code == "InvalidRequest"
}

// unreadable says why a data file of an inventory could not be read.
func unreadable(err error) error {
	var e *transship.Error
	if !errors.As(err, &e) {
		return err
	}
	// The outermost error names the data file; the store's own is below it.
	name, store := e.Bucket+"/"+e.Key, e
	for errors.As(store.Err, &store) {
	}
	switch {
	case e.Code == transship.Denied || store.Status == http.StatusForbidden:
		return &transship.JobFailure{Code: transship.FailManifestDenied, Err: err,
			Reason: fmt.Sprintf("Reading the manifest is forbidden: %s: data file %s", codeOr(store, "AccessDenied"), name)}
	case e.Code == transship.NotFound || store.Status == http.StatusNotFound:
		return content(fmt.Sprintf("data file %s does not exist (%s)", name, codeOr(store, "NoSuchKey")))
	case unreadableForGood(store):
		return &transship.JobFailure{Code: transship.FailManifestDenied, Err: err,
			Reason: fmt.Sprintf("The store refuses to give the data file %s: %s: %s", name, store.S3Code, store.Message)}
	case e.Code == transship.Damaged:
		return content(err.Error())
	}
	return err
}

func unmet(e *transship.Error) bool {
	return e.Code == transship.Precondition || e.Status == http.StatusPreconditionFailed
}

func mismatch(get s3call.Get, want, actual string) error {
	return &transship.JobFailure{Code: transship.FailManifestETag,
		Reason: fmt.Sprintf("ETag mismatch of the manifest %s/%s: expected %s, actual %s", get.Bucket, get.Key, want, actual)}
}

// content is the failure of a manifest that is not what it should be.
func content(reason string) error {
	return &transship.JobFailure{Code: transship.FailManifestContent, Reason: "Invalid Manifest Content: " + reason}
}

func codeOr(e *transship.Error, code string) string {
	if e.S3Code != "" {
		return e.S3Code
	}
	return code
}

// plainETag is an ETag without the quotes.
func plainETag(s string) string { return strings.Trim(s, `"`) }

var _ inventory.Getter = Source(nil)
