package s3wire

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"
	"strconv"
	"strings"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/sigv4"
)

const (
	// smallBody is the longest body that is held in memory, so that its
	// SHA-256 is signed and its checksum is a header: every store takes that.
	smallBody = 128 << 10
	// streamChunk is the data of one chunk of a longer body.
	streamChunk = 128 << 10
)

// stream is a body that is read while it is sent.
type stream struct {
	body    io.Reader
	size    int64
	encoded int64 // bytes on the wire
	payload string
	headers []sigv4.Header
	sum     hash.Hash // of the trailer; nil: chunks are signed
	trailer string    // its name
}

// sourceError says that what was to be sent could not be read. The request is
// cut off, so the store keeps nothing.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return e.err.Error() }
func (e *sourceError) Unwrap() error { return e.err }

// checksum is the hash of an algorithm as S3 names it.
func checksum(algorithm string) (hash.Hash, error) {
	switch algorithm {
	case "CRC32":
		return crc32.NewIEEE(), nil
	case "CRC32C":
		return crc32.New(crc32.MakeTable(crc32.Castagnoli)), nil
	case "CRC64NVME":
		return crc64.New(crc64.MakeTable(0x9a6c9329ac4bc9b5)), nil
	case "SHA1":
		return sha1.New(), nil
	case "SHA256":
		return sha256.New(), nil
	}
	return nil, &transship.Error{Code: transship.Unsupported, Message: fmt.Sprintf("checksum algorithm %q is not CRC32, CRC32C, CRC64NVME, SHA1 or SHA256", algorithm)}
}

func checksumHeader(algorithm string) string { return "x-amz-checksum-" + strings.ToLower(algorithm) }

// payload puts size bytes of body into the call. Small ones are read here and
// carry their checksum in a header. Longer ones are streamed: to AWS, and
// where an algorithm is asked for, with the checksum in a trailer; otherwise
// in signed chunks, which even those stores take that know no trailers and
// which protect every byte on the way. usual is the algorithm where none is
// asked for; empty: then there is no checksum.
func (c *Client) payload(q *call, body io.Reader, size int64, algorithm, usual string) error {
	fail := func(err error) error {
		return &transship.Error{Code: transship.CodeOf(err), Op: q.op, Bucket: q.bucket, Key: q.key, Message: "read what is to be sent", Err: err}
	}
	asked := algorithm != ""
	if !asked {
		algorithm = usual
	}
	var sum hash.Hash
	if algorithm != "" {
		var err error
		if sum, err = checksum(algorithm); err != nil {
			return fail(err)
		}
	}
	if size < 0 {
		return fail(&transship.Error{Code: transship.Invalid, Message: "the size is not known"})
	}
	if body == nil {
		body = bytes.NewReader(nil)
	}
	if size <= smallBody {
		data := make([]byte, size)
		if err := readAll(body, data, true); err != nil {
			return fail(err)
		}
		q.body = data
		if sum == nil {
			return nil
		}
		sum.Write(data)
		q.header(checksumHeader(algorithm), base64.StdEncoding.EncodeToString(sum.Sum(nil)))
		return nil
	}
	s := &stream{body: body, size: size}
	s.headers = []sigv4.Header{{Name: "x-amz-decoded-content-length", Value: strconv.FormatInt(size, 10)}}
	encoding := "aws-chunked"
	for i, h := range q.headers {
		if h.Name == "content-encoding" {
			encoding += "," + h.Value
			q.headers = append(q.headers[:i:i], q.headers[i+1:]...)
			break
		}
	}
	s.headers = append(s.headers, sigv4.Header{Name: "content-encoding", Value: encoding})
	switch {
	case sum == nil && c.cfg.Credentials == nil:
		return fail(&transship.Error{Code: transship.Unsupported, Message: "a long part without signature needs a checksum algorithm"})
	case sum != nil && (c.aws || asked || c.cfg.Credentials == nil):
		s.payload, s.sum, s.trailer = sigv4.UnsignedTrailer, sum, checksumHeader(algorithm)
		s.headers = append(s.headers, sigv4.Header{Name: "x-amz-trailer", Value: s.trailer})
		s.encoded = unsignedLength(size) + int64(len(s.trailer)+1+base64.StdEncoding.EncodedLen(sum.Size())+len("\r\n\r\n"))
	default:
		s.payload, s.encoded = sigv4.SignedStream, sigv4.EncodedLength(size, streamChunk)
	}
	q.stream = s
	return nil
}

// unsignedLength is the length of all chunks and of the line that ends them.
func unsignedLength(size int64) int64 {
	one := func(n int64) int64 { return int64(len(strconv.FormatInt(n, 16))) + 4 + n }
	total := size / streamChunk * one(streamChunk)
	if rest := size % streamChunk; rest > 0 {
		total += one(rest)
	}
	return total + int64(len("0\r\n"))
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

// sendStream writes the chunks. The last one goes out only when the source has
// ended where it should.
func (c *Client) sendStream(s *stream, w *bufio.Writer, cred *Credentials, date, authorization string) error {
	room := c.bufs.Get().(*[]byte)
	defer c.bufs.Put(room)
	var sign *sigv4.Chunks
	if s.sum == nil {
		sign = c.signer.Chunks(cred, date, authorization)
	}
	var head []byte
	begin := func(data []byte) {
		if sign != nil {
			head = sign.AppendHeader(head[:0], data)
		} else {
			head = append(strconv.AppendInt(head[:0], int64(len(data)), 16), "\r\n"...)
		}
		w.Write(head)
	}
	for left := s.size; left > 0; {
		data := (*room)[:min(left, streamChunk)]
		left -= int64(len(data))
		if err := readAll(s.body, data, left == 0); err != nil {
			return &sourceError{err}
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
