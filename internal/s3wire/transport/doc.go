// Package transport sends one HTTP/1.1 request on one connection and reads its
// answer, for a caller that must know what became of it.
//
// It owns connections: one pool a host, dialling (IPv4 or IPv6, the
// environment's proxy, AWS_CA_BUNDLE), the order of a request's bytes, and the
// bounded reading of heads and bodies. It knows nothing of S3: what a request
// says and how it is signed is the caller's, and so is another attempt.
//
// Heads of answers are parsed by fasthttp, which nothing else here uses and
// no other room sees: [Header] is its window. Why its client is not used, which
// does not show the connection of a request, is in
// docs/decisions/0004-s3-transport.md.
//
// What never happens here: a request sent twice unless it is marked Safe, a
// connection used again whose answer was not read to its end, a body taken for
// whole because its connection ended, an answer read without a bound, a
// redirect followed, an answer quoted in an error.
package transport
