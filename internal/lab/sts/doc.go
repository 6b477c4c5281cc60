// Package sts is the lab's STS: who am I, and sessions of roles.
//
// It owns GetCallerIdentity and AssumeRole over the Query protocol, and the
// same step for a service that takes a role on its own behalf, as the job
// service does. It decides by the role's trust policy and the caller's identity
// policies (AM-106) and asks the iam room for the role and the session.
//
// What never happens here: a session that the trust policy did not allow, or a
// parameter (session policies, tags, a second factor) that is passed over.
package sts
