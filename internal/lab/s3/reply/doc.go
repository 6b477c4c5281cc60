// Package reply holds how the lab's S3 speaks: errors with S3's codes, HTTP
// statuses and sentences, and the writing of XML as AWS writes it.
//
// It owns the table of errors (S3 API reference, "Error responses") and the
// escaping of text. It does not know requests, stores or permissions.
package reply
