package operation

import (
	"context"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/s3call"
)

// Limits of S3 as documented (S3 User Guide, multipart upload limits). None of
// them says how large an object may be; that ceiling has moved before.
const (
	defaultCopyLimit = 5 << 30 // CopyObject, PutObject and one part
	minPart          = 5 << 20 // all parts but the last
	maxParts         = 10_000
	defaultPart      = 128 << 20
	parallelParts    = 8
)

// CopyConfig says what a copy does and by whom. Zero fields have the defaults
// that are named.
type CopyConfig struct {
	Spec        transship.CopyOperation
	Source      Source
	Destination Destination
	Uploads     Uploads // nil: uploads are not remembered

	CopyLimit int64 // bytes; the most that CopyObject and one part take; 5 GiB
	PutLimit  int64 // bytes; the most that PutObject takes; 5 GiB
	PartSize  int64 // bytes; wanted size of a part, at least 5 MiB, raised as 10,000 parts need, never over the limit; 128 MiB
	Parallel  int   // parts of one object at a time; 8

	Now    func() time.Time
	Sleep  func(context.Context, time.Duration) error
	Random func(n int64) int64 // in [0, n)
}

// Copy is S3PutObjectCopy. It may be used by many goroutines at once.
type Copy struct {
	cfg    CopyConfig
	spec   transship.CopyOperation
	bucket string
	left   sync.Map // destination key -> s3call.Upload that was left open
	doubts sync.Map // source Ref -> doubt
	// unnamed has each destination key that may have an upload of which nobody
	// knows the id: true until the job's sweep, false as long as only a worker
	// before this one may have begun it and the task has no result.
	unnamed sync.Map
	// ownSums: the destination refuses the source's checksum algorithm and takes
	// an object without.
	ownSums atomic.Bool
	// toldLimit is the copy limit that the store has told by refusing a source.
	toldLimit atomic.Int64
}

// NewCopy checks the configuration. Its errors have code Invalid.
func NewCopy(cfg CopyConfig) (*Copy, error) {
	bucket, err := transship.BucketFromARN(cfg.Spec.TargetResource)
	if err != nil {
		return nil, err
	}
	wrong := ""
	switch {
	case cfg.Source == nil || cfg.Destination == nil:
		wrong = "a copy needs a source and a destination"
	case cfg.Spec.KeepStorageClass && cfg.Spec.StorageClass != "":
		wrong = "a copy cannot keep each object's storage class and set one"
	case cfg.Spec.CannedACL != "" && len(cfg.Spec.Grants) > 0:
		wrong = "a copy takes a canned ACL or grants, not both"
	case cfg.CopyLimit < 0 || cfg.PutLimit < 0 || cfg.PartSize < 0 || cfg.Parallel < 0:
		wrong = "a limit of a copy is negative"
	}
	if wrong != "" {
		return nil, &transship.Error{Code: transship.Invalid, Op: "set up a copy", Message: wrong}
	}
	cfg.CopyLimit = orDefault(cfg.CopyLimit, defaultCopyLimit)
	cfg.PutLimit = orDefault(cfg.PutLimit, defaultCopyLimit)
	cfg.PartSize = max(orDefault(cfg.PartSize, defaultPart), minPart)
	cfg.Parallel = int(orDefault(int64(cfg.Parallel), parallelParts))
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Sleep == nil {
		cfg.Sleep = sleep
	}
	if cfg.Random == nil {
		cfg.Random = rand.Int64N
	}
	return &Copy{cfg: cfg, spec: cfg.Spec, bucket: bucket}, nil
}

// Do copies one object, or one version of it. The result is final; an error
// means that the outcome is unknown or that the store fails in passing, and that
// the task has no result yet. Result.Task is left to the caller.
//
// A task that this Copy has tried before, or that [Copy.Reconcile] has found not
// done, is done again: into a versioned bucket its message then names what an
// attempt that was cut off may have left there.
func (c *Copy) Do(ctx context.Context, task transship.Task) (transship.Result, error) {
	switch {
	case task.Fault != nil:
		return failed(task, task.Fault.HTTPStatus, task.Fault.ErrorCode, task.Fault.Message), nil
	case task.IsDeleteMarker:
		r := row(task)
		r.Succeeded, r.Skipped, r.HTTPStatus, r.Message = true, true, 200, skippedMarker
		return r, nil
	}
	began := c.cfg.Now()
	c.drop(ctx, c.TargetKey(task.Key))
	r, err := c.try(ctx, task)
	if err != nil {
		if a := classify(err); a == silence || a == ambiguous {
			c.doubt(task, doubt{since: began, begun: true})
		}
		return r, err
	}
	c.unnamed.CompareAndDelete(c.TargetKey(task.Key), false)
	return c.settle(ctx, task, r), nil
}

// try picks the way of a copy.
func (c *Copy) try(ctx context.Context, task transship.Task) (transship.Result, error) {
	switch {
	case c.spec.Stream:
		return c.stream(ctx, task)
	case task.Size > c.cfg.CopyLimit:
		return c.inParts(ctx, task)
	}
	return c.single(ctx, task)
}

// TargetKey is the destination's key: prefix, one slash, key (reference 3.2).
func (c *Copy) TargetKey(key string) string {
	prefix := c.spec.TargetKeyPrefix
	if prefix == "" || strings.HasSuffix(prefix, "/") {
		return prefix + key
	}
	return prefix + "/" + key
}

func (c *Copy) source(task transship.Task) s3call.Ref {
	return s3call.Ref{Bucket: task.Bucket, Key: task.Key, VersionID: task.VersionID}
}

// headSource asks for the source with all that is known of it.
func (c *Copy) headSource(ctx context.Context, ref s3call.Ref) (s3call.Head, error) {
	return read(ctx, c, func() (s3call.Head, error) {
		return c.cfg.Source.HeadObject(ctx, s3call.Get{Ref: ref, Checksum: true, RequesterPays: c.spec.RequesterPays})
	})
}

// headTarget asks for what is at the destination.
func (c *Copy) headTarget(ctx context.Context, key, version string) (s3call.Head, error) {
	return read(ctx, c, func() (s3call.Head, error) {
		return c.cfg.Destination.HeadObject(ctx, s3call.Get{
			Ref: s3call.Ref{Bucket: c.bucket, Key: key, VersionID: version}, Checksum: true})
	})
}

func orDefault(n, def int64) int64 {
	if n == 0 {
		return def
	}
	return n
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
