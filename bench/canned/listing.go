package canned

import (
	"fmt"
	"net/url"
	"sort"
	"strconv"
	"strings"

	"github.com/valyala/fasthttp"
)

// Keys lie a thousand in a folder and sort as their numbers do.
const keyFormat = "photos/%05d/image-%08d.jpg"

// Key is the key number i, from 0.
func Key(i int) string { return fmt.Sprintf(keyFormat, i/1000, i) }

// page is one answer to ListObjectsV2 over the keys 0 to objects-1.
type page struct {
	objects                       int
	prefix, after, token, divider string
	most                          int
	encode                        bool
}

func (s *Server) list(ctx *fasthttp.RequestCtx, bucket string) {
	args := ctx.QueryArgs()
	p := page{objects: s.Objects, prefix: string(args.Peek("prefix")), after: string(args.Peek("start-after")),
		token: string(args.Peek("continuation-token")), divider: string(args.Peek("delimiter")), most: 1000,
		encode: string(args.Peek("encoding-type")) == "url"}
	if bucket == Empty {
		p.objects = 0
	}
	if n, err := strconv.Atoi(string(args.Peek("max-keys"))); err == nil && n < p.most {
		p.most = n
	}
	ctx.SetContentType("application/xml")
	ctx.Response.SetBodyString(p.write())
}

// write is the page's document. Keys are found by arithmetic: none is kept.
func (p page) write() string {
	after := max(p.after, p.token) // a token is the last key or prefix that was given
	first := sort.Search(p.objects, func(i int) bool { return Key(i) > after && Key(i) >= p.prefix })
	var rows strings.Builder
	n, last, truncated := 0, "", false
	for i := first; i < p.objects; i++ {
		key := Key(i)
		if !strings.HasPrefix(key, p.prefix) {
			break
		}
		if p.token != "" && strings.HasSuffix(p.token, "/") && strings.HasPrefix(key, p.token) { // that folder was given
			i += sort.Search(p.objects-i, func(j int) bool { return !strings.HasPrefix(Key(i+j), p.token) }) - 1
			continue
		}
		if n == p.most {
			truncated = true
			break
		}
		n++
		if _, rest, found := strings.Cut(key[len(p.prefix):], p.divider); p.divider != "" && found {
			last = key[:len(key)-len(rest)]
			fmt.Fprintf(&rows, "<CommonPrefixes><Prefix>%s</Prefix></CommonPrefixes>", p.name(last))
			i += sort.Search(p.objects-i, func(j int) bool { return !strings.HasPrefix(Key(i+j), last) }) - 1
			continue
		}
		last = key
		rows.WriteString("<Contents><Key>" + p.name(key) + "</Key><LastModified>" + modified + "</LastModified><ETag>" + etag +
			"</ETag><Size>" + strconv.Itoa(Size) + "</Size><StorageClass>STANDARD</StorageClass></Contents>")
	}
	head := `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name><Prefix>` + p.name(p.prefix) +
		"</Prefix><KeyCount>" + strconv.Itoa(n) + "</KeyCount><MaxKeys>" + strconv.Itoa(p.most) + "</MaxKeys><IsTruncated>" + strconv.FormatBool(truncated) + "</IsTruncated>"
	if p.encode {
		head += "<EncodingType>url</EncodingType>"
	}
	if truncated {
		head += "<NextContinuationToken>" + last + "</NextContinuationToken>"
	}
	return head + rows.String() + "</ListBucketResult>"
}

func (p page) name(key string) string {
	if p.encode {
		return url.QueryEscape(key)
	}
	return key
}
