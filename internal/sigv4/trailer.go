package sigv4

import (
	"io"
	"net/http"
	"slices"
	"strings"
)

// trailerNames reads x-amz-trailer, which only some kinds of body may have.
func trailerNames(h http.Header, allowed bool) ([]string, error) {
	var names []string
	for _, v := range h.Values("X-Amz-Trailer") {
		for name := range strings.SplitSeq(v, ",") {
			name = strings.ToLower(strings.TrimSpace(name))
			if name == "" || slices.Contains(names, name) || len(names) == maxTrailerLines {
				return nil, malformedTrailer()
			}
			names = append(names, name)
		}
	}
	if len(names) > 0 && !allowed {
		return nil, malformedTrailer()
	}
	return names, nil
}

// readTrailers reads to the end of the body. Each announced name must come
// once, and no other.
func (c *chunked) readTrailers() error {
	c.found = http.Header{}
	var signed, sent []byte
	for lines := 0; ; lines++ {
		line, err := c.trailerLine()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if lines > 2*maxTrailerLines {
			return malformedTrailer()
		}
		if len(line) == 0 {
			continue
		}
		name, value, ok := strings.Cut(string(line), ":")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		switch {
		case !ok || !c.trailers || sent != nil:
			return malformedTrailer()
		case name == "x-amz-trailer-signature" && c.chain != nil:
			sent = []byte(value)
			continue
		case !slices.Contains(c.announce, name) || c.found.Get(name) != "":
			return malformedTrailer()
		}
		c.found.Set(name, value)
		signed = append(append(append(append(signed, name...), ':'), value...), '\n')
	}
	if len(c.found) != len(c.announce) {
		return malformedTrailer()
	}
	if c.chain == nil || !c.trailers {
		return nil
	}
	if !c.chain.check("AWS4-HMAC-SHA256-TRAILER", sent, appendHexSHA256(nil, signed)) {
		return mismatch(&Mismatch{Signature: string(sent), StringToSign: string(c.chain.buf)})
	}
	return nil
}

// trailerLine is a line, or io.EOF where the body ends between lines.
func (c *chunked) trailerLine() ([]byte, error) {
	if _, err := c.r.Peek(1); err != nil {
		return nil, err
	}
	return c.line(maxTrailerLine)
}
