// Package manifest reads a job's list of objects as a stream and cuts it into
// chunks.
//
// It owns the two formats of a manifest (reference 4.2 and 4.3), the check of
// its ETag, what is wrong with a line, the order in which versions of one key
// are done, and how many tasks fit into a chunk. It does not own how a chunk
// is encoded or staged, and it does not know jobs: the chunks that it emits
// name none.
//
// The same manifest gives the same chunks every time, so that a lost chunk can
// be made again. Memory is bounded: where versions must be brought together,
// rows are sorted through a file in [Reader.TempDir].
//
// What never happens here: a line that is passed over, a chunk that counts
// before the whole manifest has been read ([Reader.Read] returns nil only
// then), a version of a key that lies in another chunk than its siblings.
package manifest
