package transport

import (
	"net"
	"time"
)

// timed limits silence: each read and write has limit from its own beginning.
type timed struct {
	net.Conn
	limit time.Duration
}

func (t *timed) Read(p []byte) (int, error) {
	if t.limit > 0 {
		if err := t.Conn.SetReadDeadline(time.Now().Add(t.limit)); err != nil {
			return 0, err
		}
	}
	return t.Conn.Read(p)
}

func (t *timed) Write(p []byte) (int, error) {
	if t.limit > 0 {
		if err := t.Conn.SetWriteDeadline(time.Now().Add(t.limit)); err != nil {
			return 0, err
		}
	}
	return t.Conn.Write(p)
}
