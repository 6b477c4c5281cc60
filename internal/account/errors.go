package account

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/transship/transship"
)

// Translate turns an error of the SDK into ours: what was being done, as whom,
// the service's code and status, and what to do next. Nil stays nil; an error
// of ours stays as it is.
func (a *Account) Translate(op string, err error) error { return translate(op, a.label, err) }

func translate(op, label string, err error) error {
	if err == nil {
		return nil
	}
	var ours *transship.Error
	if errors.As(err, &ours) {
		return err
	}
	e := &transship.Error{Op: op, Account: label, Code: transship.Unavailable}
	var noProfile config.SharedConfigProfileNotExistError
	var sso *ssocreds.InvalidTokenError
	var api smithy.APIError
	var response *smithyhttp.ResponseError
	var operation *smithy.OperationError
	if errors.As(err, &response) && response.Response != nil {
		e.Status = response.HTTPStatusCode()
	}
	switch {
	case errors.As(err, &noProfile):
		e.Code = transship.Invalid
		e.Message = fmt.Sprintf("there is no profile %q in the AWS config and credentials files", noProfile.Profile)
		e.Hint = "list profiles with: aws configure list-profiles (AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name other files)"
	case errors.As(err, &sso):
		return noCredentials(label, err)
	case errors.As(err, &api):
		e.S3Code, e.Message = api.ErrorCode(), api.ErrorMessage()
		e.Code = codeOf(e.Status, e.S3Code)
		e.Hint = hintOf(e.S3Code, label)
	case isCredentials(err):
		return noCredentials(label, err)
	case errors.As(err, &operation):
		e.Err = operation.Unwrap()
	case strings.HasPrefix(op, "load "):
		e.Code, e.Err = transship.Invalid, err
	default:
		e.Err = err
	}
	return e
}

// translateCredentials is for what a credentials provider answers.
func translateCredentials(label, profile string, err error) error {
	var ours *transship.Error
	if errors.As(err, &ours) {
		return ours
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		return translate("get credentials", label, err)
	}
	return noCredentials(profile, err)
}

// isCredentials reports whether signing failed for want of credentials. The
// SDK has no type for it.
func isCredentials(err error) bool {
	s := err.Error()
	return strings.Contains(s, "failed to refresh cached credentials") || strings.Contains(s, "get credentials") ||
		strings.Contains(s, "failed to retrieve credentials") || strings.Contains(s, "static credentials are empty")
}

func noCredentials(profile string, err error) error {
	e := &transship.Error{Code: transship.Denied, Op: "get credentials", Account: profile, Message: "none found", Err: shorten(err)}
	name := ""
	if profile != "" {
		name = " --profile " + profile
	}
	e.Hint = "run: aws configure" + name + ", or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile that has credentials"
	if text := fmt.Sprint(err); strings.Contains(strings.ToLower(text), "sso") {
		e.Message = "the SSO session has ended or was never begun"
		e.Hint = "run: aws sso login" + name
	}
	return e
}

// shorten leaves the SDK's layers away: the innermost says what was wrong.
func shorten(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

func codeOf(status int, code string) transship.Code {
	switch {
	case strings.Contains(code, "Throttl") || code == "SlowDown" || status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
		return transship.Throttled
	case status == http.StatusForbidden || status == http.StatusUnauthorized, code == "ExpiredToken", code == "InvalidToken":
		return transship.Denied
	case status == http.StatusNotFound:
		return transship.NotFound
	case status == http.StatusConflict:
		return transship.Conflict
	case status == http.StatusPreconditionFailed:
		return transship.Precondition
	case status == http.StatusNotImplemented, code == "NotImplemented":
		return transship.Unsupported
	case status >= 500 || status == 0:
		return transship.Unavailable
	}
	return transship.Invalid
}

// hintOf says what to do about refusals whose cure lies in the configuration.
func hintOf(code, label string) string {
	switch code {
	case "InvalidClientTokenId", "InvalidAccessKeyId", "UnrecognizedClientException":
		return "the access key is not known there: check the keys of " + whom(label) + ", and that its endpoint is the right store"
	case "SignatureDoesNotMatch":
		return "check the secret access key of " + whom(label)
	case "ExpiredToken", "ExpiredTokenException", "RequestExpired":
		return "the session of " + whom(label) + " has ended: get new credentials"
	case "RequestTimeTooSkewed":
		return "set this machine's clock"
	}
	return ""
}

func whom(label string) string {
	if label == "" {
		return "the default profile"
	}
	return label
}
