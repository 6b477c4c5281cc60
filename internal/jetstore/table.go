package jetstore

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/transship/transship"
)

// table is a stream that keeps the newest message of each subject, changed by
// compare-and-set on the sequence of that message.
type table struct {
	store  *Store
	name   string
	stream jetstream.Stream
}

func newTable(s *Store, name string, stream jetstream.Stream) table { return table{s, name, stream} }

// get is the newest message of subject; code NotFound when there is none. It
// asks the stream's leader (direct gets, which replicas answer, are off).
func (t table) get(ctx context.Context, subject string) (*jetstream.RawStreamMsg, error) {
	ctx, cancel := context.WithTimeout(ctx, t.store.cfg.Limit)
	defer cancel()
	msg, err := t.stream.GetLastMsgForSubject(ctx, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, &transship.Error{Code: transship.NotFound, Op: "read " + subject}
	}
	if err != nil {
		return nil, unavailable("read "+subject, err)
	}
	return msg, nil
}

// put writes subject's successor of the message at sequence expect (0: there
// is none). Code Conflict: the server refused it. Any other error: unknown.
func (t table) put(ctx context.Context, subject string, header nats.Header, data []byte, expect uint64) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, t.store.cfg.Limit)
	defer cancel()
	ack, err := t.store.js.PublishMsg(ctx, &nats.Msg{Subject: subject, Header: header, Data: data},
		jetstream.WithExpectLastSequencePerSubject(expect))
	if isConflict(err) {
		return 0, &transship.Error{Code: transship.Conflict, Op: "write " + subject, Err: err}
	}
	if err != nil {
		return 0, unavailable("write "+subject, err)
	}
	t.store.acknowledged(t.name, ack.Sequence, expect == 0)
	return ack.Sequence, nil
}

func isConflict(err error) bool {
	var api *jetstream.APIError
	if !errors.As(err, &api) {
		return false
	}
	return api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence ||
		api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant
}
