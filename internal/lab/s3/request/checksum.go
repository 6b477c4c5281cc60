package request

import (
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/transship/transship/internal/lab/s3/checksum"
	"github.com/transship/transship/internal/lab/s3/reply"
)

// Digest is what a request says about the body it carries.
type Digest struct {
	MD5       []byte // Content-MD5, 16 bytes; nil: none
	Algorithm string // of the additional checksum; empty: none sent
	Value     string // empty: it comes in the trailer
}

// ParseDigest reads Content-MD5 and the checksum header or trailer.
func ParseDigest(h http.Header) (Digest, error) {
	var d Digest
	if _, sent := h["Content-Md5"]; sent {
		p, err := base64.StdEncoding.DecodeString(h.Get("Content-Md5"))
		if err != nil || len(p) != 16 {
			return d, reply.New("InvalidDigest").With("Content-MD5", h.Get("Content-Md5"))
		}
		d.MD5 = p
	}
	found := 0
	for _, a := range checksum.All() {
		if v := h.Get(checksum.Header(a)); v != "" {
			found++
			d.Algorithm, d.Value = a, v
			if !checksum.Valid(a, v) {
				return d, reply.Say("InvalidRequest", "Value for "+checksum.Header(a)+" header is invalid.")
			}
		}
	}
	for name := range strings.SplitSeq(h.Get("X-Amz-Trailer"), ",") {
		name = strings.ToLower(strings.TrimSpace(name))
		if rest, ok := strings.CutPrefix(name, "x-amz-checksum-"); ok {
			a, known := checksum.Parse(rest)
			if !known {
				return d, reply.Say("InvalidRequest", "The value specified in the x-amz-trailer header is not supported")
			}
			found++
			d.Algorithm, d.Value = a, ""
		}
	}
	if found > 1 {
		return d, reply.Say("InvalidRequest", "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
	}
	if named := h.Get("X-Amz-Sdk-Checksum-Algorithm"); named != "" {
		a, known := checksum.Parse(named)
		switch {
		case !known:
			return d, reply.Say("InvalidRequest", "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]")
		case found == 0 && d.MD5 == nil:
			return d, reply.Say("InvalidRequest", "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.")
		case found == 1 && a != d.Algorithm:
			return d, reply.Say("InvalidRequest", "Value for x-amz-sdk-checksum-algorithm header is invalid.")
		}
	}
	return d, nil
}

// ParseAlgorithm reads x-amz-checksum-algorithm; empty: none asked for.
func ParseAlgorithm(h http.Header) (string, error) {
	v := h.Get("X-Amz-Checksum-Algorithm")
	if v == "" {
		return "", nil
	}
	a, ok := checksum.Parse(v)
	if !ok {
		return "", reply.Say("InvalidRequest", "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]")
	}
	return a, nil
}
