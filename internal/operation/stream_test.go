package operation

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// between is a streamed copy from one store to another.
func between(t *testing.T, from, to *store, spec transship.CopyOperation, change ...func(*CopyConfig)) *Copy {
	t.Helper()
	spec.Stream = true
	return newCopy(t, to, spec, append([]func(*CopyConfig){func(cfg *CopyConfig) { cfg.Source = from }}, change...)...)
}

func TestStreamCarriesEverythingOver(t *testing.T) {
	for _, size := range []int{0, 1, 1000, 3 * mib} {
		from, to := newStore(), newStore()
		to.versioned = true
		v := from.put("src", "k", strings.Repeat("z", size), func(v *version) {
			v.ContentType, v.ContentEncoding, v.Expires, v.StorageClass = "a/b", "gzip", "0", "STANDARD_IA"
			v.UserMetadata = map[string]string{"m": "1"}
			v.tags = []transship.Tag{{Key: "t", Value: "1"}}
		})
		c := between(t, from, to, transship.CopyOperation{KeepStorageClass: true, CannedACL: "private", Grants: nil, TargetKeyPrefix: "p"})
		r, err := c.Do(t.Context(), task("k"))
		mustSucceed(t, r, err)
		dst := to.objects["dst/p/k"][0]
		if !bytes.Equal(dst.data, v.data) || !reflect.DeepEqual(dst.Attributes, v.Attributes) || !reflect.DeepEqual(dst.tags, v.tags) {
			t.Errorf("copy %+v, tags %v", dst.Head, dst.tags)
		}
		if r.ETag != v.ETag || r.VersionID != dst.VersionID || r.Size != int64(size) {
			t.Errorf("result %+v", r)
		}
		if n := from.count("PutObject") + from.count("CopyObject") + to.count("GetObject"); n != 0 {
			t.Error("the wrong side was read or written")
		}
		if to.last["PutObject"].(s3call.Put).ACL != "private" {
			t.Error("the ACL is lost")
		}
	}
}

func sumOf(algorithm, data string) transship.Checksum {
	h := newHash(algorithm)
	h.Write([]byte(data))
	return transship.Checksum{Algorithm: algorithm, Value: base64.StdEncoding.EncodeToString(h.Sum(nil)), Type: "FULL_OBJECT"}
}

func TestStreamVerifies(t *testing.T) {
	flip := func(times int) func(string, string, []byte) []byte {
		return func(_, _ string, data []byte) []byte {
			if times--; times >= 0 {
				data[0] ^= 1
			}
			return data
		}
	}
	cut := func(times int) func(string, string, []byte) []byte {
		return func(_, _ string, data []byte) []byte {
			if times--; times >= 0 {
				return data[:len(data)-1]
			}
			return data
		}
	}
	sha := func(v *version) { v.Checksums, v.ETag = []transship.Checksum{sumOf("SHA256", "data")}, "x-2" }
	tests := []struct {
		name    string
		source  func(*version)
		damage  func(string, string, []byte) []byte
		failed  string
		unknown bool
		gets    int
	}{
		{"damage seen by the MD5 ETag is read again", func(*version) {}, flip(1), "", false, 2},
		{"damage seen by a checksum is read again", sha, flip(4), "", false, 5},
		{"damage that stays fails and writes nothing", sha, flip(9), "BadDigest", false, 5},
		{"an ETag under KMS is no MD5", func(v *version) { v.ETag, v.SSE = "d41d8cd98f00b204e9800998ecf8427e", "aws:kms" }, nil, "", false, 1},
		{"an ETag of parts is no MD5", func(v *version) { v.ETag = "d41d8cd98f00b204e9800998ecf8427e-2" }, nil, "", false, 1},
		{"a body that ends early is read again", func(*version) {}, cut(1), "", false, 2},
		{"a body that always ends early is no result", func(*version) {}, cut(9), "", true, 5},
		{"an unknown algorithm leaves it to the ETag", func(v *version) {
			v.Checksums = []transship.Checksum{{Algorithm: "XXHASH3", Value: "AAAA", Type: "FULL_OBJECT"}}
		}, flip(1), "", false, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			from, to := newStore(), newStore()
			from.put("src", "k", "data", test.source)
			from.damage = test.damage
			r, err := between(t, from, to, transship.CopyOperation{}).Do(t.Context(), task("k"))
			if (err != nil) != test.unknown {
				t.Fatalf("%+v, %v", r, err)
			}
			if r.ErrorCode != test.failed {
				t.Errorf("result %+v", r)
			}
			if n := from.count("GetObject"); n != test.gets {
				t.Errorf("%d GETs, want %d", n, test.gets)
			}
			if list := to.objects["dst/k"]; r.Succeeded && string(list[0].data) != "data" || !r.Succeeded && len(list) != 0 {
				t.Errorf("destination holds %v", list)
			}
		})
	}
}

