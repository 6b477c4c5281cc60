package payload

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"
	"sync"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/sigv4"
)

const (
	// Small is the longest body that is held in memory, so that its SHA-256 is
	// signed and its checksum is a header: every store takes that.
	Small = 128 << 10
	// Chunk is the data of one chunk of a longer body.
	Chunk = 128 << 10
)

// Maker makes the payloads of one client.
type Maker struct {
	trailers bool // a checksum goes into a trailer also where nobody asked for it
	signed   bool // requests are signed, and chunks can be
	rooms    sync.Pool
}

// NewMaker makes a maker. trailers says that the store is known to take
// checksums in trailers, signed that requests to it are signed.
func NewMaker(trailers, signed bool) *Maker {
	m := &Maker{trailers: trailers, signed: signed}
	m.rooms.New = func() any { b := make([]byte, Chunk); return &b }
	return m
}

// Payload is a body that is ready to be sent: Data, or Stream where it is not
// nil.
type Payload struct {
	Data     []byte
	Checksum sigv4.Header // of Data; without a name: none
	Stream   *Stream
}

// Make takes size bytes of body. Small ones are read here and carry their
// checksum in a header. Longer ones are streamed: to a store that takes
// trailers, and where an algorithm is asked for, with the checksum in a
// trailer; otherwise in signed chunks, which even those stores take that know
// no trailers and which protect every byte on the way. usual is the algorithm
// where none is asked for; empty: then there is no checksum.
func (m *Maker) Make(body io.Reader, size int64, algorithm, usual string) (Payload, error) {
	var none Payload
	asked := algorithm != ""
	if !asked {
		algorithm = usual
	}
	var sum hash.Hash
	if algorithm != "" {
		var err error
		if sum, err = checksum(algorithm); err != nil {
			return none, err
		}
	}
	if size < 0 {
		return none, &transship.Error{Code: transship.Invalid, Message: "the size is not known"}
	}
	if body == nil {
		body = bytes.NewReader(nil)
	}
	if size <= Small {
		p := Payload{Data: make([]byte, size)}
		if err := readAll(body, p.Data, true); err != nil {
			return none, err
		}
		if sum != nil {
			sum.Write(p.Data)
			p.Checksum = sigv4.Header{Name: ChecksumHeader(algorithm), Value: base64.StdEncoding.EncodeToString(sum.Sum(nil))}
		}
		return p, nil
	}
	s := &Stream{body: body, size: size, rooms: &m.rooms}
	s.Headers = []sigv4.Header{{Name: "x-amz-decoded-content-length", Value: strconv.FormatInt(size, 10)}}
	switch {
	case sum == nil && !m.signed:
		return none, &transship.Error{Code: transship.Unsupported, Message: "a long part without signature needs a checksum algorithm"}
	case sum != nil && (m.trailers || asked || !m.signed):
		s.Hash, s.sum, s.trailer = sigv4.UnsignedTrailer, sum, ChecksumHeader(algorithm)
		s.Headers = append(s.Headers, sigv4.Header{Name: "x-amz-trailer", Value: s.trailer})
		s.encoded = unsignedLength(size) + int64(len(s.trailer)+1+base64.StdEncoding.EncodedLen(sum.Size())+len("\r\n\r\n"))
	default:
		s.Hash, s.encoded = sigv4.SignedStream, sigv4.EncodedLength(size, Chunk)
	}
	return Payload{Stream: s}, nil
}

// readAll fills data from body; last demands that nothing follows.
func readAll(body io.Reader, data []byte, last bool) error {
	n, err := io.ReadFull(body, data)
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return &transship.Error{Code: transship.Invalid, Message: fmt.Sprintf("it ended %d bytes early", len(data)-n), Err: err}
	}
	if err != nil || !last {
		return err
	}
	var one [1]byte
	switch n, err := io.ReadFull(body, one[:]); {
	case n > 0:
		return &transship.Error{Code: transship.Invalid, Message: "it is longer than its size says"}
	case err != io.EOF:
		return err
	}
	return nil
}
