// Package request reads what an S3 request asks for: bucket and key from host
// and path, copy sources, ranges, conditions, attributes, tags, checksums, and
// the XML bodies.
//
// It owns their syntax and limits, and answers what breaks them with a
// [reply.Fault]. It touches no store, asks for no permission and writes no
// answer. Every body is read with a bound.
package request
