package jobs

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"

	"github.com/transship/transship"
)

// ErrPageToken is the cause when a page token is damaged or another account's.
var ErrPageToken = errors.New("not a token that a listing of this account answered")

// position is a job's place in a listing: its time of creation and its id, both
// of which never change.
type position struct {
	created int64 // nanoseconds since 1970
	id      string
}

func positionOf(job *transship.Job) position {
	return position{job.Created.UnixNano(), job.ID}
}

// compare orders the newest first.
func (p position) compare(q position) int {
	return cmp.Or(cmp.Compare(q.created, p.created), cmp.Compare(p.id, q.id))
}

// A token is a version, a check sum, the time and the id, in the alphabet that
// the S3 Control API allows. The sum binds it to the account. It is no secret:
// a forged token shows its maker nothing but another page of his own jobs.
const (
	tokenVersion = 1
	tokenSum     = 8
	tokenHead    = 1 + tokenSum + 8
)

func writeToken(account string, p position) string {
	body := binary.BigEndian.AppendUint64(nil, uint64(p.created))
	body = append(body, p.id...)
	raw := append([]byte{tokenVersion}, sumOf(account, body)...)
	return base64.RawURLEncoding.EncodeToString(append(raw, body...))
}

func readToken(account, token string) (position, error) {
	refused := &transship.Error{Code: transship.Invalid, Op: "list jobs", Account: account, Message: "nextToken", Err: ErrPageToken}
	if len(token) > 1024 {
		return position{}, refused
	}
	// Strict: each position has one spelling only.
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) < tokenHead || raw[0] != tokenVersion {
		return position{}, refused
	}
	sum, body := raw[1:1+tokenSum], raw[1+tokenSum:]
	if !bytes.Equal(sum, sumOf(account, body)) {
		return position{}, refused
	}
	return position{int64(binary.BigEndian.Uint64(body)), string(body[8:])}, nil
}

func sumOf(account string, body []byte) []byte {
	h := sha256.New()
	h.Write([]byte("transship list " + account + "\x00"))
	h.Write(body)
	return h.Sum(nil)[:tokenSum]
}
