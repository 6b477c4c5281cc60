// Package access says whether one S3, S3 Control, IAM or STS call succeeds,
// which layer stops it, and in which words AWS would say so.
//
// It owns which questions a call really asks (actions and resources), what a
// caller is, ownership of buckets and objects, the context keys that follow
// from them, and how the answers of several policies combine. It does not own
// the grammar of a policy (iampolicy) nor where policies are kept: whoever asks
// brings them along.
//
//	caller + question -> layers -> decision -> message
//
// Layers today: identity policies, bucket policy, object ownership; and the
// trust policy where a role is assumed. A layer that is not here is not
// pretended: callers that have boundaries, session policies, ACLs or
// organization policies cannot be described yet.
//
// What never happens here: input or output, a decision that allows because
// something is missing, a refusal without the layer that made it.
package access
