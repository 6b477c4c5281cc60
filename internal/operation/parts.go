package operation

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// inParts copies an object that is too large for one request.
func (c *Copy) inParts(ctx context.Context, task transship.Task) (transship.Result, error) {
	head, err := c.headSource(ctx, c.source(task))
	if err != nil {
		return c.conclude(ctx, task, err)
	}
	return c.inPartsOf(ctx, task, head)
}

// inPartsOf copies the version that src describes, part by part. Every part
// names it: by version id where there is one, and by its ETag, so that a source
// that changes meanwhile fails instead of mixing.
func (c *Copy) inPartsOf(ctx context.Context, task transship.Task, src s3call.Head) (transship.Result, error) {
	if r, done, err := c.present(ctx, task); done {
		return r, err
	}
	pin, crc := c.pinned(task, src), newCRC(src)
	return c.assemble(ctx, task, src, func(ctx context.Context, up s3call.Upload, s span) (s3call.Part, error) {
		part, err := read(ctx, c, func() (s3call.Part, error) { // a part sent twice is one part
			return c.cfg.Destination.UploadPartCopy(ctx, s3call.PartCopy{Upload: up, Number: s.Number,
				Source: pin, First: s.First, Length: s.Length, SourceIfMatch: src.ETag, RequesterPays: c.spec.RequesterPays})
		})
		if c.sumsRefused(c.uploadSum(src), err) {
			// Seen at MinIO: it makes no checksum of a part that it copies, and misses it.
			err = &sumsError{err}
		}
		if err == nil && s.Length < src.Size && slices.ContainsFunc(src.Checksums, func(sum transship.Checksum) bool {
			return sum.Algorithm == part.Checksum.Algorithm && sum.Value == part.Checksum.Value
		}) {
			// Seen at versitygw 1.x: the object would have a wrong checksum for ever.
			err = &sumsError{&finalError{400, codeBadDigest, "the store gives a part the checksum of the whole; nothing was written"}}
		}
		crc.tell(s.Number, part.Checksum, s.Length)
		return part, err
	}, crc)
}

// pinned names the version that src describes.
func (c *Copy) pinned(task transship.Task, src s3call.Head) s3call.Ref {
	ref := c.source(task)
	if ref.VersionID == "" && versioned(src.VersionID) {
		ref.VersionID = src.VersionID
	}
	return ref
}

// assemble makes one multipart upload of src: begin, parts in parallel, complete;
// abort when it fails. send moves one part; crc is checked before the parts become
// an object.
func (c *Copy) assemble(ctx context.Context, task transship.Task, src s3call.Head,
	send func(context.Context, s3call.Upload, span) (s3call.Part, error), crc *crcOfParts) (transship.Result, error) {
	if err := c.conditions(task, src); err != nil {
		return c.conclude(ctx, task, err)
	}
	if src.ETag == "" && !versioned(src.VersionID) {
		return failed(task, 400, "InvalidRequest", "the source has neither an ETag nor a version id to hold its parts together"), nil
	}
	spans, err := cut(src.Size, c.cfg.PartSize, c.partLimit())
	if err != nil {
		return c.conclude(ctx, task, err)
	}
	if len(spans) == 0 {
		return failed(task, 412, codePrecondition, "the source became empty before it was copied in parts"), nil
	}
	tags, err := c.tags(ctx, c.pinned(task, src))
	if err != nil {
		return c.conclude(ctx, task, err)
	}
	began, asked := c.cfg.Now(), c.uploadSum(src) != ""
	up, err := c.begin(ctx, task, src, tags)
	if err != nil {
		return c.conclude(ctx, task, err)
	}

	parts, err := c.move(ctx, up, spans, send)
	if err == nil {
		err = crc.check(src.Size)
	}
	if ctx.Err() != nil { // the store may still be busy with parts: the sweep aborts
		c.leave(up)
		return transship.Result{}, c.unknown(ctx, task, errors.Join(ctx.Err(), err))
	}
	if err != nil {
		c.abort(ctx, up)
		if errors.As(err, new(*sumsError)) && asked && c.spec.ChecksumAlgorithm == "" {
			c.ownSums.Store(true) // once more, with the checksum that the store likes
			crc.forget()
			return c.assemble(ctx, task, src, send, crc)
		}
		if s3Status(err) == 412 {
			err = &finalError{412, codePrecondition, sourceChanged}
		}
		if s3Code(err) == "NoSuchUpload" { // somebody swept it; the object is not at fault
			return transship.Result{}, c.unknown(ctx, task, err)
		}
		return c.conclude(ctx, task, err)
	}
	return c.complete(ctx, task, src, up, parts, began)
}

