// Package segment is the one encoding of chunks and of a chunk's record: what
// lies in the queue and in the store while a job runs.
//
// Both are a version byte followed by a zstd frame of length-prefixed fields.
// It owns these bytes and their limits ([transship.MaxChunkBytes] for a staged
// chunk, [MaxRecordBytes] for a record); it does not own where they are kept.
// Pure: no I/O, no clock. Damaged bytes are an error with code Damaged, never a
// shorter chunk and never a panic; a decoder never allocates more than
// [maxDecoded] bytes.
package segment
