package s3wire

import "github.com/transship/transship/internal/sigv4"

// Sign completes the call's headers and signs them (transport.Signer).
func (q *call) Sign(headers []sigv4.Header, room []byte) ([]sigv4.Header, []byte) {
	c := q.client
	date := c.now()
	hash := sigv4.EmptyPayload
	if q.body != nil {
		hash = sigv4.HashPayload(q.body)
	}
	headers = append(headers, q.headers...)
	if q.stream != nil {
		hash = q.stream.Hash
		headers = append(headers, q.stream.Headers...)
	}
	headers = append(headers, sigv4.Header{Name: "host", Value: q.request.Host}, sigv4.Header{Name: "x-amz-content-sha256", Value: hash})
	if q.cred.AccessKey != "" {
		headers = append(headers, sigv4.Header{Name: "x-amz-date", Value: date})
		if q.cred.SessionToken != "" {
			headers = append(headers, sigv4.Header{Name: "x-amz-security-token", Value: q.cred.SessionToken})
		}
		sortHeaders(headers)
		room = c.signer.Append(room, &q.cred, date, &sigv4.Request{Method: q.method, Path: q.request.Path, Query: q.request.Query, Headers: headers, Payload: hash})
	}
	if q.stream != nil && q.stream.Signed() {
		q.stream.SignBy(c.signer.Chunks(&q.cred, date, string(room)))
	}
	return headers, room
}

// stamp keeps a second and its text.
type stamp struct {
	second int64
	text   string
}

// now is the value of x-amz-date.
func (c *Client) now() string {
	t := c.cfg.Now()
	if s := c.date.Load(); s != nil && s.second == t.Unix() {
		return s.text
	}
	s := &stamp{t.Unix(), string(sigv4.Date(nil, t))}
	c.date.Store(s)
	return s.text
}

// sortHeaders is an insertion sort: there are few, and most are in order.
func sortHeaders(h []sigv4.Header) {
	for i := 1; i < len(h); i++ {
		for j := i; j > 0 && h[j].Name < h[j-1].Name; j-- {
			h[j], h[j-1] = h[j-1], h[j]
		}
	}
}

func appendParams(dst []byte, params []param) []byte {
	for i, p := range params {
		if i > 0 {
			dst = append(dst, '&')
		}
		dst = sigv4.AppendQuery(dst, p.name)
		dst = append(dst, '=')
		dst = sigv4.AppendQuery(dst, p.value)
	}
	return dst
}
