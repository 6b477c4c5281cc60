// Package s3wire makes the S3 calls that are made per object or per page, as
// lean as they can be: one signed HTTP/1.1 request, a bounded answer, nothing
// parsed by reflection. Its calls have the shapes of internal/s3call.
//
// It owns the form of each request, its signature, the gate and another
// attempt, and the translation of every failure into a *transship.Error. Three
// rooms below it do the rest: transport keeps the connections and sends,
// payload gives a body its form, answer reads what comes back. It does not own
// credentials (a function in [Config] answers them), pace (a [Gate]) or the
// decision what to do about an uncertain write: that is the caller's, who
// learns of it by Status 0.
//
// What never happens here: a write sent twice without being asked, a path
// changed on its way out (a//b and a/../b are keys), a listing taken for empty
// because its answer broke off, an answer read without a bound, a redirect
// followed, a secret in an error.
package s3wire
