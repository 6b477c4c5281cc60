package query

import (
	"encoding/xml"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/transship/transship"
)

func TestFormsAreReadStrictly(t *testing.T) {
	f, err := Parse([]byte("Action=GetUser&Version=2010-05-08&UserName=a%20b&Tags.member.1.Key=x&Empty="))
	if err != nil {
		t.Fatal(err)
	}
	if f.Action != "GetUser" || f.Version != IAMVersion || f.Get("UserName") != "a b" {
		t.Errorf("%+v", f)
	}
	var e *transship.Error
	if err := f.Unread(); !errors.As(err, &e) || e.Status != 501 || !strings.Contains(e.Message, "Tags.member.1.Key") {
		t.Errorf("a parameter that nobody read: %v", err)
	}
	if _, err := f.Need("RoleName"); !errors.As(err, &e) || e.S3Code != "ValidationError" {
		t.Errorf("a missing parameter: %v", err)
	}
	for name, body := range map[string]string{
		"no action":                 "Version=2010-05-08",
		"a parameter twice":         "Action=GetUser&UserName=a&UserName=b",
		"a broken escape":           "Action=GetUser&UserName=%zz",
		"more than the largest":     "Action=GetUser&x=" + strings.Repeat("a", MaxBody),
		"an empty body":             "",
		"a semicolon as separator ": "Action=GetUser;UserName=a",
	} {
		if _, err := Parse([]byte(body)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestErrorsKeepWhatIsInternalInside(t *testing.T) {
	cases := []struct {
		err        error
		code, text string
		status     int
	}{
		{errors.New("disk /dev/x is full"), "InternalFailure", "", 500},
		{&transship.Error{Code: transship.Internal, Op: "write", Err: errors.New("disk /dev/x is full")}, "InternalFailure", "", 500},
		{Errorf("NoSuchEntity", 404, "no <user>"), "NoSuchEntity", "no <user>", 404},
		{&transship.Error{S3Code: "InvalidAccessKeyId", Status: 403, Message: "x"}, "InvalidClientTokenId", "The security token included in the request is invalid.", 403},
		{&transship.Error{S3Code: "ExpiredToken", Status: 400, Message: "x"}, "ExpiredToken", "The security token included in the request is expired", 403},
	}
	for _, c := range cases {
		w := httptest.NewRecorder()
		Fail(w, STSVersion, "id-1", c.err)
		var got struct {
			XMLName   xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ ErrorResponse"`
			Error     struct{ Type, Code, Message string }
			RequestId string
		}
		if err := xml.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if w.Code != c.status || got.Error.Code != c.code || got.RequestId != "id-1" || c.text != "" && got.Error.Message != c.text {
			t.Errorf("%v: %d %+v", c.err, w.Code, got)
		}
		if strings.Contains(w.Body.String(), "/dev/x") {
			t.Errorf("the client is told %s", w.Body)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("Action=GetUser&Version=2010-05-08&MaxItems=1"))
	f.Add([]byte("%"))
	f.Fuzz(func(t *testing.T, body []byte) {
		form, err := Parse(body)
		if err != nil {
			return
		}
		_, _ = form.Int("MaxItems", 1)
		_ = form.Unread()
		w := httptest.NewRecorder()
		Fail(w, form.Version, "id", NotImplemented(form.Action))
		if err := xml.Unmarshal(w.Body.Bytes(), new(struct{})); err != nil {
			t.Fatalf("the error for %q is no XML: %v", form.Action, err)
		}
	})
}
