package payload

import (
	"bufio"
	"encoding/base64"
	"hash"
	"io"
	"strconv"
	"sync"

	"github.com/transship/transship/internal/s3wire/transport"
	"github.com/transship/transship/internal/sigv4"
)

// Stream is a long body in the encoding aws-chunked, read while it is sent.
type Stream struct {
	Hash    string         // the value of x-amz-content-sha256
	Headers []sigv4.Header // what the request says of the encoding, but for content-encoding

	body    io.Reader
	size    int64
	encoded int64     // bytes on the wire
	sum     hash.Hash // of the trailer; nil: chunks are signed
	trailer string    // its name
	sign    *sigv4.Chunks
	rooms   *sync.Pool // *[]byte of chunk bytes
}

// Len is the length in bytes on the wire.
func (s *Stream) Len() int64 { return s.encoded }

// Signed reports whether the chunks are signed: SignBy must then come before
// Send.
func (s *Stream) Signed() bool { return s.sum == nil }

// SignBy says how to go on after the request's own signature.
func (s *Stream) SignBy(chunks *sigv4.Chunks) { s.sign = chunks }

// unsignedLength is the length of all chunks and of the line that ends them.
func unsignedLength(size int64) int64 {
	one := func(n int64) int64 { return int64(len(strconv.FormatInt(n, 16))) + 4 + n }
	total := size / Chunk * one(Chunk)
	if rest := size % Chunk; rest > 0 {
		total += one(rest)
	}
	return total + int64(len("0\r\n"))
}

// Send writes the chunks. The last one goes out only when the source has ended
// where it should.
func (s *Stream) Send(w *bufio.Writer) error {
	room := s.rooms.Get().(*[]byte)
	defer s.rooms.Put(room)
	var head []byte
	begin := func(data []byte) {
		if s.sign != nil {
			head = s.sign.AppendHeader(head[:0], data)
		} else {
			head = append(strconv.AppendInt(head[:0], int64(len(data)), 16), "\r\n"...)
		}
		w.Write(head)
	}
	for left := s.size; left > 0; {
		data := (*room)[:min(left, Chunk)]
		left -= int64(len(data))
		if err := readAll(s.body, data, left == 0); err != nil {
			return &transport.SourceError{Err: err}
		}
		if s.sum != nil {
			s.sum.Write(data)
		}
		begin(data)
		w.Write(data)
		if _, err := w.WriteString("\r\n"); err != nil {
			return err
		}
	}
	begin(nil)
	if s.sum != nil {
		w.WriteString(s.trailer + ":" + base64.StdEncoding.EncodeToString(s.sum.Sum(nil)) + "\r\n")
	}
	_, err := w.WriteString("\r\n")
	return err
}