func TestStreamDistrustsTheDestination(t *testing.T) {
	for _, test := range []struct {
		name string
		spec transship.CopyOperation
		then func(*version)
		fail bool
	}{
		{"an ETag of other bytes fails", transship.CopyOperation{}, func(v *version) { v.ETag = "d41d8cd98f00b204e9800998ecf8427e" }, true},
		{"unless the bucket encrypts with a KMS key", transship.CopyOperation{}, func(v *version) { v.ETag, v.SSE = "d41d8cd98f00b204e9800998ecf8427e", "aws:kms" }, false},
		{"a checksum of other bytes fails", transship.CopyOperation{ChecksumAlgorithm: "SHA1"}, func(v *version) { v.Checksums[0].Value = "AAAA" }, true},
		{"a right checksum decides", transship.CopyOperation{ChecksumAlgorithm: "SHA1"}, func(v *version) { v.ETag = "d41d8cd98f00b204e9800998ecf8427e" }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			from, to := newStore(), newStore()
			from.put("src", "k", "data")
			liar := &lying{store: to, then: test.then}
			r, err := between(t, from, to, test.spec, func(cfg *CopyConfig) { cfg.Destination = liar }).Do(t.Context(), task("k"))
			if err != nil || r.Succeeded == test.fail || test.fail && r.ErrorCode != "BadDigest" {
				t.Errorf("%+v, %v", r, err)
			}
			if len(to.objects["dst/k"]) != 1 {
				t.Error("it was deleted")
			}
		})
	}
}

// lying is a store that holds something else than what was put.
type lying struct {
	*store
	then func(*version)
}

func (l *lying) PutObject(ctx context.Context, in s3call.Put) (s3call.Written, error) {
	if _, err := l.store.PutObject(ctx, in); err != nil {
		return s3call.Written{}, err
	}
	v := l.objects[in.Bucket+"/"+in.Key][0]
	l.then(v)
	return v.written(), nil
}

func TestStreamThatIsRefusedOrSilent(t *testing.T) {
	later := new(time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC))
	tests := []struct {
		name    string
		from    func(string, bool) error
		to      func(string, bool) error
		spec    transship.CopyOperation
		code    string
		unknown bool
		puts    int
	}{
		{"a missing source", failOn("GetObject", false, s3err(404, "NoSuchKey", "gone"), 1), nil, transship.CopyOperation{}, "NoSuchKey", false, 0},
		{"tags that may not be read", failOn("GetObjectTagging", false, s3err(403, "AccessDenied", "no"), 1), nil, transship.CopyOperation{}, "AccessDenied", false, 0},
		{"a source store without tags", failOn("GetObjectTagging", false, s3err(501, "NotImplemented", "no"), 1), nil, transship.CopyOperation{}, "", false, 1},
		{"a destination that denies", nil, failOn("PutObject", false, s3err(403, "AccessDenied", "no"), 1), transship.CopyOperation{}, "AccessDenied", false, 1},
		{"a destination that slows down", nil, failOn("PutObject", false, s3err(503, "SlowDown", ""), 1, 2), transship.CopyOperation{}, "", false, 3},
		{"silence before the body was sent is asked again", nil, failOn("PutObject", false, silent, 1), transship.CopyOperation{}, "", false, 2},
		{"silence after it is no result", nil, failOn("PutObject", true, silent, 1), transship.CopyOperation{}, "", true, 1},
		{"500 after it was done is left to be reconciled", nil, failOn("PutObject", true, s3err(500, "InternalError", ""), 1), transship.CopyOperation{}, "", true, 1},
		{"an unmet constraint", nil, nil, transship.CopyOperation{ModifiedSince: later}, "PreconditionFailed", false, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			from, to := newStore(), newStore()
			from.put("src", "k", "data")
			from.fault, to.fault = test.from, test.to
			r, err := between(t, from, to, test.spec).Do(t.Context(), task("k"))
			if (err != nil) != test.unknown || r.ErrorCode != test.code || err == nil && test.code == "" && !r.Succeeded {
				t.Fatalf("%+v, %v", r, err)
			}
			if n := to.count("PutObject"); n != test.puts {
				t.Errorf("%d PUTs, want %d", n, test.puts)
			}
		})
	}
}

