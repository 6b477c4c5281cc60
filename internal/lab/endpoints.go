package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/transship/transship"
)

// Endpoints is the content of endpoints.json: where everything answers, as
// base URLs without a slash at the end. Empty: not there.
type Endpoints struct {
	S3      string `json:"s3"`
	Control string `json:"control"`
	Console string `json:"console"`
}

func endpointsFile(dir string) string { return filepath.Join(dir, "endpoints.json") }

// ReadEndpoints reads the file of a running lab.
func ReadEndpoints(dir string) (Endpoints, error) {
	var e Endpoints
	name := endpointsFile(dir)
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return e, &transship.Error{Code: transship.NotFound, Op: "read " + name, Message: "no lab is running there",
			Hint: "start one with transship lab --data " + dir}
	}
	if err == nil {
		err = json.Unmarshal(data, &e)
	}
	if err != nil {
		return e, &transship.Error{Code: transship.Damaged, Op: "read " + name, Err: err}
	}
	return e, nil
}

// WriteEndpoints waits until everything answers and then says so in
// endpoints.json, in one move.
func WriteEndpoints(ctx context.Context, dir string, e Endpoints) error {
	for _, url := range []string{e.S3, e.Control, e.Console} {
		if url == "" {
			continue
		}
		if err := answers(ctx, url); err != nil {
			return &transship.Error{Code: transship.Unavailable, Op: "start the lab", Message: url + " does not answer", Err: err}
		}
	}
	data, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	return replaceFile(endpointsFile(dir), append(data, '\n'))
}

// RemoveEndpoints takes endpoints.json away: nothing runs there any more.
func RemoveEndpoints(dir string) error {
	err := os.Remove(endpointsFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// answers reports whether somebody speaks HTTP at url; a refusal is an answer.
// The listener is open already, so a server that is about to accept is waited
// for by the connection itself.
func answers(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, url+"/", nil)
	if err != nil {
		return err
	}
	transport := &http.Transport{DisableKeepAlives: true} // and no proxy: this is about ourselves
	res, err := transport.RoundTrip(req)
	if err != nil {
		return err
	}
	if err := res.Body.Close(); err != nil {
		return fmt.Errorf("read its answer: %w", err)
	}
	return nil
}
