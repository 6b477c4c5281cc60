// Package query is the AWS Query protocol as the lab's IAM and STS speak it: a
// form with Action and Version comes in, XML in the service's namespace goes out.
//
// It owns the form's reading and the two envelopes, answer and error. It does
// not know any action and checks no signature.
//
// What never happens here: a parameter that is passed over because nobody asked
// for it (Form.Unread names those), or an internal error's text sent to a client.
package query
