package operation

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// Codes of rows that no store answered.
const (
	codePrecondition = "PreconditionFailed"
	codeBadDigest    = "BadDigest"
	codeTooLarge     = "EntityTooLarge"
)

// Words in a row's message.
const (
	skippedMarker = "skipped: delete marker"
	skippedEqual  = "skipped: an equal object is already there"
	skippedAlike  = "skipped: an object of the same size and metadata, and not older, is already there"
	existsOther   = "another object is already there"
	sourceChanged = "the source changed while it was copied in parts; nothing was written"
)

// row begins the result of a task.
func row(task transship.Task) transship.Result {
	return transship.Result{Bucket: task.Bucket, RawKey: task.RawKey, RawVersion: task.RawVersion}
}

// succeeded is the result of a task that left w at the destination.
func succeeded(task transship.Task, w s3call.Written, size int64) transship.Result {
	r := row(task)
	r.Succeeded, r.HTTPStatus = true, 200
	r.ETag, r.VersionID, r.Checksum = w.ETag, w.VersionID, w.Checksum
	r.Size = max(size, 0)
	return r
}

// failed is the result of a task that ended with a definite answer.
func failed(task transship.Task, status int, code, message string) transship.Result {
	r := row(task)
	r.HTTPStatus, r.ErrorCode, r.Message = status, code, message
	return r
}

// conclude turns the error of a call into a failed row if it is final, and
// hands it on otherwise.
func (c *Copy) conclude(ctx context.Context, task transship.Task, err error) (transship.Result, error) {
	var final *finalError
	if errors.As(err, &final) {
		return failed(task, final.status, final.code, final.message), nil
	}
	var e *transship.Error
	if classify(err) != refused || !errors.As(err, &e) {
		return transship.Result{}, c.unknown(ctx, task, err)
	}
	if task.VersionID != "" && isMarker(e) {
		r := succeeded(task, s3call.Written{}, 0)
		r.Skipped, r.Message = true, skippedMarker
		return r, nil
	}
	status, code, message := e.Status, e.S3Code, e.Message
	if status == 0 {
		status = 400
	}
	if code == "" || code == "NotFound" || code == "Forbidden" { // a HEAD has no body to say it in
		code = codeOf(status, task.VersionID)
	}
	if message == "" {
		message = fmt.Sprintf("the store answered %d %s", status, code)
	}
	return failed(task, status, code, message), nil
}

// isMarker reports whether a store refused to read a version because it is a
// delete marker (AM-153: GET and HEAD answer 405; CopyObject 400 InvalidRequest).
func isMarker(e *transship.Error) bool {
	return e.Status == 405 || e.Status == 400 && e.S3Code == "InvalidRequest" && strings.Contains(e.Message, "delete marker")
}

// unknown is the error of a task that has no result. It keeps the store's last
// answer, if there was one.
func (c *Copy) unknown(ctx context.Context, task transship.Task, err error) error {
	told := transship.Error{Err: err}
	var e *transship.Error
	if errors.As(err, &e) {
		if e.Key == task.Key && strings.HasPrefix(e.Op, "copy") {
			return err // said before
		}
		told = *e
	}
	if told.Op != "" {
		told.Op = " (" + told.Op + ")"
	}
	told.Op, told.Bucket, told.Key = "copy"+told.Op, task.Bucket, task.Key
	if told.Code != transship.Throttled {
		told.Code = transship.Unavailable
	}
	if ctx.Err() != nil {
		told.Err = errors.Join(ctx.Err(), told.Err)
	}
	return &told
}

// codeOf names a status for which the store gave no code: a HEAD has no body.
func codeOf(status int, version string) string {
	switch {
	case status == 404 && version != "":
		return "NoSuchVersion"
	case status == 404:
		return "NoSuchKey"
	case status == 403:
		return "AccessDenied"
	case status == 412:
		return codePrecondition
	case status == 405:
		return "MethodNotAllowed"
	}
	return "InvalidRequest"
}

// finalError is a definite failure that no store answered: a condition that we
// checked, a digest that does not agree.
type finalError struct {
	status        int
	code, message string
}

func (e *finalError) Error() string { return e.code + ": " + e.message }

// s3Status is the status of the store's answer in err, 0 without one.
func s3Status(err error) int {
	var e *transship.Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

// s3Code is the store's code in err.
func s3Code(err error) string {
	var e *transship.Error
	if errors.As(err, &e) {
		return e.S3Code
	}
	return ""
}
