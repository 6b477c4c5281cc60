// Package iampolicy parses and evaluates AWS policy documents: identity
// policies, bucket policies and role trust policies.
//
// It owns the grammar and what one document says to one request. It does not
// own which documents a request meets, nor how their answers combine: that is
// one level up. A document is compiled once and may be asked any number of
// times, by several goroutines at once.
//
//	policy, err := iampolicy.Parse(doc, iampolicy.Resource)
//	outcome := policy.Evaluate(iampolicy.Request{...})
//
// What never happens here: input or output, a clock that is read, an element or
// operator that is passed over because it was not understood. Rules are cited
// by their number in the project's access model, AM-n.
package iampolicy
