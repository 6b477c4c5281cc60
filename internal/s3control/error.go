package s3control

import (
	"errors"
	"fmt"
	"strings"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/jobs"
)

// apiError is an answer that refuses: the code as the API spells it.
type apiError struct {
	status  int
	code    string
	message string
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

func badRequest(format string, args ...any) error {
	return &apiError{400, "BadRequestException", fmt.Sprintf(format, args...)}
}

func denied(format string, args ...any) error {
	return &apiError{403, "AccessDenied", fmt.Sprintf(format, args...)}
}

// internal is whether err is a fault of ours, which the log gets in full and
// the caller not at all.
func internal(err error) bool {
	var api *apiError
	if errors.As(err, &api) {
		return false
	}
	switch transship.CodeOf(err) {
	case transship.Internal, transship.Conflict, transship.Damaged, transship.Precondition, transship.Unavailable:
		return true
	}
	return false
}

// answerTo turns an error into what the caller of op is told: the table of
// reference 2.10.
func answerTo(op string, err error) *apiError {
	var api *apiError
	if errors.As(err, &api) {
		if op == "ListJobs" && api.code == "BadRequestException" {
			return &apiError{api.status, "InvalidRequestException", api.message}
		}
		return api
	}
	if errors.Is(err, jobs.ErrPageToken) {
		return &apiError{400, "InvalidNextTokenException", "nextToken is " + jobs.ErrPageToken.Error()}
	}
	message := err.Error()
	if hints := transship.HintsOf(err); len(hints) > 0 {
		message += "; " + strings.Join(hints, "; ")
	}
	switch transship.CodeOf(err) {
	case transship.Invalid:
		if op == "ListJobs" {
			return &apiError{400, "InvalidRequestException", message}
		}
		return &apiError{400, "BadRequestException", message}
	case transship.NotFound:
		return &apiError{404, "NotFoundException", message}
	case transship.Denied:
		return &apiError{403, "AccessDenied", message}
	case transship.IllegalState:
		if op == "UpdateJobStatus" {
			return &apiError{400, "JobStatusException", message}
		}
		// JobStatusException is not among UpdateJobPriority's errors.
		return &apiError{400, "BadRequestException", message}
	case transship.Idempotency:
		return &apiError{400, "IdempotencyException", message}
	case transship.Throttled:
		if op == "ListJobs" {
			return &apiError{503, "SlowDown", "Please reduce your request rate."}
		}
		// 429 and not the published 400, which clients do not retry (reference 1.4).
		return &apiError{429, "TooManyRequestsException", "Request rate exceeded"}
	case transship.Unsupported:
		return &apiError{501, "NotImplemented", message}
	case transship.Unavailable:
		return &apiError{503, "ServiceUnavailable", "The job service cannot be reached for the moment. Please try again."}
	}
	return &apiError{500, "InternalServiceException", "We encountered an internal error. Please try again."}
}
