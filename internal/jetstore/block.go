package jetstore

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/minio/highwayhash"
)

// One record of a block file, as nats-server 2.15 writes it (filestore.go,
// writeMsgRecordLocked), little endian:
//
//	length   4   of the whole record; the top bit says that there are headers
//	sequence 8   top bit: erased; second bit: a tombstone of that sequence
//	time     8
//	subject  2   its length; then the subject, [4 + headers,] the body
//	sum      8   HighwayHash-64 of sequence, time, subject, headers and body
//
// Neither length within the record is part of the sum. Headers show where they
// begin and end; of a record without any (an upload, or a step asked for
// again) only the shape of the subject tells.
const (
	blockHeader    = 22
	blockSum       = 8
	maxBlockRecord = 32 << 20

	blockHeadersBit   = 1 << 31
	blockErasedBit    = 1 << 63
	blockTombstoneBit = 1 << 62
)

// errTorn says that a block ends in the middle of a record: that is how a
// write looks during which the process was killed.
var errTorn = errors.New("the last record is cut off")

// blockRecord is what the examination needs of a record.
type blockRecord struct {
	sequence  uint64 // 0 and erased ones are not visited
	tombstone bool   // sequence was deleted
	subject   []byte // valid until the next record is read
}

// readBlock visits every record of a block of a stream and checks its sum. It
// fails with [errTorn] when the block ends too early, and with another error
// when a record is not what was written.
func readBlock(r io.Reader, stream string, index int, visit func(blockRecord)) error {
	key := sha256.Sum256(fmt.Appendf(nil, "%s-%d", stream, index))
	hash, err := highwayhash.NewDigest64(key[:])
	if err != nil {
		return err
	}
	in := bufio.NewReaderSize(r, 256<<10)
	var buf []byte
	for at := int64(0); ; {
		var head [blockHeader]byte
		if _, err := io.ReadFull(in, head[:]); err == io.EOF {
			return nil
		} else if errors.Is(err, io.ErrUnexpectedEOF) {
			return errTorn
		} else if err != nil {
			return err
		}
		length := binary.LittleEndian.Uint32(head[:])
		headers := length&blockHeadersBit != 0
		length &^= blockHeadersBit
		subject := int(binary.LittleEndian.Uint16(head[20:]))
		fixed := subject // what lies before headers and body
		if headers {
			fixed += 4
		}
		if length > maxBlockRecord || int(length) < blockHeader+fixed+blockSum {
			return fmt.Errorf("the record at byte %d has an impossible length of %d", at, length)
		}
		rest := int(length) - blockHeader
		if cap(buf) < rest {
			// A length that is damaged must not make a buffer of 32 MiB before
			// the bytes are there.
			var grown bytes.Buffer
			if _, err := io.CopyN(&grown, in, int64(rest)); err == io.EOF {
				return errTorn
			} else if err != nil {
				return err
			}
			buf = grown.Bytes()
		} else if _, err := io.ReadFull(in, buf[:rest]); err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
			return errTorn
		} else if err != nil {
			return err
		}
		data := buf[:rest]
		hash.Reset()
		hash.Write(head[4:20])
		hash.Write(data[:subject])
		hash.Write(data[fixed : rest-blockSum])
		if !bytes.Equal(hash.Sum(nil), data[rest-blockSum:]) {
			return fmt.Errorf("the record at byte %d does not match its checksum", at)
		}
		if headers && !wholeHeaders(data[subject:rest-blockSum]) {
			return fmt.Errorf("the record at byte %d does not have its headers where they should be", at)
		}
		sequence := binary.LittleEndian.Uint64(head[4:])
		if sequence&blockErasedBit == 0 && sequence != 0 {
			visit(blockRecord{sequence &^ blockTombstoneBit, sequence&blockTombstoneBit != 0, data[:subject]})
		}
		at += int64(length)
	}
}

// wholeHeaders reports whether data begins with the length of a message's
// headers and then the headers.
func wholeHeaders(data []byte) bool {
	length := binary.LittleEndian.Uint32(data)
	if uint64(length) > uint64(len(data)-4) {
		return false
	}
	text := data[4 : 4+length]
	end := bytes.Index(text, []byte("\r\n\r\n"))
	return bytes.HasPrefix(text, []byte("NATS/1.0\r\n")) && end == len(text)-4
}
