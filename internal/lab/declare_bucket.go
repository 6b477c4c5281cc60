package lab

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/access"
	"github.com/transship/transship/internal/sigv4"
)

// declareBuckets makes the file's buckets by the same calls that a client
// would make, as the root user of the account: one home for the rules.
func (l *Lab) declareBuckets(f *AccountsFile) error {
	for _, b := range f.Buckets {
		a, _ := f.account(b.Account)
		owner, ok := l.accounts.Account(a.ID)
		if !ok {
			return f.bad(b.line, "bucket %s: account %q is not there", b.Name, b.Account)
		}
		root := access.Caller{Account: owner.ID, CanonicalID: owner.CanonicalID, Organization: owner.Organization,
			Root: true, UserID: owner.ID, ARN: "arn:aws:iam::" + owner.ID + ":root"}
		if err := l.declareBucket(root, b); err != nil {
			return f.because(b.line, "bucket "+b.Name, err)
		}
	}
	return nil
}

func (l *Lab) declareBucket(root access.Caller, b Bucket) error {
	call := func(method, query, body string, header ...string) (status int, answer []byte) {
		return l.callS3(root, method, "/"+b.Name, query, body, header...)
	}
	if status, _ := call(http.MethodHead, "", ""); status != http.StatusOK {
		var header []string
		if b.Ownership != "" {
			header = []string{"x-amz-object-ownership", b.Ownership}
		}
		if status, answer := call(http.MethodPut, "", "", header...); status != http.StatusOK {
			return refused("create it", status, answer)
		}
	}
	if b.Versioning != "" {
		status, answer := call(http.MethodGet, "versioning", "")
		if status == http.StatusOK && !bytes.Contains(answer, []byte("<Status>")) { // never set
			status, answer = call(http.MethodPut, "versioning", "<VersioningConfiguration><Status>"+b.Versioning+"</Status></VersioningConfiguration>")
		}
		if status != http.StatusOK {
			return refused("set its versioning", status, answer)
		}
	}
	if b.Policy.JSON != "" {
		if status, _ := call(http.MethodGet, "policy", ""); status != http.StatusNotFound {
			return nil // one is there already, perhaps extended since
		}
		if status, answer := call(http.MethodPut, "policy", b.Policy.JSON); status >= 300 {
			return refused("set its policy", status, answer)
		}
	}
	return nil
}

// callS3 makes one call without the network, and without a signature: it is
// the lab itself that calls.
func (l *Lab) callS3(caller access.Caller, method, path, query, body string, header ...string) (status int, answer []byte) {
	r, err := http.NewRequestWithContext(context.Background(), method, "http://127.0.0.1"+path+"?"+query, strings.NewReader(body))
	if err != nil {
		return http.StatusBadRequest, []byte(err.Error())
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	r.RemoteAddr = "127.0.0.1:0"
	w := &recorder{header: http.Header{}, status: http.StatusOK}
	l.services.s3.ServeS3(w, r, caller, &sigv4.Verified{Region: Region, Service: "s3",
		ContentLength: int64(len(body)), Body: io.NopCloser(strings.NewReader(body))})
	return w.status, w.body.Bytes()
}

// recorder keeps an answer.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header         { return w.header }
func (w *recorder) WriteHeader(status int)      { w.status = status }
func (w *recorder) Write(p []byte) (int, error) { return w.body.Write(p) }

// refused is S3's answer as an error.
func refused(op string, status int, answer []byte) error {
	var e struct{ Code, Message string }
	if err := xml.Unmarshal(answer, &e); err != nil || e.Code == "" {
		e.Code, e.Message = "", fmt.Sprintf("HTTP %d", status)
	}
	return &transship.Error{Code: transship.Invalid, Op: op, S3Code: e.Code, Status: status, Message: e.Message}
}
