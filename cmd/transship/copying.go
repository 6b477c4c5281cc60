package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/uuid"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/account"
	"github.com/transship/transship/internal/inventory"
	"github.com/transship/transship/internal/report"
	"github.com/transship/transship/internal/verify"
)

// copying is one run of transship copy: inventory, job, report, verification.
type copying struct {
	e            *env
	from, to     place
	source, dest *account.Account
	o            copyOptions
}

// copyState is what a copy leaves in its folder for the next run.
type copyState struct {
	Job string `json:"job"`
	// Told: the job's end was told and, unless nobody wanted that, verified. The
	// next run is a new copy.
	Told bool `json:"told,omitempty"`
}

// copyAccount is the account in whose name a copy's job is kept: it acts with
// profiles, not with a role.
const copyAccount = "000000000000"

func (c *copying) run(ctx context.Context) (err error) {
	shelf := shelf{filepath.Join(c.o.data, "files")}
	service, err := c.e.startJobService(ctx, serviceConfig{dir: c.o.data, region: c.dest.Region, log: c.e.logger(false),
		clients: c.e.storeClients(account.Options{}, nil), shelf: &shelf, partSize: c.o.partSize, copyLimit: c.o.partsAbove})
	if err != nil {
		return err
	}
	defer func() {
		patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopPatience)
		defer cancel()
		err = errors.Join(err, service.Close(patience))
	}()
	id, err := c.job(ctx, service, shelf)
	if errors.Is(err, errNothing) {
		fmt.Fprintf(c.e.stderr, "%s holds no objects: there is nothing to copy\n", c.from)
		_, err = c.proof(ctx, nil)
		return err
	}
	if err != nil {
		return err
	}
	job, err := c.e.follow(ctx, described{service, copyAccount}, id)
	if ctx.Err() != nil {
		return c.stopped(ctx)
	}
	if err != nil {
		return err
	}
	if err := c.e.printJob(job); err != nil {
		return err
	}
	if job.ReportKey != "" {
		fmt.Fprintln(c.e.stderr, "report: "+filepath.Join(shelf.dir, filepath.FromSlash(job.ReportKey)))
		if err := c.why(ctx, shelf, job); err != nil {
			return err
		}
	}
	result := jobOutcome(job)
	if job.State == transship.Complete {
		told, err := c.proof(ctx, result)
		if ctx.Err() != nil {
			return c.stopped(ctx)
		}
		if !told {
			return err
		}
		if err != result && result != nil {
			fmt.Fprintln(c.e.stderr, "verify: "+err.Error())
		} else {
			result = err
		}
	}
	if err := replaceFile(c.stateFile(), copyState{Job: id, Told: true}); err != nil {
		return err
	}
	return result
}

// why shows what came out, by outcome, where tasks failed.
func (c *copying) why(ctx context.Context, shelf shelf, job *transship.Job) error {
	if job.Counters.Failed == 0 || c.e.format == formatJSON {
		return nil
	}
	return c.e.printSummary((&report.Reader{Shelf: shelf}).Rows(ctx, shelfBucket, job.ReportKey))
}

func (c *copying) stopped(ctx context.Context) error {
	fmt.Fprintln(c.e.stderr, "stopped; the same command goes on from the last checkpoint")
	return ctx.Err()
}

func (c *copying) stateFile() string { return filepath.Join(c.o.data, "copy.json") }

// errNothing says that the source lists no object.
var errNothing = errors.New("nothing to copy")

// proof verifies unless told otherwise; what the job has to say comes first.
// Told is false when the verification did not come to its end.
func (c *copying) proof(ctx context.Context, result error) (told bool, err error) {
	if c.o.noVerify {
		return true, result
	}
	err = c.verify(ctx)
	told = err == nil || exitCode(err) == exitDifferences
	if err == nil {
		err = result
	}
	return told || result != nil, err
}