func TestADestinationThatDoesNotKnowTheSourcesChecksum(t *testing.T) {
	for _, size := range []int{4, largeSize} {
		from, to := newStore(), newStore()
		data := strings.Repeat("d", size)
		for _, key := range []string{"a", "b"} {
			from.put("src", key, data, func(v *version) { v.Checksums = []transship.Checksum{sumOf("CRC64NVME", data)} })
		}
		picky := &picky{store: to}
		c := between(t, from, to, transship.CopyOperation{}, func(cfg *CopyConfig) { cfg.Destination, cfg.PutLimit, cfg.PartSize = picky, mib, mib })
		for _, key := range []string{"a", "b"} {
			r, err := c.Do(t.Context(), task(key))
			mustSucceed(t, r, err)
		}
		if picky.refused != 1 {
			t.Errorf("%d bytes: asked %d times for what it refuses, want once", size, picky.refused)
		}
	}
}

type picky struct {
	*store
	refused int
}

func (p *picky) PutObject(ctx context.Context, in s3call.Put) (s3call.Written, error) {
	if in.ChecksumAlgorithm != "" {
		p.refused++
		return s3call.Written{}, s3err(400, "InvalidRequest", "unknown checksum")
	}
	return p.store.PutObject(ctx, in)
}

func (p *picky) CreateMultipartUpload(ctx context.Context, in s3call.CreateUpload) (s3call.Upload, error) {
	if in.ChecksumAlgorithm != "" {
		p.refused++
		return s3call.Upload{}, s3err(501, "NotImplemented", "unknown checksum")
	}
	return p.store.CreateMultipartUpload(ctx, in)
}

func TestStreamInParts(t *testing.T) {
	for _, told := range []bool{true, false} {
		from, to := newStore(), newStore()
		from.versioned = true
		v := from.put("src", "k", strings.Repeat("0123456789abcdef", largeSize/16), func(v *version) {
			v.Checksums = []transship.Checksum{sumOf("CRC32C", strings.Repeat("0123456789abcdef", largeSize/16))}
			v.tags = []transship.Tag{{Key: "t", Value: "1"}}
		})
		up := &memory{}
		c := between(t, from, to, transship.CopyOperation{}, func(cfg *CopyConfig) { cfg.PutLimit, cfg.PartSize, cfg.Uploads = mib, mib, up })
		tk := task("k")
		if told {
			tk.Size = v.Size
		}
		r, err := c.Do(t.Context(), tk)
		mustSucceed(t, r, err)
		dst := to.objects["dst/k"][0]
		if !bytes.Equal(dst.data, v.data) || !reflect.DeepEqual(dst.tags, v.tags) || to.count("UploadPart") != 3 || len(up.open) != 0 {
			t.Errorf("%d bytes, tags %v, %d parts", len(dst.data), dst.tags, to.count("UploadPart"))
		}
		if get := from.last["GetObject"].(s3call.Get); get.IfMatch != v.ETag || get.VersionID != v.VersionID {
			t.Errorf("a part is not pinned: %+v", get)
		}
		if r.Checksum != v.Checksums[0] || r.Size != v.Size {
			t.Errorf("result %+v", r)
		}
	}
}

func TestStreamInPartsIsCheckedBeforeItIsAnObject(t *testing.T) {
	data := strings.Repeat("0123456789abcdef", largeSize/16)
	for _, algorithm := range []string{"CRC32", "CRC32C", "CRC64NVME"} {
		for _, damaged := range []bool{false, true} {
			from, to := newStore(), newStore()
			to.noSums = true // the destination cannot tell
			from.put("src", "k", data, func(v *version) { v.Checksums = []transship.Checksum{sumOf(algorithm, data)} })
			from.damage = func(_, _ string, d []byte) []byte {
				if damaged && len(d) == mib/2 { // the last part, each time
					d[7] ^= 1
				}
				return d
			}
			r, err := between(t, from, to, transship.CopyOperation{}, func(cfg *CopyConfig) { cfg.PutLimit, cfg.PartSize = mib, mib }).Do(t.Context(), task("k"))
			if err != nil || r.Succeeded == damaged || damaged && r.ErrorCode != "BadDigest" {
				t.Errorf("%s, damaged %v: %+v, %v", algorithm, damaged, r, err)
			}
			if n := len(to.objects["dst/k"]); damaged && n != 0 || len(to.uploads) != 0 {
				t.Errorf("%s: %d objects, %d uploads left", algorithm, n, len(to.uploads))
			}
		}
	}
}

