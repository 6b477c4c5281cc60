package verify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// inspect settles a pair of equal size with HEAD and, at level full, tags. The
// only error is that of a context that has ended: what one object refuses is
// recorded, and the next one looked at.
func (c *comparison) inspect(ctx context.Context, p pair) error {
	example := Example{Key: p.key, Source: p.source.ETag, Destination: p.destination.ETag}
	if c.source.Store == nil || c.destination.Store == nil {
		c.unsettled("the ETags differ and no HEAD was possible", example)
		return nil
	}
	s, ok, err := c.head(ctx, "source", c.source, p.source, p.key)
	if err != nil || !ok {
		return err
	}
	d, ok, err := c.head(ctx, "destination", c.destination, p.destination, p.key)
	if err != nil || !ok {
		return err
	}
	clean := true
	verdict, kind, reason := content(s, d)
	settled := true // or recorded as what it is
	if verdict == unknown && c.read {
		kind = Bytes
		if verdict, settled, err = c.compareBytes(ctx, p, s, d); err != nil {
			return err
		}
	}
	switch {
	case verdict == different:
		clean = false
		c.differs(kind, evidence(p.key, kind, s, d))
	case verdict == unknown:
		clean = false
		if settled {
			c.unsettled(reason, example)
		}
	}
	if c.level == Full {
		described, err := c.described(ctx, p, s, d)
		if err != nil {
			return err
		}
		clean = clean && described
	}
	if clean {
		c.same()
	}
	return nil
}

// head asks one side for an object; ok is false when the pair is settled by
// what came back.
func (c *comparison) head(ctx context.Context, name string, side Side, o transship.Object, key string) (s3call.Head, bool, error) {
	head, err := side.Store.HeadObject(ctx, s3call.Get{Ref: s3call.Ref{Bucket: side.Bucket, Key: o.Key}, Checksum: true})
	if err != nil {
		return head, false, c.refused(ctx, "HEAD", name, key, err)
	}
	if head.Size != o.Size || o.ETag != "" && head.ETag != o.ETag {
		c.differs(Changed, Example{Key: key, Source: fmt.Sprintf("the %s was listed with %d bytes, ETag %s", name, o.Size, o.ETag),
			Destination: fmt.Sprintf("the %s now has %d bytes, ETag %s", name, head.Size, head.ETag)})
		return head, false, nil
	}
	return head, true, nil
}

// refused records what a call on one object failed with.
func (c *comparison) refused(ctx context.Context, call, side, key string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var e *transship.Error
	if !errors.As(err, &e) {
		e = &transship.Error{Code: transship.Internal, Err: err}
	}
	if e.Code == transship.NotFound || e.Status == 404 {
		c.differs(Changed, Example{Key: key, Destination: "the " + side + " was listed with it, and it is gone"})
		return nil
	}
	if e.Code == transship.Precondition || e.Status == 412 {
		c.differs(Changed, Example{Key: key, Destination: "the " + side + "'s changed between HEAD and GET"})
		return nil
	}
	code := e.S3Code
	if code == "" {
		code = string(e.Code)
	}
	c.unsettled(fmt.Sprintf("%s at the %s failed: %s", call, side, code), Example{Key: key})
	return nil
}

// described compares what describes the content: metadata, headers, tags.
func (c *comparison) described(ctx context.Context, p pair, s, d s3call.Head) (clean bool, err error) {
	clean = true
	if !maps.Equal(s.UserMetadata, d.UserMetadata) {
		clean = false
		c.differs(Metadata, Example{p.key, metadataText(s.UserMetadata), metadataText(d.UserMetadata)})
	}
	if a, b := headers(s), headers(d); a != b {
		clean = false
		c.differs(Headers, Example{p.key, a, b})
	}
	var tags [2][]transship.Tag
	for i, side := range []struct {
		name string
		Side
		key string
	}{{"source", c.source, p.source.Key}, {"destination", c.destination, p.destination.Key}} {
		got, err := side.Store.GetObjectTagging(ctx, s3call.Ref{Bucket: side.Bucket, Key: side.key})
		if err != nil {
			return false, c.refused(ctx, "reading tags", side.name, p.key, err)
		}
		tags[i] = slices.SortedFunc(slices.Values(got), func(a, b transship.Tag) int { return strings.Compare(a.Key, b.Key) })
	}
	if !slices.Equal(tags[0], tags[1]) {
		clean = false
		c.differs(Tags, Example{p.key, tagText(tags[0]), tagText(tags[1])})
	}
	return clean, nil
}

// headers is the text of the headers that belong to an object. S3 says
// binary/octet-stream of an object that was stored without a type.
func headers(h s3call.Head) string {
	contentType := h.ContentType
	if contentType == "" {
		contentType = "binary/octet-stream"
	}
	var b strings.Builder
	for _, line := range [][2]string{
		{"Cache-Control", h.CacheControl}, {"Content-Disposition", h.ContentDisposition},
		{"Content-Encoding", h.ContentEncoding}, {"Content-Language", h.ContentLanguage},
		{"Content-Type", contentType}, {"Expires", h.Expires},
		{"x-amz-website-redirect-location", h.RedirectLocation},
	} {
		if line[1] != "" {
			fmt.Fprintf(&b, "%s: %s; ", line[0], line[1])
		}
	}
	return strings.TrimSuffix(b.String(), "; ")
}

func metadataText(m map[string]string) string {
	parts := make([]string, 0, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, fmt.Sprintf("%s=%q", name, m[name]))
	}
	return strings.Join(parts, " ")
}

func tagText(tags []transship.Tag) string {
	parts := make([]string, 0, len(tags))
	for _, t := range tags {
		parts = append(parts, fmt.Sprintf("%q=%q", t.Key, t.Value))
	}
	return strings.Join(parts, " ")
}
