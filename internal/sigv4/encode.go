package sigv4

import (
	"strconv"
)

// SignedStream is the payload of a body sent in signed chunks, without
// trailers: the form that every S3 store of the last decade takes.
const SignedStream = streamSigned

// chunkOverhead is what a signed chunk adds to its data and the digits of its
// size.
const chunkOverhead = len(";chunk-signature=") + 64 + len("\r\n\r\n")

// EncodedLength is the length of a body of size bytes in signed chunks of
// chunk bytes, the last one shorter.
func EncodedLength(size int64, chunk int) int64 {
	one := func(n int64) int64 { return int64(len(strconv.FormatInt(n, 16))) + int64(chunkOverhead) + n }
	total := size / int64(chunk) * one(int64(chunk))
	if rest := size % int64(chunk); rest > 0 {
		total += one(rest)
	}
	return total + one(0)
}

// Chunks signs the chunks of one body. It is for one goroutine.
type Chunks struct{ chain chain }

// Chunks starts with the request's Authorization header, as Append made it
// for the same credentials and date.
func (s *Signer) Chunks(c *Credentials, date, authorization string) *Chunks {
	sc := scope{date: date[:8], region: s.Region, service: s.Service}
	seed := authorization[max(0, len(authorization)-64):]
	return &Chunks{chain{key: s.keys.get(keyID{c.Secret, sc}), date: date, scope: sc, previous: seed}}
}

// AppendHeader appends the line that goes before data. Data is followed by
// CR LF; the body ends with the chunk of no data.
func (k *Chunks) AppendHeader(dst, data []byte) []byte {
	k.chain.check("AWS4-HMAC-SHA256-PAYLOAD", nil, []byte(emptySHA256), appendHexSHA256(nil, data))
	dst = strconv.AppendInt(dst, int64(len(data)), 16)
	dst = append(dst, ";chunk-signature="...)
	dst = append(dst, k.chain.previous...)
	return append(dst, "\r\n"...)
}