// job is the id of the job to follow: the one that an earlier run left
// unfinished, or of which it did not tell the end, or a new one on a new
// inventory.
func (c *copying) job(ctx context.Context, service *jobService, shelf shelf) (string, error) {
	var state copyState
	text, err := os.ReadFile(c.stateFile())
	if err == nil {
		if err := json.Unmarshal(text, &state); err != nil {
			return "", fmt.Errorf("read %s: %w", c.stateFile(), err)
		}
		job, err := service.store.Job(ctx, state.Job)
		switch {
		case transship.CodeOf(err) == transship.NotFound: // a crash came before it was made
		case err != nil:
			return "", err
		case !job.State.Terminal() || !state.Told:
			fmt.Fprintf(c.e.stderr, "going on with job %s, which is %s\n", job.ID, job.State)
			return job.ID, nil
		}
	} else if !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	delivered, err := c.inventory(ctx, shelf)
	if err != nil {
		return "", err
	}
	if delivered.Rows == 0 {
		return "", errNothing
	}
	job := c.newJob(delivered)
	if err := replaceFile(c.stateFile(), copyState{Job: job.ID}); err != nil {
		return "", err
	}
	if err := service.store.CreateJob(ctx, job); err != nil {
		return "", err
	}
	return job.ID, service.store.Wake(ctx, job.ID)
}

func (c *copying) inventory(ctx context.Context, shelf shelf) (inventory.Delivered, error) {
	m := c.e.newMeter("list "+c.from.String(), 0)
	defer m.close()
	lister := &inventory.Lister{Store: c.source.S3}
	objects := lister.Objects(ctx, inventory.Scope{Bucket: c.from.bucket, Prefix: c.from.prefix})
	return (&inventory.Writer{Store: shelf}).Write(ctx, inventory.Delivery{SourceBucket: c.from.bucket, ID: "copy",
		DestinationBucket: shelfBucket, Prefix: "inventory", Fields: inventory.Fields(), Started: c.e.now()}, metered(objects, m))
}

func (c *copying) newJob(d inventory.Delivered) transship.Job {
	return transship.Job{
		ID: uuid.NewString(), Account: copyAccount, Region: c.dest.Region, State: transship.New, Created: c.e.now(),
		Description: fmt.Sprintf("copy %s to %s", c.from, c.to),
		Manifest:    transship.Manifest{Format: transship.ManifestInventory, ObjectARN: transship.BucketARN(d.Bucket) + "/" + d.Key, ETag: d.ETag},
		Operation: transship.Operation{Copy: &transship.CopyOperation{TargetResource: transship.BucketARN(c.to.bucket), TargetKeyPrefix: c.to.prefix,
			KeepStorageClass: true, Stream: c.o.stream, IfMatch: c.o.ifMatch, IfNoneMatch: c.o.ifNoneMatch}},
		Report: transship.Report{Enabled: true, BucketARN: transship.BucketARN(shelfBucket), Prefix: "report", Format: transship.ReportFormatCSV, Scope: transship.AllTasks},
		Profiles: &transship.Profiles{
			Source: c.o.source.profile, SourceRegion: c.o.source.region, SourceEndpoint: c.o.source.endpoint,
			Destination: c.o.dest.profile, DestinationRegion: c.o.dest.region, DestinationEndpoint: c.o.dest.endpoint},
	}
}

// verify compares the places. Keys have their whole names on both sides, below
// the destination's prefix.
func (c *copying) verify(ctx context.Context) error {
	above := below(c.to.prefix)
	m := c.e.newMeter("verify", 0)
	v := &verify.Verifier{Now: c.e.now, Read: c.o.read, Progress: func(merged int64) { m.set(tally{done: merged}) }}
	if c.o.full {
		v.Level = verify.Full
	}
	left := side(ctx, c.source.S3, c.from)
	left.Prefix = ""
	right := side(ctx, c.dest.S3, place{c.to.bucket, above + c.from.prefix})
	right.Prefix = above
	result, err := v.Compare(ctx, left, right)
	if err == nil {
		m.set(tally{done: max(result.Source.Objects, result.Destination.Objects)})
	}
	m.close()
	if err != nil {
		return err
	}
	if err := c.e.printVerified(result, c.from, c.to); err != nil {
		return err
	}
	return verdict(result, c.from, c.to, c.o.read)
}

// described answers jobs from a service in this process.
type described struct {
	service *jobService
	account string
}

func (d described) Describe(ctx context.Context, id string) (*transship.Job, error) {
	return d.service.jobs.Describe(ctx, d.account, id)
}

// replaceFile writes v as JSON, complete or not at all.
func replaceFile(name string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(name+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}