// gofakes3 1.2 keeps the framing of aws-chunked bodies in parts.
func TestStreamInPartsIsNotDoneWhereTheStoreKeepsSomethingElse(t *testing.T) {
	from, to := newStore(), newStore()
	to.noSums, to.framing = true, "10000;chunk-signature=\r\n"
	from.put("src", "k", strings.Repeat("0123456789abcdef", largeSize/16), func(*version) {})
	r, err := between(t, from, to, transship.CopyOperation{}, func(cfg *CopyConfig) { cfg.PutLimit, cfg.PartSize = mib, mib }).Do(t.Context(), task("k"))
	if err != nil || r.Succeeded || r.ErrorCode != "BadDigest" || !strings.Contains(r.Message, "bytes of the") {
		t.Errorf("%+v, %v", r, err)
	}
}

// gofakes3 1.2 keeps the framing of a body whose checksum comes in a trailer,
// and reads a body in signed chunks well.
func TestStreamSendsWithoutATrailerWhereTheStoreKeepsTheFraming(t *testing.T) {
	for _, versions := range []bool{false, true} {
		from, to := newStore(), newStore()
		to.noSums, to.trailers, to.versioned = true, "10000\r\n", versions
		v := from.put("src", "k", "data", func(v *version) { v.Checksums = []transship.Checksum{sumOf("CRC32C", "data")} })
		r, err := between(t, from, to, transship.CopyOperation{}).Do(t.Context(), task("k"))
		if versions { // a second PUT would leave a version behind
			if err != nil || r.Succeeded || r.ErrorCode != "BadDigest" || to.count("PutObject") != 1 {
				t.Errorf("%+v, %v after %d calls", r, err, to.count("PutObject"))
			}
			continue
		}
		mustSucceed(t, r, err)
		if got := to.objects["dst/k"]; string(got[len(got)-1].data) != string(v.data) {
			t.Errorf("the copy is %q", got[len(got)-1].data)
		}
	}
}

func TestDigestsKnownAnswers(t *testing.T) {
	for algorithm, want := range map[string]string{ // of "123456789"
		"CRC32": "y/Q5Jg==", "CRC32C": "4waSgw==", "CRC64NVME": "rosUhgp5mIg=",
		"SHA1": "98O8HYCOBHMq32eZZczDTKeuNEE=", "SHA256": "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
	} {
		if got := sumOf(algorithm, "123456789").Value; got != want {
			t.Errorf("%s is %s, want %s", algorithm, got, want)
		}
	}
}

func TestDigestsHoldBackADamagedEnd(t *testing.T) {
	head := s3call.Head{ETag: "8d777f385d3dfec8815d20f7496026dc", Size: 4} // MD5 of "data"
	for _, step := range []func(io.Reader) io.Reader{func(r io.Reader) io.Reader { return r }, iotest.OneByteReader, iotest.DataErrReader, iotest.HalfReader} {
		d := newDigests(step(strings.NewReader("data and more")), 4, head, "")
		if got, err := io.ReadAll(d); err != nil || string(got) != "data" || !d.handedOver {
			t.Errorf("%q, %v", got, err)
		}
		d = newDigests(step(strings.NewReader("dote")), 4, head, "")
		got, err := io.ReadAll(d)
		var final *finalError
		if !errors.As(err, &final) || len(got) >= 4 || d.handedOver {
			t.Errorf("%q, %v; want the end held back", got, err)
		}
		if _, err = io.ReadAll(newDigests(step(strings.NewReader("dat")), 4, head, "")); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("a short body ends with %v", err)
		}
	}
	if _, err := io.ReadAll(newDigests(strings.NewReader(""), 0, s3call.Head{ETag: head.ETag}, "")); err == nil {
		t.Error("an empty body of another object passes")
	}
}
