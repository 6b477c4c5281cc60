// Package jetstore keeps jobs, chunk records and queues on NATS JetStream: in
// a server inside this process by default, on an external cluster with the
// very same code when a URL is given.
//
// Five streams, all on file, every write synced by the embedded server:
//
//	TRANSSHIP_JOBS     job.<id>, token.<account>.<hash>        one message a subject: the newest
//	TRANSSHIP_RECORDS  record.<job>.<chunk>                    one message a subject: the newest
//	TRANSSHIP_WORK     work.<job>.<prepare attempt>.<chunk>    a queue: gone when acked
//	TRANSSHIP_UPLOADS  upload.<job>.<hash>                     multipart uploads under way
//	TRANSSHIP_STEPS    step.<prepare|complete>.<job>           a queue: gone when acked
//
// It owns subjects, compare-and-set by "expected last subject sequence", one
// durable consumer a job, leases (AckWait) and the lock on the data folder. It
// does not decide anything about a job: that is jobs' and engine's. Reads go
// to the stream's leader, never to a replica.
//
// The data folder of the embedded server:
//
//	lock            held while a process uses the folder
//	transship.json  the folder is ours and complete
//	acknowledged    what the streams must still have; see [witness]
//	closed.json     the files as they were when it was closed in order
//	jetstream/      the server's own
//
// The server cuts a damaged stream off without a word, so every block is read
// and compared with these files before it is started. After a kill -9 one kind
// of loss stays unseen: a whole block file taken out of the middle of a table,
// where older messages of the same subjects still lie in other blocks.
//
// What never happens: a damaged or foreign data folder is taken for an empty
// one; a key is deleted by a marker (a job's records go by purge); an answer
// other than success is taken for a known outcome.
package jetstore
