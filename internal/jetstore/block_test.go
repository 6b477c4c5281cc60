package jetstore

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/minio/highwayhash"
)

// blockOf is a block file of stream S with index 1, made by the description
// in block.go and not by the server.
func blockOf(records ...blockRecord) []byte {
	key := sha256.Sum256([]byte("S-1"))
	var block []byte
	for _, r := range records {
		sequence := r.sequence
		if r.tombstone {
			sequence |= blockTombstoneBit
		}
		head := make([]byte, blockHeader)
		headers := []byte("NATS/1.0\r\nTransship-Write: x\r\n\r\n")
		body := []byte("body of " + string(r.subject))
		length := uint32(blockHeader + len(r.subject) + len(body) + blockSum)
		if !r.tombstone {
			length = (length + 4 + uint32(len(headers))) | blockHeadersBit
		}
		binary.LittleEndian.PutUint32(head, length)
		binary.LittleEndian.PutUint64(head[4:], sequence)
		binary.LittleEndian.PutUint64(head[12:], 1_700_000_000)
		binary.LittleEndian.PutUint16(head[20:], uint16(len(r.subject)))
		hash, err := highwayhash.New64(key[:])
		if err != nil {
			panic(err)
		}
		hash.Write(head[4:20])
		hash.Write(r.subject)
		block = append(append(block, head...), r.subject...)
		if !r.tombstone {
			hash.Write(headers)
			block = binary.LittleEndian.AppendUint32(block, uint32(len(headers)))
			block = append(block, headers...)
		}
		hash.Write(body)
		block = append(block, body...)
		block = append(block, hash.Sum(nil)...)
	}
	return block
}

func read(block []byte) (string, error) {
	var seen []string
	err := readBlock(bytes.NewReader(block), "S", 1, func(r blockRecord) {
		seen = append(seen, fmt.Sprintf("%d %s %v", r.sequence, r.subject, r.tombstone))
	})
	return strings.Join(seen, ", "), err
}

func TestABlockIsReadRecordByRecord(t *testing.T) {
	block := blockOf(blockRecord{1, false, []byte("job.a")}, blockRecord{2, false, []byte("job.a")}, blockRecord{1, true, nil})
	if seen, err := read(block); err != nil || seen != "1 job.a false, 2 job.a false, 1  true" {
		t.Errorf("%s, %v", seen, err)
	}
	if seen, err := read(nil); err != nil || seen != "" {
		t.Errorf("an empty block: %s, %v", seen, err)
	}
}

func TestABlockIsTornWhereverItIsCutOff(t *testing.T) {
	first := blockOf(blockRecord{1, false, []byte("job.a")})
	block := blockOf(blockRecord{1, false, []byte("job.a")}, blockRecord{2, false, []byte("job.b")})
	for n := range block {
		seen, err := read(block[:n])
		if whole := n == 0 || n == len(first); whole && err != nil || !whole && !errors.Is(err, errTorn) {
			t.Errorf("cut off after %d bytes: %s, %v", n, seen, err)
		}
	}
}

func TestNoFlippedBitOfABlockGoesUnseen(t *testing.T) {
	block := blockOf(blockRecord{1, false, []byte("job.a")}, blockRecord{2, false, []byte("job.b")})
	for bit := range 8 * len(block) {
		damaged := bytes.Clone(block)
		damaged[bit/8] ^= 1 << (bit % 8)
		if seen, err := read(damaged); err == nil {
			t.Errorf("bit %d: read as %s", bit, seen)
		}
	}
}

func TestATableMissesWhatReplacedAMessage(t *testing.T) {
	for name, test := range map[string]struct {
		records []blockRecord
		count   uint64
		lost    bool
	}{
		"two subjects":                {[]blockRecord{{1, false, []byte("a")}, {2, false, []byte("b")}}, 2, false},
		"one was replaced":            {[]blockRecord{{1, false, []byte("a")}, {2, false, []byte("a")}, {1, true, nil}}, 1, false},
		"what replaced it is gone":    {[]blockRecord{{1, false, []byte("a")}, {1, true, nil}}, 0, true},
		"what was replaced is gone":   {[]blockRecord{{2, false, []byte("a")}, {1, true, nil}}, 1, false},
		"the tombstone is first read": {[]blockRecord{{1, true, nil}, {1, false, []byte("a")}}, 0, true},
	} {
		n := newNewest(true)
		for _, r := range test.records {
			n.add(r)
		}
		if count, err := n.count(); count != test.count || (err != nil) != test.lost {
			t.Errorf("%s: %d subjects, %v", name, count, err)
		}
	}
}

func FuzzReadBlock(f *testing.F) {
	f.Add(blockOf(blockRecord{1, false, []byte("job.a")}, blockRecord{1, true, nil}))
	f.Add([]byte{0xff, 0xff, 0xff, 0x01, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2})
	f.Fuzz(func(t *testing.T, block []byte) {
		read(block) // no panic, no endless loop
	})
}

func TestAcknowledgedIsReadAsItWasWritten(t *testing.T) {
	want := map[string]seen{}
	for i, name := range watchedStreams() {
		want[name] = seen{uint64(i + 1), uint64(10 * i)}
	}
	body := encodeAcknowledged(want)
	got, err := decodeAcknowledged(body)
	for name := range want {
		if err != nil || got[name] != want[name] {
			t.Errorf("%s: %+v %v", name, got[name], err)
		}
	}
	for bit := range 8 * len(body) {
		damaged := bytes.Clone(body)
		damaged[bit/8] ^= 1 << (bit % 8)
		if _, err := decodeAcknowledged(damaged); err == nil {
			t.Errorf("bit %d went unseen", bit)
		}
	}
}

func FuzzDecodeAcknowledged(f *testing.F) {
	f.Add(encodeAcknowledged(nil))
	f.Add([]byte(acknowledgedMark))
	f.Fuzz(func(t *testing.T, body []byte) {
		if known, err := decodeAcknowledged(body); err == nil && !bytes.Equal(encodeAcknowledged(known), body) {
			t.Errorf("%q is read as %+v", body, known)
		}
	})
}
