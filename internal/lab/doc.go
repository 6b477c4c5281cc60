// Package lab puts a local cloud together: accounts, users and roles, STS and
// S3 behind one address, kept in one data folder, with AWS profiles to use it.
//
// It owns the listener and which service a request is for, the lock on the
// data folder, the files that tell others how to reach the lab (aws/config,
// aws/credentials, endpoints.json) and the accounts file that declares other
// accounts than the usual two. It does not own what a service answers: that is
// in iam, sts and s3 below it. The job service is not part of it; whoever
// starts both tells [Lab.Publish] where it listens.
//
//	request -> signature (sigv4) -> principal (iam) -> sts | iam | s3
//
// What never happens here: a request that reaches a service with a signature
// that was not checked, a listener outside of loopback that nobody asked for, a
// data folder that two processes write.
package lab
