// Package jobclient is the other end of the S3 Control API: people's verbs on
// jobs, sent to transship or to AWS.
//
// It owns the translation between the root package's words and the SDK's
// shapes, and how an endpoint is reached although every client puts the
// account id in front of its host name (reference 1.2): connections go to the
// endpoint that was given, whatever the name. It does not own credentials
// (internal/account hands them in) nor what a job means.
//
// What never happens here: a field that is dropped because the API has none
// for it. Extensions that AWS lacks are refused with code Unsupported.
package jobclient
