// Package listings are the S3 calls that list objects and versions.
//
// It owns their parameters, tokens and documents; the order and the grouping
// of keys are the store's.
package listings