// move sends the parts, several at a time. After a failure no more are begun, but
// those under way end: an abort that races with them leaves parts behind.
func (c *Copy) move(ctx context.Context, up s3call.Upload, spans []span,
	send func(context.Context, s3call.Upload, span) (s3call.Part, error)) ([]s3call.Part, error) {
	parts := make([]s3call.Part, len(spans))
	var failed atomic.Bool
	var group errgroup.Group
	group.SetLimit(c.cfg.Parallel)
	for i, s := range spans {
		if failed.Load() || ctx.Err() != nil {
			break
		}
		group.Go(func() error {
			part, err := send(ctx, up, s)
			if err != nil {
				failed.Store(true)
				return err
			}
			part.Number, part.Size = s.Number, s.Length
			parts[i] = part
			transship.Alive(ctx)
			return nil
		})
	}
	err := group.Wait()
	if err == nil {
		err = ctx.Err()
	}
	return parts, err
}

// begin creates the upload and has it remembered: first that one of this key is
// about to be begun, since a crash may come before its id is known, then its id.
func (c *Copy) begin(ctx context.Context, task transship.Task, src s3call.Head, tags []transship.Tag) (s3call.Upload, error) {
	in := s3call.CreateUpload{
		Bucket: c.bucket, Key: c.TargetKey(task.Key),
		Attributes: c.attributes(src), Tags: tags,
		ACL: c.spec.CannedACL, Grants: c.spec.Grants,
		ChecksumAlgorithm: c.uploadSum(src), RequesterPays: c.spec.RequesterPays,
	}
	in.ChecksumType = checksumType(in.ChecksumAlgorithm)
	meant := s3call.Upload{Bucket: in.Bucket, Key: in.Key}
	// An attempt before this one may have left an upload of unknown id: what was
	// remembered of it then stays for the sweep.
	_, doubtful := c.unnamed.Load(in.Key)
	if doubtful {
		c.unnamed.Store(in.Key, true)
	}
	if err := c.remember(ctx, meant); err != nil {
		return meant, err
	}
	// 500 and its like are asked again, too: what they may have begun is an upload
	// without parts, and swept by its key.
	create := func() (s3call.Upload, error) {
		up, err := c.cfg.Destination.CreateMultipartUpload(ctx, in)
		if a := classify(err); err != nil && (a == ambiguous || a == silence) {
			doubtful = true
			c.unnamed.Store(in.Key, true)
		}
		return up, err
	}
	answered := func(a answer) bool { return a == notNow || a == ambiguous }
	up, err := again(ctx, c, create, answered)
	if c.sumsRefused(in.ChecksumAlgorithm, err) {
		in.ChecksumAlgorithm, in.ChecksumType = "", ""
		if up, err = again(ctx, c, create, answered); err == nil {
			c.ownSums.Store(true)
		}
	}
	if err != nil {
		if !doubtful {
			c.ended(ctx, meant)
		}
		return up, err
	}
	if err := c.remember(ctx, up); err != nil {
		c.abort(ctx, up)
		return up, err
	}
	if !doubtful {
		c.ended(ctx, meant)
	}
	return up, nil
}

// remember keeps an upload in mind beyond the life of this process.
func (c *Copy) remember(ctx context.Context, up s3call.Upload) error {
	if c.cfg.Uploads == nil {
		return nil
	}
	if err := c.cfg.Uploads.Began(ctx, up); err != nil {
		return &transship.Error{Code: transship.Unavailable, Op: "remember the upload of", Bucket: up.Bucket, Key: up.Key, Err: err}
	}
	return nil
}

// checksumType is the type that lets a copy in parts be compared with its
// source: of the full object where S3 can do that (the CRCs).
func checksumType(algorithm string) string {
	switch algorithm {
	case "CRC32", "CRC32C", "CRC64NVME":
		return "FULL_OBJECT"
	case "SHA1", "SHA256":
		return "COMPOSITE"
	}
	return ""
}

// tags reads the tags that a new object gets. A store without tags has none.
func (c *Copy) tags(ctx context.Context, ref s3call.Ref) ([]transship.Tag, error) {
	if tags, ok := c.newTags(); ok {
		return tags, nil
	}
	tags, err := read(ctx, c, func() ([]transship.Tag, error) { return c.cfg.Source.GetObjectTagging(ctx, ref) })
	switch {
	case err == nil:
		return tags, nil
	case s3Status(err) == 501 || s3Code(err) == "NotImplemented" || s3Code(err) == "NoSuchTagSet":
		return nil, nil
	case s3Status(err) == 403:
		return nil, &finalError{403, "AccessDenied", "the source's tags may not be read (s3:GetObjectTagging), so they cannot be kept"}
	}
	return nil, err
}
