package jetstore

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/transship/transship"
)

// Config says where the store is.
type Config struct {
	Dir      string // data folder of the embedded server; ignored with URL
	URL      string // external NATS; empty: the embedded server
	Options  []nats.Option
	Replicas int           // of each stream (1); three for a cluster
	Lease    time.Duration // AckWait: how long a lease lives without a heartbeat (30 s)
	Limit    time.Duration // of one request to JetStream (5 s)
	Now      func() time.Time
}

// Store is the jobs' and the engine's store. It is safe for concurrent use.
type Store struct {
	cfg      Config
	embedded *embedded
	conn     *nats.Conn
	js       jetstream.JetStream

	jobs, records table
	work, steps   jetstream.Stream
	uploads       jetstream.Stream
	stepConsumer  jetstream.Consumer

	watch     *jobWatch
	consumers consumerCache
	sums      progressCache
}

const (
	jobsStream    = "TRANSSHIP_JOBS"
	recordsStream = "TRANSSHIP_RECORDS"
	workStream    = "TRANSSHIP_WORK"
	stepsStream   = "TRANSSHIP_STEPS"
	uploadsStream = "TRANSSHIP_UPLOADS"

	stepsConsumer = "steps"
)

// Open connects and makes sure that the streams are there. On a data
// folder that was in use before, a missing stream is damage, not a reason to
// make a new one.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if cfg.Replicas == 0 {
		cfg.Replicas = 1
	}
	if cfg.Lease == 0 {
		cfg.Lease = 30 * time.Second
	}
	if cfg.Limit == 0 {
		cfg.Limit = 5 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &Store{cfg: cfg}
	if err := s.open(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) error {
	options := append([]nats.Option{nats.Name("transship"), nats.MaxReconnects(-1), nats.ReconnectWait(250 * time.Millisecond),
		// A node that is frozen keeps its connection: only a ping shows it.
		nats.PingInterval(s.cfg.Limit), nats.MaxPingsOutstanding(2), nats.Timeout(s.cfg.Limit),
		// Its own handler prints on standard error; the calls tell the same.
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}),
		nats.RetryOnFailedConnect(false)}, s.cfg.Options...)
	url := s.cfg.URL
	if url == "" {
		var err error
		if s.embedded, err = startEmbedded(s.cfg.Dir, s.cfg.Now); err != nil {
			return err
		}
		options = append(options, nats.InProcessServer(s.embedded.server))
	}
	var err error
	if s.conn, err = nats.Connect(url, options...); err != nil {
		return &transship.Error{Code: transship.Unavailable, Op: "connect to NATS at " + WithoutSecrets(url), Err: err,
			Hint: "check the URL, and that JetStream is enabled there"}
	}
	if s.js, err = jetstream.New(s.conn, jetstream.WithDefaultTimeout(s.cfg.Limit)); err != nil {
		return err
	}
	if err := s.streams(ctx); err != nil {
		return err
	}
	if s.embedded != nil {
		if err := s.embedded.seal(s.cfg.Now()); err != nil {
			return folderError(s.cfg.Dir, "mark the data folder", err, "")
		}
	}
	if s.watch, err = startWatch(ctx, s); err != nil {
		return err
	}
	return s.dropEnded(ctx)
}

// streams opens the streams and makes what may be made.
func (s *Store) streams(ctx context.Context) error {
	base := jetstream.StreamConfig{Storage: jetstream.FileStorage, Replicas: s.cfg.Replicas, Discard: jetstream.DiscardNew}
	table := func(name string, subjects ...string) jetstream.StreamConfig {
		c := base
		c.Name, c.Subjects, c.MaxMsgsPerSubject, c.DenyDelete = name, subjects, 1, true
		c.Discard = jetstream.DiscardOld // the older message of a subject makes room
		return c
	}
	queue := func(name string, subject string) jetstream.StreamConfig {
		c := base
		c.Name, c.Subjects, c.Retention = name, []string{subject}, jetstream.WorkQueuePolicy
		return c
	}
	uploads := table(uploadsStream, "upload.*.*")
	open := map[string]jetstream.Stream{}
	for _, c := range []jetstream.StreamConfig{
		table(jobsStream, "job.*", "token.*.*"), table(recordsStream, "record.*.*"),
		queue(workStream, "work.*.*.*"), queue(stepsStream, "step.*.*"),
		uploads,
	} {
		stream, err := s.stream(ctx, c)
		if err != nil {
			return err
		}
		open[c.Name] = stream
	}
	s.jobs = newTable(s, jobsStream, open[jobsStream])
	s.records = newTable(s, recordsStream, open[recordsStream])
	s.work, s.steps, s.uploads = open[workStream], open[stepsStream], open[uploadsStream]
	if s.embedded != nil && !s.embedded.fresh {
		if err := s.freeLeases(ctx); err != nil {
			return err
		}
	}
	err := again(ctx, func() (err error) {
		s.stepConsumer, err = s.steps.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
			Durable: stepsConsumer, AckPolicy: jetstream.AckExplicitPolicy, AckWait: s.cfg.Lease, MaxDeliver: -1, MaxAckPending: 10_000,
		})
		return err
	})
	if err != nil {
		return unavailable("open the queue of steps", err)
	}
	return nil
}

// stream opens a stream, or makes it where it may be made.
func (s *Store) stream(ctx context.Context, c jetstream.StreamConfig) (jetstream.Stream, error) {
	var stream jetstream.Stream
	err := again(ctx, func() error {
		var err error
		stream, err = s.js.Stream(ctx, c.Name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			if s.embedded != nil && !s.embedded.fresh {
				return damagedFolder(s.cfg.Dir, "the stream "+c.Name+" is missing")
			}
			if stream, err = s.js.CreateStream(ctx, c); errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
				stream, err = s.js.Stream(ctx, c.Name) // another process was first
			}
		}
		return err
	})
	if transship.CodeOf(err) == transship.Damaged {
		return nil, err
	}
	if err != nil {
		return nil, unavailable("open the stream "+c.Name, err)
	}
	return stream, nil
}

// openTries bound how long a cluster that is busy, has no leader just now or
// whose nodes have not all come up is asked for its streams: nine seconds.
const openTries = 40

// noPeers is JetStream's code for "no suitable peers for placement": too few
// nodes are there, or not yet.
const noPeers = 10005

// again does what may be done twice until it succeeds or fails for good: by an
// answer of JetStream other than "temporarily not".
func again(ctx context.Context, do func() error) error {
	var err error
	for try := range openTries {
		if try > 0 && !pause(ctx, try) {
			break
		}
		err = do()
		var answer *jetstream.APIError
		switch {
		case err == nil || transship.CodeOf(err) == transship.Damaged:
			return err
		case errors.As(err, &answer) && answer.Code != http.StatusServiceUnavailable && answer.ErrorCode != noPeers:
			return err
		}
	}
	return err
}

// acknowledged tells the data folder's witness of a write; see [witness].
func (s *Store) acknowledged(stream string, sequence uint64, first bool) {
	if s.embedded != nil {
		s.embedded.witness.acknowledged(stream, sequence, first)
	}
}

// Close ends the connection and the embedded server.
func (s *Store) Close() error {
	if s.watch != nil {
		s.watch.stop()
	}
	if s.conn != nil {
		s.conn.Close()
	}
	if s.embedded != nil && s.embedded.server != nil {
		return s.embedded.close()
	}
	return nil
}

func unavailable(op string, err error) error {
	return &transship.Error{Code: transship.Unavailable, Op: op, Err: err}
}
