package s3control

import (
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
)

// ids are the two names of an answer, by which it is found in a log.
type ids struct{ request, host string }

// identify makes the ids and puts them into the headers.
func (h *Handler) identify(w http.ResponseWriter) ids {
	var raw [32]byte
	io.ReadFull(h.Random, raw[:]) //nolint:errcheck // an id of zeros is still an answer
	id := ids{
		request: strings.ToUpper(hex.EncodeToString(raw[:8])),
		host:    base64.StdEncoding.EncodeToString(raw[8:]),
	}
	w.Header().Set("x-amz-request-id", id.request)
	w.Header().Set("x-amz-id-2", id.host)
	return id
}

// errorBody is the wrapped envelope (reference 1.4): the Go SDK understands no
// other.
func errorBody(e *apiError, id ids) []byte {
	return document("ErrorResponse", func(w *writer) {
		w.in("Error", func() {
			if e.status >= 500 {
				w.text("Type", "Receiver")
			} else {
				w.text("Type", "Sender")
			}
			w.text("Code", e.code)
			w.text("Message", e.message)
		})
		w.text("RequestId", id.request)
		w.text("HostId", id.host)
	})
}
