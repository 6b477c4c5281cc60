package query

import (
	"bytes"
	"encoding/xml"
	"errors"
	"net/http"

	"github.com/transship/transship"
)

// Answer writes one action's result: <ActionResponse><ActionResult>...
// result is a struct whose fields are the result's elements, or nil where the
// action answers nothing but its request id.
func Answer(w http.ResponseWriter, version, action, requestID string, result any) {
	var b bytes.Buffer
	enc := xml.NewEncoder(&b)
	outer := xml.StartElement{Name: xml.Name{Local: action + "Response"}, Attr: []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: namespace(version)}}}
	err := enc.EncodeToken(outer)
	if err == nil && result != nil {
		err = enc.EncodeElement(result, xml.StartElement{Name: xml.Name{Local: action + "Result"}})
	}
	if err == nil {
		err = enc.EncodeElement(struct{ RequestId string }{requestID}, xml.StartElement{Name: xml.Name{Local: "ResponseMetadata"}})
	}
	if err == nil {
		err = enc.EncodeToken(outer.End())
	}
	if err == nil {
		err = enc.Flush()
	}
	if err != nil {
		Fail(w, version, requestID, &transship.Error{Code: transship.Internal, Op: "write the answer", Err: err})
		return
	}
	send(w, http.StatusOK, requestID, b.Bytes())
}

// Fail writes an error. One that does not carry a code and a status of AWS's
// is InternalFailure, its text kept from the client.
func Fail(w http.ResponseWriter, version, requestID string, err error) {
	code, status, message := "InternalFailure", http.StatusInternalServerError, "the lab could not do this; its log has the reason"
	var e *transship.Error
	if errors.As(err, &e) && e.S3Code != "" && e.Status != 0 {
		code, status, message = e.S3Code, e.Status, e.Message
		switch code {
		// What S3 calls by its own names, these services call otherwise.
		case "InvalidAccessKeyId", "InvalidToken":
			code, status, message = "InvalidClientTokenId", http.StatusForbidden, "The security token included in the request is invalid."
		case "ExpiredToken":
			status, message = http.StatusForbidden, "The security token included in the request is expired"
		}
	}
	type detail struct{ Type, Code, Message string }
	kind := "Sender"
	if status >= 500 {
		kind = "Receiver"
	}
	body, err := xml.Marshal(struct {
		XMLName   xml.Name `xml:"ErrorResponse"`
		Namespace string   `xml:"xmlns,attr"`
		Error     detail
		RequestId string
	}{Namespace: namespace(version), Error: detail{kind, code, message}, RequestId: requestID})
	if err != nil {
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	send(w, status, requestID, body)
}

func send(w http.ResponseWriter, status int, requestID string, body []byte) {
	w.Header().Set("Content-Type", "text/xml")
	w.Header().Set("x-amzn-RequestId", requestID)
	w.WriteHeader(status)
	// A client that went away has nobody to be told.
	_, _ = w.Write(body)
}

func namespace(version string) string {
	if version == STSVersion {
		return "https://sts.amazonaws.com/doc/2011-06-15/"
	}
	return "https://iam.amazonaws.com/doc/2010-05-08/"
}
