package reply

import (
	"errors"
	"net/http"

	"github.com/transship/transship"
)

// Fault is a refusal as S3 answers it.
type Fault struct {
	Code    string
	Status  int
	Message string
	Fields  []Field // further elements of the error document
	Header  http.Header
	Err     error // for the log; never sent
}

// Field is an element of an error document.
type Field struct{ Name, Value string }

// Error is code and message.
func (f *Fault) Error() string { return f.Code + ": " + f.Message }

// Unwrap is the cause.
func (f *Fault) Unwrap() error { return f.Err }

// With adds an element.
func (f *Fault) With(name, value string) *Fault {
	f.Fields = append(f.Fields, Field{name, value})
	return f
}

// New is the fault of that code with its usual message. A code that is not in
// the table is an internal error.
func New(code string) *Fault {
	status, message := words(code)
	return &Fault{Code: code, Status: status, Message: message}
}

// Say is the fault of that code with another message.
func Say(code, message string) *Fault {
	f := New(code)
	f.Message = message
	return f
}

// Argument is InvalidArgument about one argument.
func Argument(name, value, message string) *Fault {
	return Say("InvalidArgument", message).With("ArgumentName", name).With("ArgumentValue", value)
}

// From is the fault that an error means. What is not known is an internal
// error, whose cause goes to the log alone.
func From(err error) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	var e *transship.Error
	if errors.As(err, &e) && e.S3Code != "" {
		f := New(e.S3Code)
		f.Err = err
		if e.Message != "" {
			f.Message = e.Message
		}
		if e.Status != 0 {
			f.Status = e.Status
		}
		switch e.S3Code {
		case "NoSuchKey", "NoSuchVersion":
			f.With("Key", e.Key)
		case "NoSuchBucket", "BucketNotEmpty", "BucketAlreadyExists":
			f.With("BucketName", e.Bucket)
		}
		return f
	}
	f = New("InternalError")
	f.Err = err
	return f
}

// words are status and message of a code.
func words(code string) (int, string) {
	switch code {
	case "AccessControlListNotSupported":
		return 400, "The bucket does not allow ACLs"
	case "AccessDenied":
		return 403, "Access Denied"
	case "BadDigest":
		return 400, "The Content-MD5 or checksum value that you specified did not match what the server received."
	case "BadRequest":
		return 400, "Bad Request"
	case "BucketAlreadyExists":
		return 409, "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again."
	case "BucketAlreadyOwnedByYou":
		return 409, "Your previous request to create the named bucket succeeded and you already own it."
	case "BucketNotEmpty":
		return 409, "The bucket you tried to delete is not empty"
	case "EntityTooLarge":
		return 400, "Your proposed upload exceeds the maximum allowed size"
	case "EntityTooSmall":
		return 400, "Your proposed upload is smaller than the minimum allowed size"
	case "IllegalLocationConstraintException":
		return 400, "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to."
	case "IncompleteBody":
		return 400, "The request body terminated unexpectedly"
	case "InternalError":
		return 500, "We encountered an internal error. Please try again."
	case "InvalidArgument":
		return 400, "Invalid Argument"
	case "InvalidBucketAclWithObjectOwnership":
		return 400, "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
	case "InvalidBucketName":
		return 400, "The specified bucket is not valid."
	case "InvalidBucketState":
		return 409, "The request is not valid with the current state of the bucket."
	case "InvalidDigest":
		return 400, "The Content-MD5 you specified was invalid."
	case "InvalidLocationConstraint":
		return 400, "The specified location-constraint is not valid"
	case "InvalidObjectState":
		return 403, "The operation is not valid for the object's storage class"
	case "InvalidPart":
		return 400, "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."
	case "InvalidPartNumber":
		return 416, "The requested partnumber is not satisfiable"
	case "InvalidPartOrder":
		return 400, "The list of parts was not in ascending order. Parts must be ordered by part number."
	case "InvalidPolicyDocument":
		return 400, "The content of the form does not meet the conditions specified in the policy document."
	case "InvalidRange":
		return 416, "The requested range is not satisfiable"
	case "InvalidRequest":
		return 400, "Invalid Request"
	case "InvalidRedirectLocation", "IllegalVersioningConfigurationException", "UserKeyMustBeSpecified":
		return 400, "Invalid Request"
	case "InvalidStorageClass":
		return 400, "The storage class you specified is not valid"
	case "InvalidTag":
		return 400, "The tag provided was not a valid tag. This error can occur if the tag did not pass input validation."
	case "InvalidURI":
		return 400, "Couldn't parse the specified URI."
	case "KeyTooLongError":
		return 400, "Your key is too long"
	case "MalformedPolicy":
		return 400, "This policy contains invalid Json"
	case "MalformedXML":
		return 400, "The XML you provided was not well-formed or did not validate against our published schema"
	case "MaxMessageLengthExceeded":
		return 400, "Your request was too big."
	case "MetadataTooLarge":
		return 400, "Your metadata headers exceed the maximum allowed metadata size"
	case "MethodNotAllowed":
		return 405, "The specified method is not allowed against this resource."
	case "MissingContentLength":
		return 411, "You must provide the Content-Length HTTP header."
	case "MissingRequestBodyError":
		return 400, "Request body is empty."
	case "NoSuchBucket":
		return 404, "The specified bucket does not exist"
	case "NoSuchBucketPolicy":
		return 404, "The bucket policy does not exist"
	case "NoSuchKey":
		return 404, "The specified key does not exist."
	case "NoSuchUpload":
		return 404, "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."
	case "NoSuchVersion":
		return 404, "The specified version does not exist."
	case "NotImplemented":
		return 501, "A header you provided implies functionality that is not implemented"
	case "ObjectNotInActiveTierError":
		return 403, "The source object of the COPY action is not in the active tier."
	case "OwnershipControlsNotFoundError":
		return 404, "The bucket ownership controls were not found"
	case "PolicyTooLarge":
		return 400, "Policy exceeds the maximum allowed document size"
	case "PreconditionFailed":
		return 412, "At least one of the pre-conditions you specified did not hold"
	case "SlowDown":
		return 503, "Please reduce your request rate."
	case "NotModified":
		return 304, ""
	}
	return 500, "We encountered an internal error. Please try again."
}
