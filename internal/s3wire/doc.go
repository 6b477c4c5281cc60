// Package s3wire makes the S3 calls that are made per object or per page, as
// lean as they can be: one signed HTTP/1.1 request, a bounded answer, nothing
// parsed by reflection. Its calls have the shapes of internal/s3call.
//
// It owns connections (one pool a host), the form of each request, the reading
// of each answer, and the translation of every failure into a
// *transship.Error. It does not own credentials (a function in [Config]
// answers them), pace (a [Gate]) or the decision what to do about an uncertain
// write: that is the caller's, who learns of it by Status 0.
//
// Heads of answers are parsed by fasthttp. Its client is not used: it hides
// the connection of a request, and without that neither a cancelled context
// nor an idle limit can end a call, nor can a PUT be shown to go out once.
//
// What never happens here: a write sent twice without being asked, a path
// changed on its way out (a//b and a/../b are keys), a listing taken for empty
// because its answer broke off, an answer read without a bound, a redirect
// followed, a secret in an error.
package s3wire
